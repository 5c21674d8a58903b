/** What is installed in a process, for `session` and `target`. */
import { RemoraError } from '../../base/index.js';
import type { NamedHook, Target } from '../../target/index.js';
import type { FieldDoc } from '../command.js';
import type { DiagnoseServices } from '../services.js';
import { budgetText, percent } from './budget.js';
import { functionName } from './reached.js';

/** As results have it. */
export interface Installed {
  readonly budget: number;
  readonly share: number;
  readonly dropped: number;
  readonly pauses: number;
  readonly functions: readonly InstalledFunction[];
}

interface InstalledFunction {
  readonly className: string;
  readonly methodName: string;
  readonly state: string;
  readonly instrument?: string;
  readonly mode: string;
  /** The jobs that observe it are suspended. */
  readonly resting?: boolean;
  readonly calls: number;
  readonly observed: number;
  readonly costMs: number;
  readonly expiresInMs: number;
  readonly holders: readonly string[];
}

export const INSTALLED_FIELD: FieldDoc = {
  name: 'instruments',
  type: '{budget,share,dropped,pauses,functions[]}?',
  summary:
    'Where functions are observed: budget and share of one core over the last 5 s (0.01 = 1 %), records lost, pauses; of each function its name, state, instrument, mode (full, sampled, off), `resting` where the jobs that observe it are suspended, calls, those observed, cost in ms, ms until it goes by itself, and who observes it',
};

/** Undefined where nothing is installed; then the process is not asked. */
export async function installedIn(
  services: DiagnoseServices,
  target: Target,
): Promise<Installed | undefined> {
  try {
    const status = await services.instruments?.(target).status();
    if (!status || status.hooks.length === 0) return undefined;
    const { budget, share, ringDropped, pauses, hooks } = status;
    return {
      budget: budget.share,
      share,
      dropped: ringDropped,
      pauses,
      functions: hooks.map(installedFunction),
    };
  } catch (error) {
    // It has gone, or is blocked: the rest of the answer is worth having.
    if (error instanceof RemoraError) return undefined;
    throw error;
  }
}

/** One line of the whole, one of each function. */
export function installedLines({ budget, share, functions }: Installed): string[] {
  const of = budgetText({ share: budget, overMs: 5000 });
  return [
    `${functions.length} function${functions.length === 1 ? '' : 's'} observed, ${percent(share)} of ${of}`,
    ...functions.map((each) => {
      const how = [
        each.state,
        each.instrument && `by ${each.instrument}`,
        each.resting ? 'at rest' : each.mode !== 'full' && each.mode,
      ];
      const figures = `${each.calls} calls, ${each.observed} observed, ${each.costMs.toFixed(1)} ms`;
      return `  ${functionName(each)}: ${how.filter(Boolean).join(' ')}; ${figures}; ${each.holders.join(', ')}`;
    }),
  ];
}

function installedFunction(hook: NamedHook): InstalledFunction {
  const { report, mode, calls, observed, costMs, expiresInMs, of, isResting, holders = [] } = hook;
  return {
    className: of?.className ?? '',
    methodName: of?.methodName ?? `#${report.hook}`,
    state: report.state,
    instrument: report.instrument,
    ...{ mode, calls, observed, costMs, expiresInMs, holders, resting: isResting === true || undefined },
  };
}
