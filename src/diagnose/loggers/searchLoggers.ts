import {
  anchorObjects,
  applicationScopes,
  type LoggerChange,
  type LoggerQuery,
  type LoggerReport,
  RemoteObjects,
  registerScopes,
  type Target,
} from '../../target/index.js';
import { HeapSearch } from '../heap/searchHeap.js';
import { loggerTurnMs } from './limits.js';

const DEPTH = 8;

export interface LoggerSearch {
  readonly report: LoggerReport;
  /** For how long a search of the heap stopped the main thread. */
  readonly stallMs: number;
}

let searches = 0;

/**
 * Loggers that can be reached from what modules export and from what functions of the application see; with `viaHeap` all
 * there are. With `set` the level of those of that name is set in the same look. The main thread gives it short turns.
 */
export async function searchLoggers(
  target: Target,
  { viaHeap, set, signal }: { viaHeap: boolean; set?: LoggerChange; signal: AbortSignal },
): Promise<LoggerSearch> {
  const objects = new RemoteObjects(target, signal);
  searches += 1;
  const key = `loggers-${searches}`;
  let ended = false;
  try {
    const query: LoggerQuery = { depth: DEPTH, objects: anchorObjects.value };
    const scopes = await applicationScopes(objects);
    const search = new HeapSearch(objects);
    const all = viaHeap ? await search.instances(await objects.tool('objectPrototype')) : { value: null };
    const register = await registerScopes(objects);
    await objects.tool('loggersBegin', { value: key }, { value: query }, register, all, ...scopes);
    const turn = { key, ms: loggerTurnMs.value };
    while (!(await target.main<boolean>('inspectLoggersGoOn', turn, { signal }))) signal.throwIfAborted();
    const report = await target.main<LoggerReport>('inspectLoggersEnd', { key, set }, { signal });
    ended = true;
    return { report, stallMs: Math.round(search.tookMs) };
  } finally {
    // Nothing of what was found is kept alive.
    if (!ended) void target.main('inspectLoggersEnd', { key }).catch(() => undefined);
    objects.release();
  }
}
