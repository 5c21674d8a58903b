import type { TraceCallee } from '../../instrumentProtocol.js';
import type { Engine } from './engine.js';

/** SeenCallee of src/probe/trace/tracer.ts. */
interface Seen {
  readonly hook: number;
  readonly site: number;
  readonly id: number;
  readonly name: string;
  readonly isNative: boolean;
  readonly isCalled: boolean;
}

/** What was called at sites of traced functions since the last time, and where V8 says that it is. */
export async function calleesSeen(engine: Engine): Promise<TraceCallee[]> {
  const seen = await engine.call<readonly Seen[]>('traceSeen', {});
  if (seen.length === 0) return [];
  return await engine
    .keeping(async () => {
      const functions = await engine.elements(await engine.object('callees'));
      return await Promise.all(
        seen.map(async ({ hook, site, id, name, isNative, isCalled }): Promise<TraceCallee> => {
          const fn = functions[id];
          const place = fn && !isNative ? (await engine.facts(fn)).place : undefined;
          return { hook, site, name, isNative, isCalled, ...(place && { place }) };
        }),
      );
    })
    .finally(() => engine.release());
}
