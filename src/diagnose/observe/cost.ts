import type { HookReport, Observation } from '../../target/index.js';
import { percent } from './budget.js';

/** A process that is blocked does not answer; nobody should wait for this. */
const LONGEST_MS = 400;
const LEAST_MS = 1000;

/** What an observation has cost the process, as far as that is counted; undefined when it can no longer be asked. */
export async function costNote(
  observation: Observation,
  {
    ms,
    hits,
    reports,
    hasGone,
  }: {
    readonly ms: number;
    readonly hits: number | undefined;
    readonly reports: readonly HookReport[];
    /** The process: nobody can tell any more what it cost. */
    readonly hasGone: boolean;
  },
): Promise<string | undefined> {
  const what = hits === undefined ? '' : `${hits} hit${hits === 1 ? '' : 's'} `;
  if (hasGone)
    return `${what}in ${(ms / 1000).toFixed(1)} s; what it cost the process cannot be asked any more`;
  const cost = await within(LONGEST_MS, observation.cost());
  if (!cost) return undefined;
  // Of a moment, a share says nothing.
  const share = ms < LEAST_MS ? '' : ` (${percent(cost.costMs / ms)} of one core)`;
  return `${what}in ${(ms / 1000).toFixed(1)} s; it cost the process ${cost.costMs.toFixed(2)} ms of CPU${share}${stallText(reports)}; code that V8 optimises anew and garbage are not counted`;
}

/** The main thread waited while functions were wrapped. */
function stallText(reports: readonly HookReport[]): string {
  let stall = 0;
  let pauses = 0;
  for (const report of reports) {
    stall += report.stallMs;
    pauses += report.pauses;
  }
  if (stall < 0.05) return '';
  const of = pauses === 0 ? '' : ` (${pauses} pause${pauses === 1 ? '' : 's'} among it)`;
  return ` and ${stall.toFixed(1)} ms at the install${of}`;
}

function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), ms);
    work.then(resolve, () => resolve(undefined)).finally(() => clearTimeout(timer));
  });
}
