import {
  didYouMean,
  type Lease,
  type ScriptList,
  ScriptSearch,
  type SearchOptions,
  scriptsOf,
  type Target,
} from '../../target/index.js';
import type { CommandContext, Result } from '../command.js';

/** Turning the debugger domain on is worth a word when it took the process this long. */
const WORTH_SAYING_MS = 250;

/** The scripts of the session's target, for the time of one command. */
export interface OpenScripts {
  readonly target: Target;
  readonly list: ScriptList;
  readonly search: ScriptSearch;
  readonly options: SearchOptions;
  /** `; did you mean cart.js?`, for a pattern that no module has; '' where none is near. */
  near(pattern: string): string;
  /** What the caller must know so far, each said once. */
  notices(): Result[];
  release(): void;
}

/**
 * @throws RemoraError of the target
 */
export async function openScripts({ args, signal, ...context }: CommandContext): Promise<OpenScripts> {
  const target = await context.target();
  const list = scriptsOf(target);
  const wasOn = list.debugger.isOn;
  const lease: Lease = await list.open();
  const told: string[] = [];
  if (!wasOn && list.debugger.enableMs > WORTH_SAYING_MS) {
    const ms = Math.round(list.debugger.enableMs);
    told.push(
      `V8's debugger domain was turned on, which took ${ms} ms; it stays on a while for what comes next`,
    );
  }
  if (list.leftOut > 0) told.push(`${list.leftOut} scripts are not listed: more than the limit`);
  return {
    target,
    list,
    search: new ScriptSearch(list),
    options: {
      regex: args.options.regex === true,
      signal,
      onLimit: (what) => told.push(what),
    },
    near: (pattern) =>
      args.options.regex === true
        ? ''
        : didYouMean(
            pattern,
            list.all().map(({ name }) => name),
          ),
    notices: () => told.splice(0).map((message) => ({ type: 'message', message })),
    release: () => lease.release(),
  };
}
