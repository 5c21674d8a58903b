import type { MainThread } from '../mainThread.js';

/** Shorter ones are not remembered: V8 parses them in some milliseconds. */
const LONG = 100_000;

/** Characters by id, as the debugger domain reports scripts when it is turned on: to be called before. */
export function longScripts(main: MainThread): ReadonlyMap<string, number> {
  const long = new Map<string, number>();
  main.onEvent((method, params) => {
    if (method !== 'Debugger.scriptParsed') return;
    const { scriptId, length } = params as { scriptId: string; length: number };
    if (length > LONG) long.set(scriptId, length);
  });
  return long;
}
