import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { allLimits } from '../../../src/base/index.js';
import type { OpenFixture } from '../conformance.js';
import { all, code, codec, withFixture } from './support.js';

/** The registry, partitions, nodes, envs; and that all of it is there again after a restart. */
export function tableConformance(open: OpenFixture): void {
  const things = { name: 'things', kind: 'state', partitions: 4 } as const;

  describe('tables', () => {
    it('are listed with ids that never repeat, and are there again', () =>
      withFixture(open, async (fixture) => {
        const before = Date.now();
        const { store } = fixture;
        const table = await store.state({ ...things, envs: { default_ttl: '86400' } }, codec);
        await store.log(
          { name: 'events', kind: 'log', partitions: 2, retention: { maxRecords: 100 } },
          codec,
        );
        await table.put('a', 1);
        const infos = await store.tables();
        assert.deepEqual(
          infos.map(({ spec }) => spec.name),
          ['table', 'things', 'events'],
        );
        const ids = infos.map(({ id }) => id);
        assert.deepEqual(
          ids,
          ids.toSorted((a, b) => a - b),
        );
        assert.equal(new Set(ids).size, 3);
        const info = infos.find(({ spec }) => spec.name === 'things');
        assert.deepEqual(info?.envs, { default_ttl: '86400' });
        assert.equal(info?.status, 'available');
        assert.ok(info && info.createTime >= before - 1000 && info.createTime <= Date.now() + 1000);
        const again = await fixture.reopen();
        assert.deepEqual(await again.tables(), infos);
        const reopened = await again.state(things, codec);
        assert.equal((await reopened.get('a'))?.value, 1);
        await again.state({ ...things, name: 'more' }, codec);
        const newest = (await again.tables()).at(-1);
        assert.ok(newest && newest.id > Math.max(...ids));
      }));

    it('opened twice are one table', () =>
      withFixture(open, async ({ store }) => {
        const [one, two] = await Promise.all([store.state(things, codec), store.state(things, codec)]);
        await one.put('a', 1);
        assert.equal((await two.get('a'))?.value, 1);
        assert.equal((await store.tables()).length, 2);
      }));

    it('are refused where they differ or have no proper name', () =>
      withFixture(open, async ({ store }) => {
        await store.state(things, codec);
        await assert.rejects(store.state({ ...things, partitions: 5 }, codec), code('table-differs'));
        await assert.rejects(store.log({ ...things, kind: 'log' }, codec), code('table-differs'));
        for (const name of ['', 'Upper', '1st', 'a b', '-a', 'x'.repeat(65), 'table']) {
          await assert.rejects(store.state({ ...things, name }, codec), code('bad-table'), name);
        }
        for (const partitions of [0, -1, 1.5, 1025, Number.NaN]) {
          await assert.rejects(
            store.state({ ...things, name: 'other', partitions }, codec),
            code('bad-table'),
          );
        }
        await assert.rejects(
          store.log({ name: 'l', kind: 'log', partitions: 1, retention: { maxRecords: 0 } }, codec),
          code('bad-table'),
        );
        await assert.rejects(
          store.state({ ...things, name: 'other', envs: { 'no.such': '1' } }, codec),
          code('bad-env'),
        );
        assert.equal((await store.tables()).length, 2);
        await assert.rejects(store.partitions('nothing'), code('table-not-found'));
        await assert.rejects(store.setEnvs('nothing', {}), code('table-not-found'));
      }));

    it('partitions and nodes agree', () =>
      withFixture(open, async ({ store }) => {
        await store.state(things, codec);
        const partitions = await store.partitions('things');
        const addresses = new Set((await store.nodes()).map(({ address }) => address));
        assert.deepEqual(
          partitions.map(({ index }) => index),
          [0, 1, 2, 3],
        );
        for (const { primary, secondaries, ballot, maxReplicaCount } of partitions) {
          assert.ok(primary !== undefined && addresses.has(primary));
          for (const secondary of secondaries) assert.ok(addresses.has(secondary));
          assert.ok(ballot >= 1, 'a primary was assigned');
          assert.ok(maxReplicaCount >= 1 && secondaries.length < maxReplicaCount);
        }
        const { engine, root, primary } = await store.cluster();
        assert.ok(engine !== '' && root !== '' && primary !== undefined);
      }));

    it('a closed store says so', () =>
      withFixture(open, async ({ store }) => {
        const table = await store.state(things, codec);
        await table.put('a', 1);
        const abort = new AbortController();
        const watch = all(table.watch({ signal: abort.signal }));
        const scan = table.scan()[Symbol.asyncIterator]();
        await Promise.all([table.put('b', 1), store.close()]);
        assert.deepEqual(
          (await watch).map(({ type }) => type),
          ['put'],
        );
        await assert.rejects(table.put('c', 1), code('store-closed'));
        await assert.rejects(table.get('a'), code('store-closed'));
        await assert.rejects(scan.next(), code('store-closed'));
        await assert.rejects(store.state(things, codec), code('store-closed'));
        await store.close();
      }));
  });

  describe('envs', () => {
    it('default_ttl: keys expire, unless a put says otherwise', () =>
      withFixture(open, async (fixture) => {
        const table = await fixture.store.state(things, codec);
        await table.put('before', 1);
        await fixture.store.setEnvs('things', { default_ttl: '1' });
        await table.put('by default', 1);
        await table.put('kept', 1, { ttlSeconds: 0 });
        assert.equal(await table.count(), 3);
        await new Promise((resolve) => setTimeout(resolve, 1200));
        assert.equal(await table.get('by default'), undefined);
        assert.equal((await table.get('kept'))?.value, 1);
        assert.equal((await table.get('before'))?.value, 1);
        const again = await (await fixture.reopen()).state(things, codec);
        assert.equal(await again.count(), 2);
        const { envs } =
          (await fixture.store.tables().catch(() => [])).find(({ spec }) => spec.name === 'things') ?? {};
        assert.ok(envs === undefined || envs.default_ttl === '1');
      }));

    it('deny_client_request: reads, writes or both are refused', () =>
      withFixture(open, async ({ store }) => {
        const table = await store.state(things, codec);
        await table.put('a', 1);
        await store.setEnvs('things', { 'replica.deny_client_request': 'reconfig*write' });
        await assert.rejects(table.put('a', 2), code('request-denied'));
        await assert.rejects(table.delete('a'), code('request-denied'));
        assert.equal((await table.get('a'))?.value, 1);
        await store.setEnvs('things', { 'replica.deny_client_request': 'timeout*read' });
        await table.put('a', 3);
        await assert.rejects(table.get('a'), code('request-denied'));
        await assert.rejects(table.count(), code('request-denied'));
        await assert.rejects(all(table.scan()), code('request-denied'));
        assert.throws(() => table.watch({ signal: AbortSignal.abort() }), code('request-denied'));
        await store.setEnvs('things', { 'replica.deny_client_request': 'timeout*all' });
        await assert.rejects(table.get('a'), code('request-denied'));
        await assert.rejects(table.put('a', 4), code('request-denied'));
        await store.setEnvs('things', {});
        assert.equal((await table.get('a'))?.value, 3);
      }));

    it('throttling: over the limit calls wait, or are refused after it', () =>
      withFixture(open, async ({ store }) => {
        const spec = { ...things, partitions: 1 };
        const table = await store.state(spec, codec);
        // 9 / 1 partition + 1 = 10 calls a second.
        await store.setEnvs('things', { 'replica.write_throttling': '9*reject*0' });
        const outcomes = await Promise.allSettled(
          Array.from({ length: 50 }, (_, n) => table.put(`k${n}`, n)),
        );
        const passed = outcomes.filter(({ status }) => status === 'fulfilled').length;
        assert.ok(passed >= 10 && passed <= 20, `${passed} passed; a new second may have begun once`);
        const refused = outcomes.find((outcome) => outcome.status === 'rejected');
        assert.ok(refused?.status === 'rejected' && code('throttled')(refused.reason));
        await store.setEnvs('things', { 'replica.read_throttling': '1*delay*100' });
        const start = performance.now();
        await Promise.all(Array.from({ length: 6 }, () => table.get('k0')));
        const ms = performance.now() - start;
        assert.ok(ms >= 95 && ms < 2000, `${ms} ms`);
        await store.setEnvs('things', { 'replica.write_throttling_by_size': '2K*reject*0' });
        const bytes = await Promise.allSettled(
          Array.from({ length: 10 }, (_, n) => table.put('big', 'x'.repeat(1000 + n))),
        );
        const written = bytes.filter(({ status }) => status === 'fulfilled').length;
        assert.ok(written >= 2 && written <= 4, `${written} of 10`);
      }));

    it('are checked, kept as they were given, and replaced as a whole', () =>
      withFixture(open, async ({ store }) => {
        await store.state(things, codec);
        const envs = { 'replica.slow_query_threshold': '20', 'replica.enable_slow_query_log': 'true' };
        await store.setEnvs('things', envs);
        const shown = async (): Promise<unknown> =>
          (await store.tables()).find(({ spec }) => spec.name === 'things')?.envs;
        assert.deepEqual(await shown(), envs);
        await assert.rejects(
          store.setEnvs('things', { 'replica.slow_query_threshold': '19' }),
          code('bad-env', ({ message }) => assert.equal(message, "invalid value '19', should be '>= 20'")),
        );
        assert.deepEqual(await shown(), envs, 'nothing was changed');
        await store.setEnvs('things', { default_ttl: '0x10' });
        assert.deepEqual(await shown(), { default_ttl: '0x10' });
      }));
  });

  it('every bound of the store is a limit', () => {
    const names = allLimits().map(({ name }) => name);
    for (const name of ['store-key-bytes', 'store-value-bytes', 'store-watch-buffer'])
      assert.ok(names.includes(name));
  });
}
