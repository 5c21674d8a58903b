import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { metaAlias, metaRoutes } from '../../../src/meta/index.js';
import { jsonCodec, openLmdbStore, type Store } from '../../../src/store/index.js';
import { type Answer, ask, scratch, start } from '../../http/support.js';

/**
 * A token instead of the uid: a busy machine has more TCP connections than a caller's is looked for among, and these tests
 * are about something else.
 */
const SECRET = 'meta-test-secret';
export const BEARER = { authorization: `Bearer ${SECRET}` };
export const BY_TOKEN = {
  trust: 'token',
  tokens: [{ name: 'tests', role: 'admin', secret: SECRET }],
} as const;

export interface Meta {
  readonly store: Store;
  readonly port: number;
  readonly folder: string;
}

/** `/meta/*` on a real listener and a real store with the tables `stat` (4 partitions) and `temp` (8). */
export async function startMeta(t: TestContext): Promise<Meta> {
  const folder = join(scratch(t), 'data');
  const store = await openLmdbStore({ folder, address: '127.0.0.1:34601' });
  t.after(() => store.close());
  await store.state({ name: 'stat', kind: 'state', partitions: 4 }, jsonCodec());
  await store.state(
    {
      name: 'temp',
      kind: 'state',
      partitions: 8,
      envs: { 'replica.slow_query_threshold': '20', 'replica.enable_slow_query_log': 'true' },
    },
    jsonCodec(),
  );
  const { port } = await start(t, { ...BY_TOKEN, aliases: [metaAlias()] }, metaRoutes(store));
  return { store, port, folder };
}

export function get(meta: Meta, path: string): Promise<Answer> {
  return ask({ port: meta.port, path, headers: BEARER });
}
