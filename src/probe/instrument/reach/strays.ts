import { apply } from '../../main/captured.js';
import type { RawFrame } from '../../main/framesHere.js';
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
 * Notes who called the function whose first location a condition runs at. Returns whether the call came through a wrapper:
 * `wasInside` says so, or a frame of ours, which an interrupt between wrapper and function cannot take away. `above` is
 * what the condition calls.
 */
export function noteCaller(
  of: { readonly callers: StrayCaller[]; readonly clients: StrayCaller[] },
  wasInside: boolean,
  above: (...args: never[]) => unknown,
): boolean {
  const frames = framesHere(FRAMES, above);
  let at = 0;
  while (at < frames.length && isEvaluated(frames[at]?.url ?? '')) at++;
  at++;
  const next = frames[at];
  const isThrough = wasInside || (next !== undefined && next.url === '' && !next.native);
  // Built-ins (`Array.map`) come from nowhere too.
  while (at < frames.length && isEvaluated(frames[at]?.url ?? '')) at++;
  const caller = frames[at];
  if (caller !== undefined) note(isThrough ? of.clients : of.callers, caller);
  return isThrough;
}

function note(callers: StrayCaller[], caller: RawFrame): void {
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
