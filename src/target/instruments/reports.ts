import { RemoraError } from '../../base/index.js';
import type { HookReport } from '../../probe/index.js';
import { instrumentErrors } from './errors.js';
import type { Observed } from './openObservation.js';
import { planOf } from './plan.js';
import type { ObservableFunction } from './types.js';

/** How many ways there are to reach it. */
export function planSteps({ found, line }: ObservableFunction): number {
  if (line) return 1;
  return found ? planOf(found).steps.length : 1;
}

/** The time that it took the target, which each try adds to, is no news by itself. */
export function tellsMore(before: HookReport, after: HookReport): boolean {
  const told = ({ state, instrument, holders, notes }: HookReport) =>
    JSON.stringify([state, instrument, holders.found, holders.reached, notes]);
  return told(before) !== told(after);
}

/** For what the probe was not asked, or gave no answer to. */
export function cannot(hook: number, notes: readonly string[]): HookReport {
  return { hook, state: 'cannot', holders: { found: 0, reached: 0 }, notes, stallMs: 0, pauses: 0 };
}

export const UNREACHED = 'nothing that holds it was found';
const MOST_REASONS = 5;

export function notObservable(observed: readonly Observed[]): RemoraError {
  const reasons = observed.map(
    ({ of, report }) => `${of.methodName}: ${report.notes.join(', ') || UNREACHED}`,
  );
  return instrumentErrors.notObservable(reasons.slice(0, MOST_REASONS));
}

export function isTimeout(error: unknown): boolean {
  return error instanceof RemoraError && error.code === 'probe-timeout';
}
