import { framesHere } from '../../main/framesHere.js';

/** A call site that still leads to the original; generated position, from 1. */
export interface StrayCaller {
  readonly fn: string;
  readonly url: string;
  readonly line: number;
  readonly column: number;
  count: number;
}

const FRAMES = 8;
const MOST = 40;

/**
 * Notes who called the function whose first location a condition runs at. `above` is the function that the condition
 * calls; between it and the function itself lie only frames of the evaluation, which have no URL.
 */
export function noteCaller(callers: StrayCaller[], above: (...args: never[]) => unknown): void {
  const frames = framesHere(FRAMES, above);
  let at = 0;
  while (at < frames.length && frames[at]?.url === '') at++;
  const caller = frames[at + 1];
  if (caller === undefined || caller.url === '') return;
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
