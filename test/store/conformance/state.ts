import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Change, StateTable, Store } from '../../../src/store/index.js';
import type { OpenFixture } from '../conformance.js';
import { all, code, codec, withFixture } from './support.js';

export function stateConformance(open: OpenFixture): void {
  const withTable = async (
    partitions: number,
    work: (table: StateTable<unknown>, store: Store) => Promise<void>,
  ): Promise<void> => {
    await withFixture(open, async ({ store }) => {
      await work(await store.state({ name: 'things', kind: 'state', partitions }, codec), store);
    });
  };

  describe('state tables', () => {
    it('get what was put, by revision', () =>
      withTable(4, async (table) => {
        assert.equal(await table.get('a'), undefined);
        const before = Date.now();
        const first = await table.put('a', { n: 1 });
        assert.ok(first >= 1);
        const entry = await table.get('a');
        assert.deepEqual(entry?.value, { n: 1 });
        assert.equal(entry?.revision, first);
        assert.ok(entry && entry.time >= before - 1000 && entry.time <= Date.now() + 1000);
        const second = await table.put('a', { n: 2 }, { expectedRevision: first });
        assert.ok(second > first);
        await assert.rejects(
          table.put('a', 0, { expectedRevision: first }),
          code('revision-conflict', ({ details }) => assert.equal(details.revision, second)),
        );
        await assert.rejects(table.put('a', 0, { expectedRevision: 0 }), code('revision-conflict'));
        await assert.rejects(table.put('b', 0, { expectedRevision: 7 }), code('revision-conflict'));
        await table.put('b', 1, { expectedRevision: 0 });
        assert.equal(await table.count(), 2);
      }));

    it('revisions are never used again after a delete', () =>
      withTable(1, async (table) => {
        const put = await table.put('a', 1);
        await assert.rejects(table.delete('a', { expectedRevision: put + 5 }), code('revision-conflict'));
        const deleted = await table.delete('a', { expectedRevision: put });
        assert.ok(deleted > put);
        assert.equal(await table.delete('a'), 0);
        assert.equal(await table.delete('a', { expectedRevision: 0 }), 0);
        await assert.rejects(table.delete('a', { expectedRevision: put }), code('revision-conflict'));
        const again = await table.put('a', 2, { expectedRevision: 0 });
        assert.ok(again > deleted);
      }));

    it('scans in byte order of UTF-8, with bounds', () =>
      withTable(8, async (table) => {
        const keys = [
          'a',
          'a/1',
          'a/10',
          'a/2',
          'b',
          'z',
          'é',
          '\u{ffff}',
          '\u{10000}',
          '\u0000',
          '\u0000\u0000',
        ];
        await Promise.all(keys.map((key) => table.put(key, key)));
        const sorted = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        const scanned = async (options = {}): Promise<string[]> =>
          (await all(table.scan(options))).map(({ key }) => key);
        assert.deepEqual(await scanned(), sorted);
        assert.deepEqual(await scanned({ reverse: true }), sorted.toReversed());
        assert.deepEqual(await scanned({ prefix: 'a/' }), ['a/1', 'a/10', 'a/2']);
        assert.deepEqual(await scanned({ prefix: 'a/', reverse: true, limit: 2 }), ['a/2', 'a/10']);
        assert.deepEqual(await scanned({ from: 'a/10', to: 'b' }), ['a/10', 'a/2']);
        assert.deepEqual(await scanned({ from: 'a/10', to: 'b', reverse: true }), ['a/2', 'a/10']);
        assert.deepEqual(await scanned({ from: 'b', to: 'a' }), []);
        assert.deepEqual(await scanned({ limit: 0 }), []);
        assert.deepEqual(await scanned({ limit: 1 }), ['\u0000']);
      }));

    it('a scan shows one moment, whatever is written meanwhile', () =>
      withTable(4, async (table) => {
        const name = (index: number): string => `k${String(index).padStart(5, '0')}`;
        const many = Array.from({ length: 1000 }, (_, index) => name(index));
        await Promise.all(many.map((key) => table.put(key, 'old')));
        const seen: string[] = [];
        for await (const { key, value } of table.scan()) {
          if (seen.length === 0) {
            await Promise.all(many.map((each) => table.put(each, 'new')));
            await table.delete(name(999));
            await table.put('k99999', 'new');
          }
          assert.equal(value, 'old');
          seen.push(key);
        }
        assert.deepEqual(seen, many);
      }));

    it('refuses keys and values that it cannot keep', () =>
      withTable(1, async (table) => {
        await assert.rejects(table.put('', 1), code('bad-key'));
        await assert.rejects(table.put('x'.repeat(1025), 1), code('bad-key'));
        await assert.rejects(table.put('\ud800', 1), code('bad-key'));
        await assert.rejects(table.get(''), code('bad-key'));
        await assert.rejects(table.delete(''), code('bad-key'));
        await table.put('é'.repeat(512), 1);
        await assert.rejects(table.put('big', 'x'.repeat(4 * 1024 * 1024)), code('value-too-large'));
        await table.put('big', 'x'.repeat(1024 * 1024));
        assert.equal(String((await table.get('big'))?.value).length, 1024 * 1024);
        await assert.rejects(table.put('a', 1, { expectedRevision: Number.NaN }), RangeError);
        await assert.rejects(table.put('a', 1, { ttlSeconds: -1 }), RangeError);
      }));

    it('many writers on one key: exactly one wins each revision', () =>
      withTable(4, async (table) => {
        const writers = 16;
        const rounds = 25;
        await table.put('counter', 0, { expectedRevision: 0 });
        const won: number[] = [];
        let conflicts = 0;
        await Promise.all(
          Array.from({ length: writers }, async () => {
            for (let done = 0; done < rounds; ) {
              const entry = await table.get('counter');
              assert.ok(entry);
              try {
                won.push(
                  await table.put('counter', Number(entry.value) + 1, { expectedRevision: entry.revision }),
                );
                done++;
              } catch (error) {
                assert.ok(code('revision-conflict')(error));
                conflicts++;
              }
            }
          }),
        );
        assert.equal((await table.get('counter'))?.value, writers * rounds);
        assert.equal(new Set(won).size, writers * rounds, 'each revision was won once');
        assert.ok(conflicts > 0, 'they did meet');
      }));

    it('many creators of one key: one succeeds', () =>
      withTable(2, async (table) => {
        const tries = Array.from({ length: 50 }, (_, index) =>
          table.put('one', index, { expectedRevision: 0 }),
        );
        const outcomes = await Promise.allSettled(tries);
        assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
      }));

    it('watches from the call on, in order within a key', () =>
      withTable(4, async (table) => {
        await table.put('old', 0);
        const abort = new AbortController();
        const watch = table.watch({ signal: abort.signal });
        const first = await table.put('x', 1);
        const second = await table.put('x', 2);
        const third = await table.delete('x');
        await assert.rejects(table.put('x', 3, { expectedRevision: 99 }));
        await table.delete('never');
        await table.put('y', 4);
        const changes: Change<unknown>[] = [];
        for await (const change of watch) {
          changes.push(change);
          if (changes.length === 4) abort.abort();
        }
        const ofX = changes.filter(
          (each) => (each.type === 'put' ? each.entry.key : 'key' in each && each.key) === 'x',
        );
        assert.deepEqual(
          ofX.map((each) => (each.type === 'put' ? [each.entry.revision, each.entry.value] : each)),
          [[first, 1], [second, 2], { type: 'delete', key: 'x', revision: third, expired: false }],
        );
        assert.equal(changes.length, 4);
      }));

    it('watches a prefix, with everything there is first', () =>
      withTable(4, async (table) => {
        await Promise.all(['a/1', 'a/2', 'b/1'].map((key) => table.put(key, key)));
        const abort = new AbortController();
        const watch = table.watch({ prefix: 'a/', snapshot: true, signal: abort.signal });
        await table.put('a/3', 'later');
        await table.put('b/2', 'later');
        await table.delete('a/1');
        const lines: string[] = [];
        for await (const change of watch) {
          lines.push(
            change.type === 'put'
              ? `+${change.entry.key}`
              : change.type === 'delete'
                ? `-${change.key}`
                : change.type,
          );
          if (lines.length === 5) break;
        }
        assert.deepEqual(lines.slice(0, 3).sort(), ['+a/1', '+a/2', 'current']);
        assert.equal(lines[2], 'current');
        assert.deepEqual(lines.slice(3).sort(), ['+a/3', '-a/1']);
        abort.abort();
      }));

    it('a snapshot and the changes after it lose and repeat nothing, under writers', () =>
      withTable(4, async (table) => {
        let stop = false;
        const writer = (async () => {
          for (let n = 1; !stop; n++) await table.put(`k${n % 7}`, n);
        })();
        for (let round = 0; round < 20; round++) {
          const abort = new AbortController();
          const last = new Map<string, number>();
          let current = false;
          let after = 0;
          for await (const change of table.watch({ snapshot: true, signal: abort.signal })) {
            if (change.type === 'current') {
              current = true;
              continue;
            }
            assert.equal(change.type, 'put');
            if (change.type !== 'put') continue;
            const { key, revision, value } = change.entry;
            const before = last.get(key);
            assert.ok(before === undefined || revision > before, `${key} came twice at ${revision}`);
            // One writer goes round seven keys: after the snapshot no value of a key may be left out.
            last.set(key, revision);
            if (current && ++after === 30) abort.abort();
            assert.ok(Number(value) > 0);
          }
        }
        stop = true;
        await writer;
      }));

    it('a watcher that is too slow gets lost, and nothing after it', () =>
      withTable(1, async (table) => {
        const abort = new AbortController();
        const slow = table.watch({ signal: abort.signal });
        for (let round = 0; round < 11; round++) {
          await Promise.all(Array.from({ length: 1000 }, (_, index) => table.put(`k${index}`, round)));
        }
        assert.deepEqual(await all(slow), [{ type: 'lost' }]);
        abort.abort();
      }));

    it('an aborted watch ends, also while it waits', () =>
      withTable(1, async (table) => {
        const abort = new AbortController();
        const waiting = all(table.watch({ signal: abort.signal }));
        setTimeout(() => abort.abort(), 20);
        assert.deepEqual(await waiting, []);
        assert.deepEqual(await all(table.watch({ snapshot: true, signal: abort.signal })), []);
      }));

    it('keys expire, and watchers hear of it', () =>
      withTable(2, async (table) => {
        const abort = new AbortController();
        const watch = table.watch({ signal: abort.signal })[Symbol.asyncIterator]();
        const put = await table.put('short', 1, { ttlSeconds: 0.3 });
        await table.put('long', 1, { ttlSeconds: 600 });
        await table.put('for ever', 1, { ttlSeconds: 0 });
        assert.equal(await table.count(), 3);
        await watch.next();
        await watch.next();
        await watch.next();
        const { value: gone } = await watch.next();
        assert.ok(gone && gone.type === 'delete');
        assert.equal(gone.key, 'short');
        assert.equal(gone.expired, true);
        assert.ok(gone.revision > put);
        assert.equal(await table.get('short'), undefined);
        assert.equal(await table.count(), 2);
        assert.deepEqual(
          (await all(table.scan())).map(({ key }) => key),
          ['for ever', 'long'],
        );
        assert.ok((await table.put('short', 2, { expectedRevision: 0 })) > gone.revision);
        abort.abort();
      }));

    it('keys expire also across a restart, and while nobody has the store', () =>
      withFixture(open, async (fixture) => {
        const spec = { name: 'things', kind: 'state', partitions: 3 } as const;
        const before = await fixture.store.state(spec, codec);
        await before.put('while closed', 1, { ttlSeconds: 0.1 });
        const last = await before.put('later', 1, { ttlSeconds: 1 });
        await before.put('kept', 1);
        await sleep(150);
        const after = await (await fixture.reopen()).state(spec, codec);
        assert.equal(await after.get('while closed'), undefined);
        const abort = new AbortController();
        const gone: string[] = [];
        for await (const change of after.watch({ snapshot: true, signal: abort.signal })) {
          assert.ok(change.type !== 'put' || change.entry.key !== 'while closed');
          if (change.type !== 'delete' || change.key !== 'later') continue;
          assert.ok(change.expired && change.revision > last);
          gone.push(change.key);
          abort.abort();
        }
        assert.deepEqual(gone, ['later']);
        assert.deepEqual(
          (await all(after.scan())).map(({ key }) => key),
          ['kept'],
        );
        assert.equal(await after.count(), 1);
      }));

    it('a put without ttl takes the old expiry away', () =>
      withTable(1, async (table) => {
        await table.put('a', 1, { ttlSeconds: 0.2 });
        await table.put('a', 2);
        await sleep(500);
        assert.equal((await table.get('a'))?.value, 2);
      }));
  });
}
