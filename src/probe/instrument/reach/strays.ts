import { apply } from '../../main/captured.js';
import { framesHere } from '../framesTool.js';

const { startsWith } = String.prototype;

/** A call site that still leads to the original; generated position, from 1. */
export interface StrayCaller {
  readonly fn: string;
  readonly url: string;
  readonly line: number;
  readonly column: number;
  count: number;
}

const FRAMES = 14;
const MOST = 40;

/**
 * Notes who called the function whose first location a condition runs at, directly or through a wrapper. `above` is the
 * function that the condition calls; it, the condition and our wrappers come from no file.
 */
export function noteCaller(callers: StrayCaller[], above: (...args: never[]) => unknown): void {
  const frames = framesHere(FRAMES, above);
  let at = 0;
  while (at < frames.length && isEvaluated(frames[at]?.url ?? '')) at++;
  at++;
  while (at < frames.length && isEvaluated(frames[at]?.url ?? '')) at++;
  const caller = frames[at];
  if (caller === undefined) return;
  for (let index = 0; index < callers.length; index++) {
    const known = callers[index] as StrayCaller;
    if (known.url === caller.url && known.line === caller.line && known.column === caller.column) {
      known.count += 1;
      return;
    }
  }
  const { fn, url, line, column } = caller;
  if (callers.length < MOST) callers[callers.length] = { fn, url, line, column, count: 1 };
}

function isEvaluated(url: string): boolean {
  return url === '' || (apply(startsWith, url, ['eval at ']) as boolean);
}
