import {
  anchorMs,
  anchorObjects,
  applicationScopes,
  type LoggerQuery,
  type LoggerReport,
  RemoteObjects,
  registerScopes,
  type Target,
} from '../../target/index.js';
import { HeapSearch } from '../heap/searchHeap.js';

const DEPTH = 8;

export interface LoggerSearch {
  readonly report: LoggerReport;
  /** For how long a search of the heap stopped the main thread. */
  readonly stallMs: number;
}

/**
 * Loggers that can be reached from what modules export and from what functions of the application see; with `viaHeap` all
 * there are. With `set` the level of those of that name is set in the same look.
 */
export async function searchLoggers(
  target: Target,
  { viaHeap, set, signal }: { viaHeap: boolean; set?: LoggerQuery['set']; signal: AbortSignal },
): Promise<LoggerSearch> {
  const objects = new RemoteObjects(target, signal);
  try {
    const query: LoggerQuery = { depth: DEPTH, objects: anchorObjects.value, ms: anchorMs.value, set };
    const scopes = await applicationScopes(objects);
    const search = new HeapSearch(objects);
    const all = viaHeap ? await search.instances(await objects.tool('objectPrototype')) : { value: null };
    const report = await objects.toolValue<LoggerReport>(
      'loggers',
      { value: query },
      await registerScopes(objects),
      all,
      ...scopes,
    );
    return { report, stallMs: Math.round(search.tookMs) };
  } finally {
    objects.release();
  }
}
