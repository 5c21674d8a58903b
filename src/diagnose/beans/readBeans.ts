import { type Bean, RemoteObjects, type RuntimeSample, type Target } from '../../target/index.js';
import { redactJson } from '../values/index.js';

/** Beans whose figures exist only while somebody watches. */
const WATCHED = ['node.v8:type=GarbageCollector', 'node.perf:type=EventLoopDelay'];
const COLLECTORS = ['scavenge', 'minor_mark_sweep', 'mark_sweep_compact', 'incremental', 'weakc'];

/** What the beans are now; with a sample of a watch also what nobody counts otherwise. */
export async function readBeans(
  target: Target,
  sample: RuntimeSample | undefined,
  signal: AbortSignal,
): Promise<readonly Bean[]> {
  const beans = await target.main<Bean[]>('inspectBeans', null, { signal });
  const all = [...beans, ...watchedBeans(sample), ...(await channelBeans(target, signal))];
  return all
    .map((bean) => ({ ...bean, attributes: redactJson(bean.attributes as never) as Bean['attributes'] }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function needsWatch(names: readonly string[]): boolean {
  return names.some((name) => WATCHED.some((watched) => name.startsWith(watched)));
}

function watchedBeans(sample: RuntimeSample | undefined): Bean[] {
  const collectors = new Set([...COLLECTORS, ...(sample?.gc.map(({ name }) => name) ?? [])]);
  return [
    ...[...collectors].map((name) => {
      const counted = sample?.gc.find((each) => each.name === name);
      const zero = sample ? 0 : undefined;
      return {
        name: `node.v8:type=GarbageCollector,name=${name}`,
        attributes: {
          collectionCount: counted?.count ?? zero,
          collectionTime: counted ? Math.round(counted.ms * 1000) / 1000 : zero,
        },
      };
    }),
    {
      name: 'node.perf:type=EventLoopDelay',
      attributes: {
        p50: sample?.loop.lagP50Ms,
        p99: sample?.loop.lagP99Ms,
        max: sample?.loop.lagMaxMs,
      },
    },
  ];
}

/** Channels of `diagnostics_channel`: the map of them is a variable of Node's, read from the scopes of its function. */
async function channelBeans(target: Target, signal: AbortSignal): Promise<readonly Bean[]> {
  const objects = new RemoteObjects(target, signal);
  try {
    const channel = await objects.exposed('diagnosticsChannel');
    const { scopes } = await objects.facts(channel);
    return scopes ? await objects.toolValue<Bean[]>('channelRows', scopes) : [];
  } finally {
    objects.release();
  }
}
