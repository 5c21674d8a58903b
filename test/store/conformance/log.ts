import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LogRecord, LogTable, Position } from '../../../src/store/index.js';
import { eventually } from '../../support/index.js';
import type { OpenFixture } from '../conformance.js';
import { all, code, codec, withFixture } from './support.js';

async function becomes(log: LogTable<unknown>, fits: (count: number) => boolean): Promise<void> {
  await eventually(async () => fits(await log.count()), { what: 'the retention', timeoutMs: 10_000 });
}

export function logConformance(open: OpenFixture): void {
  const withLog = (partitions: number, work: (log: LogTable<unknown>) => Promise<void>): Promise<void> =>
    withFixture(open, async ({ store }) =>
      work(await store.log({ name: 'events', kind: 'log', partitions }, codec)),
    );
  const values = (records: readonly LogRecord<unknown>[]): unknown[] => records.map(({ value }) => value);

  describe('log tables', () => {
    it('reads what was appended, by sequence within a partition', () =>
      withLog(1, async (log) => {
        assert.deepEqual(await all(log.read()), []);
        const before = Date.now();
        const positions: Position[] = [];
        for (let n = 0; n < 5; n++) positions.push(await log.append('k', n));
        const sequences = positions.map(({ sequence }) => sequence);
        assert.deepEqual(
          sequences,
          sequences.toSorted((a, b) => a - b),
        );
        assert.ok((sequences[0] ?? 0) >= 1 && new Set(sequences).size === 5);
        const records = await all(log.read());
        assert.deepEqual(values(records), [0, 1, 2, 3, 4]);
        assert.deepEqual(
          records.map(({ partition, sequence }) => ({ partition, sequence })),
          positions,
        );
        for (const { time, key } of records) {
          assert.ok(time >= before - 1000 && time <= Date.now() + 1000);
          assert.equal(key, 'k');
        }
        assert.deepEqual(values(await all(log.read({ reverse: true, limit: 2 }))), [4, 3]);
        assert.deepEqual(values(await all(log.read({ after: positions[1] }))), [2, 3, 4]);
        assert.deepEqual(values(await all(log.read({ after: positions[3], reverse: true }))), [2, 1, 0]);
        assert.deepEqual(await all(log.read({ limit: 0 })), []);
        assert.equal(await log.count(), 5);
      }));

    it('by time over partitions, by key, by partition', () =>
      withLog(4, async (log) => {
        const keys = Array.from({ length: 12 }, (_, index) => `key-${index}`);
        for (let round = 0; round < 3; round++) {
          for (const key of keys) await log.append(key, round);
          await sleep(15);
        }
        const records = await all(log.read());
        assert.equal(records.length, 36);
        const times = records.map(({ time }) => time);
        assert.deepEqual(
          times,
          times.toSorted((a, b) => a - b),
        );
        assert.deepEqual(
          (await all(log.read({ reverse: true }))).map(({ key, value }) => `${key} ${value}`),
          records.map(({ key, value }) => `${key} ${value}`).reverse(),
        );
        assert.deepEqual(values(await all(log.read({ key: 'key-3' }))), [0, 1, 2]);
        const partition = records.find(({ key }) => key === 'key-3')?.partition;
        const inPartition = await all(log.read({ partition }));
        assert.deepEqual(
          inPartition,
          records.filter((record) => record.partition === partition),
        );
        const middle = records[20]?.time ?? 0;
        assert.deepEqual(
          await all(log.read({ fromTime: middle })),
          records.filter(({ time }) => time >= middle),
        );
        assert.deepEqual(
          await all(log.read({ toTime: middle })),
          records.filter(({ time }) => time < middle),
        );
      }));

    it('long logs are read in pieces, both ways, and show one moment', () =>
      withLog(3, async (log) => {
        await Promise.all(Array.from({ length: 700 }, (_, n) => log.append(`k${n % 17}`, n)));
        const seen: unknown[] = [];
        for await (const { value } of log.read()) {
          if (seen.length === 0) await log.append('late', 'late');
          seen.push(value);
        }
        assert.equal(seen.length, 700);
        assert.deepEqual(new Set(seen), new Set(Array.from({ length: 700 }, (_, n) => n)));
        assert.equal((await all(log.read({ reverse: true }))).length, 701);
      }));

    it('watches from the call on', () =>
      withLog(2, async (log) => {
        await log.append('a', 'before');
        const abort = new AbortController();
        const watch = log.watch({ signal: abort.signal });
        const onlyB = log.watch({ key: 'b', signal: abort.signal });
        await log.append('a', 1);
        await log.append('b', 2);
        await log.append('a', 3);
        await log.append('b', 4);
        const seen: unknown[] = [];
        for await (const event of watch) {
          assert.equal(event.type, 'record');
          if (event.type === 'record') seen.push(event.record.value);
          if (seen.length === 4) break;
        }
        assert.deepEqual(seen.toSorted(), [1, 2, 3, 4]);
        const first = await onlyB[Symbol.asyncIterator]().next();
        assert.equal(first.value?.type === 'record' && first.value.record.value, 2);
        abort.abort();
      }));

    it('a watcher that is too slow gets lost', () =>
      withLog(1, async (log) => {
        const abort = new AbortController();
        const slow = log.watch({ signal: abort.signal });
        for (let round = 0; round < 11; round++) {
          await Promise.all(Array.from({ length: 1000 }, () => log.append('k', round)));
        }
        assert.deepEqual(await all(slow), [{ type: 'lost' }]);
        abort.abort();
      }));

    it('retention by records, bytes and age, the oldest first; also when opened again', () =>
      withFixture(open, async (fixture) => {
        const spec = { name: 'kept', kind: 'log', partitions: 2 } as const;
        const log = await fixture.store.log({ ...spec, retention: { maxRecords: 10 } }, codec);
        for (let n = 0; n < 40; n++) {
          await log.append(`k${n % 5}`, n);
          // Of one millisecond nobody can say which partition's is the oldest.
          await sleep(3);
        }
        await becomes(log, (count) => count === 10);
        assert.deepEqual(
          values(await all(log.read())).toSorted((a, b) => Number(a) - Number(b)),
          Array.from({ length: 10 }, (_, index) => 30 + index),
        );
        const again = await (await fixture.reopen()).log({ ...spec, retention: { maxRecords: 4 } }, codec);
        await becomes(again, (count) => count === 4);
        const next = await again.append('k0', 'more');
        assert.ok(next.sequence > 1, 'sequences go on');

        const bytes = await (await fixture.reopen()).log({ ...spec, retention: { maxBytes: 5000 } }, codec);
        for (let n = 0; n < 20; n++) await bytes.append('k', 'x'.repeat(1000));
        await becomes(bytes, (count) => count <= 5);
        assert.ok((await bytes.count()) >= 3);

        const aged = await (await fixture.reopen()).log(
          { ...spec, retention: { maxAgeSeconds: 0.3 } },
          codec,
        );
        await aged.append('k', 'old');
        await sleep(400);
        await aged.append('k', 'new');
        assert.deepEqual(values(await all(aged.read())), ['new']);
        await becomes(aged, (count) => count === 0);
      }));

    it('refuses keys and values that it cannot keep', () =>
      withLog(1, async (log) => {
        await assert.rejects(log.append('', 1), code('bad-key'));
        await assert.rejects(log.append('k', 'x'.repeat(4 * 1024 * 1024)), code('value-too-large'));
        await assert.rejects(all(log.read({ limit: -1 })), RangeError);
        assert.equal(await log.count(), 0);
      }));
  });
}
