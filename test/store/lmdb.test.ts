import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLmdbStore, type Store } from '../../src/store/index.js';
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
