import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type EmbeddedStore, jsonCodec, openLmdbStore, type Store } from '../../src/store/index.js';
import { scratch } from '../http/support.js';
import { conformance } from './conformance.js';

conformance('lmdb', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'remora-store-'));
  const open = (): Promise<Store> =>
    openLmdbStore({ folder: join(parent, 'data'), address: '127.0.0.1:34601' });
  let store = await open();
  return {
    store,
    async reopen() {
      await store.close();
      store = await open();
      return store;
    },
    async remove() {
      await store.close();
      rmSync(parent, { recursive: true, force: true });
    },
  };
});

const things = { name: 'things', kind: 'state', partitions: 2 } as const;

async function placed(store: EmbeddedStore): Promise<string> {
  const [first] = await store.partitions('things');
  const nodes = (await store.nodes()).map(({ address }) => address);
  return `${first?.primary} ${first?.ballot} [${nodes}] ${(await store.cluster()).primary}`;
}

test('a node that is not known yet holds nothing; to become known, and to move, are changes of configuration', async (t) => {
  const folder = join(scratch(t), 'data');
  const store = await openLmdbStore({ folder });
  await store.state(things, jsonCodec());
  assert.equal(await placed(store), 'undefined 0 [] undefined');
  await store.announce('10.0.0.1:34601');
  await store.announce('10.0.0.1:34601');
  assert.equal(await placed(store), '10.0.0.1:34601 1 [10.0.0.1:34601] 10.0.0.1:34601');
  // Both changes of the one row take hold, whichever comes first.
  await Promise.all([store.setEnvs('things', { default_ttl: '5' }), store.announce('10.0.0.2:34601')]);
  assert.equal(await placed(store), '10.0.0.2:34601 2 [10.0.0.2:34601] 10.0.0.2:34601');
  await store.close();
  const again = await openLmdbStore({ folder });
  t.after(() => again.close());
  assert.equal(await placed(again), '10.0.0.2:34601 2 [10.0.0.2:34601] 10.0.0.2:34601');
  const info = (await again.tables()).find(({ spec }) => spec.name === 'things');
  assert.deepEqual(info?.envs, { default_ttl: '5' });
});
