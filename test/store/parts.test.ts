import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { counters, createLog, RemoraError } from '../../src/base/index.js';
import { checkEnvs, parseEnvs } from '../../src/store/envs.js';
import { Feed } from '../../src/store/feed.js';
import { ENV_KEYS, partitionOf } from '../../src/store/index.js';
import { isInRange, keyRange } from '../../src/store/keys.js';
import {
  DamagedRecord,
  decodeLog,
  decodeState,
  encodeLog,
  encodeState,
} from '../../src/store/lmdb/records.js';
import { TableGate } from '../../src/store/tableGate.js';
import { Throttle } from '../../src/store/throttle.js';
import { all, code } from './conformance/support.js';

function hint(key: string, value: string): string | undefined {
  try {
    checkEnvs({ [key]: value });
    return undefined;
  } catch (error) {
    assert.ok(error instanceof RemoraError && error.code === 'bad-env' && error.details.env === key);
    return error.message;
  }
}

describe('table envs (section 8)', () => {
  it('the vectors of section 9', () => {
    const key = 'replica.write_throttling';
    for (const value of [
      '100*delay*100',
      '20K*delay*100',
      '20M*reject*100',
      '10000*delay*100,20000*reject*100',
    ]) {
      assert.equal(hint(key, value), undefined, value);
    }
    const refused: Record<string, string> = {
      '20A*delay*100': "'20A' should be an unsigned integer",
      '-20*delay*100': "'-20' should be an unsigned integer",
      '': "The value shouldn't be empty",
      '20A*delay': "The field count of '20A*delay' separated by '*' must be 3",
      '20K*pass*100': "'pass' should be 'delay' or 'reject'",
      '20K*delay*-100': "'-100' should be an unsigned integer",
      '2K**delay*100': "The field count of '2K**delay*100' separated by '*' must be 3",
      '2K*delay*100,3K*delay*100': "duplicate 'delay' config",
      '2K*reject*100,3K*reject*100': "duplicate 'reject' config",
      '1*delay*1,': "The field count of '' separated by '*' must be 3",
      '18446744073709551615K*delay*100': "'18446744073709551615K' result is overflow",
      '18446744073709551616*delay*100': "'18446744073709551616' should be an unsigned integer",
    };
    for (const [value, text] of Object.entries(refused)) assert.equal(hint(key, value), text, value);
    const threshold = 'replica.slow_query_threshold';
    assert.equal(hint(threshold, '20'), undefined);
    assert.equal(hint(threshold, '19'), "invalid value '19', should be '>= 20'");
    assert.equal(hint(threshold, '1s'), "invalid value '1s', should be an 64 bits integer");
    assert.equal(
      hint(threshold, '9223372036854775808'),
      "invalid value '9223372036854775808', should be an 64 bits integer",
    );
    assert.equal(hint('default_ttl', '-1'), "invalid value '-1', should be '>= 0'");
    assert.equal(
      hint('default_ttl', '2147483648'),
      "invalid value '2147483648', should be an 32 bits integer",
    );
    assert.equal(hint('default_ttl', ''), "invalid value '', should be an 32 bits integer");
    assert.equal(hint('replica.enable_slow_query_log', 'yes'), "invalid value 'yes', should be a boolean");
    assert.equal(hint('replica.enable_slow_query_log', 'TRUE'), undefined);
    const deny =
      'Invalid deny client args, valid include: timeout*all, timeout*write, timeout*read; reconfig*all, reconfig*write, reconfig*read';
    for (const value of ['', 'timeout', 'timeout*some', 'deny*all', 'timeout*all ']) {
      assert.equal(hint('replica.deny_client_request', value), deny, value);
    }
    for (const kind of ['timeout', 'reconfig']) {
      for (const what of ['all', 'read', 'write']) {
        assert.equal(hint('replica.deny_client_request', `${kind}*${what}`), undefined);
      }
    }
    for (const unknown of [
      'no.such',
      'rocksdb.num_levels',
      'toString',
      '__proto__',
      'max_replica_count.update',
    ]) {
      assert.equal(hint(unknown, '1'), `app_env '${unknown}' is not supported`);
    }
  });

  it('integers as C reads them', () => {
    for (const [text, seconds] of Object.entries({
      '10': 10,
      '0x0A': 10,
      '012': 10,
      '+5': 5,
      '0': 0,
      '00': 0,
    })) {
      assert.equal(parseEnvs({ default_ttl: text }).defaultTtl, seconds, text);
    }
    for (const text of ['089', '0x', '1.5', ' 1', '1 ', '0b1', 'Infinity', '1e3']) {
      assert.ok(hint('default_ttl', text), text);
    }
  });

  it('any text is accepted or refused with a text', () => {
    const value = fc.oneof(
      fc.string(),
      fc
        .array(fc.constantFrom('1', '0', 'K', 'M', '*', 'delay', 'reject', ',', '-', 'x'), { maxLength: 12 })
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(fc.constantFrom(...ENV_KEYS), value, (key, text) => {
        const found = hint(key, text);
        assert.ok(found === undefined || found.length > 0);
        if (found === undefined) parseEnvs({ [key]: text });
      }),
      { seed: 20261122, numRuns: 20_000 },
    );
  });
});

describe('partitions', () => {
  it('a key has the partition that it always had', () => {
    // By another implementation of the documented hash; data on disks depends on it.
    const known = { '': 11, a: 3, 'user/1': 3, é: 7, 'config-7': 7 };
    for (const [key, partition] of Object.entries(known)) {
      assert.equal(partitionOf(Buffer.from(key), 16), partition, key);
    }
    assert.equal(partitionOf(Buffer.from('anything'), 1), 0);
  });

  it('keys are spread evenly, whatever they look like', () => {
    const makers: ((n: number) => string)[] = [
      (n) => String(n),
      (n) => `user/${n}`,
      (n) => `agent-${n * 16}`,
      (n) => `${n}`.padStart(20, '0'),
      (n) => `10.0.${n >> 8}.${n & 255}:8563`,
    ];
    for (const make of makers) {
      for (const partitions of [2, 4, 7, 16, 64]) {
        const counts = Array.from({ length: partitions }, () => 0);
        const keys = 20_000;
        for (let n = 0; n < keys; n++) {
          const partition = partitionOf(Buffer.from(make(n)), partitions);
          counts[partition] = (counts[partition] ?? 0) + 1;
        }
        const mean = keys / partitions;
        // Chi-squared of a fair spread is about `partitions`; three times that is far out.
        const chi = counts.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0);
        assert.ok(chi < 3 * partitions + 15, `${make(1)} over ${partitions}: ${chi.toFixed(1)}`);
      }
    }
  });
});

describe('throttling', () => {
  it('counts by second and partition; what is refused does not count', () => {
    const throttle = new Throttle({ delay: { units: 8, ms: 50 }, reject: { units: 12, ms: 70 } }, 4);
    const take = (partition: number | undefined, now: number): string =>
      throttle.take(partition, 1, now).type;
    // 8 / 4 + 1 = 3 without delay, 12 / 4 + 1 = 4 at most.
    assert.deepEqual(
      [1, 2, 3, 4, 5, 6].map(() => take(0, 1000)),
      ['pass', 'pass', 'pass', 'delay', 'reject', 'reject'],
    );
    assert.equal(take(1, 1999), 'pass');
    assert.equal(take(0, 2000), 'pass');
    assert.deepEqual(Array.from({ length: 13 }, () => take(undefined, 3000)).slice(7), [
      'pass',
      'delay',
      'delay',
      'delay',
      'delay',
      'reject',
    ]);
    assert.deepEqual(throttle.take(2, 100, 3000), { type: 'reject', ms: 70 });
  });
});

describe('slow queries', () => {
  it('are counted, and logged unless that is off; no more than a few lines a second', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'remora-slow-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'log');
    const counter = counters.counter('store.slow_queries', '');
    const call = { kind: 'read', name: 'get', partition: 3, bytes: 0 } as const;
    const gate = new TableGate('things', 4, { 'replica.slow_query_threshold': '20' }, createLog({ file }));
    const before = counter.value;
    assert.equal(await gate.run(call, () => 'quick'), 'quick');
    assert.equal(counter.value, before);
    const slow = (): Promise<string> => sleep(30, 'slow');
    await Promise.all(Array.from({ length: 20 }, () => gate.run(call, slow)));
    await assert.rejects(
      gate.run(call, async () => {
        await sleep(30);
        throw new Error('failed');
      }),
      /failed/,
    );
    assert.equal(counter.value, before + 21, 'those that fail are slow too');
    const lines = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.ok(lines.length >= 5 && lines.length <= 10, `${lines.length} lines`);
    assert.deepEqual([lines[0]?.table, lines[0]?.call, lines[0]?.partition], ['things', 'get', 3]);
    gate.setEnvs({ 'replica.slow_query_threshold': '20', 'replica.enable_slow_query_log': 'false' });
    await gate.run(call, slow);
    assert.equal(counter.value, before + 22);
    assert.equal(readFileSync(file, 'utf8').trim().split('\n').length, lines.length);
  });
});

describe('ranges of keys', () => {
  it('hold what a comparison of bytes says', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', '\u00ff', '\uffff', '\u{10ffff}', '\u007f', '/'),
      maxLength: 4,
    });
    const options = fc.record({ prefix: text, from: text, to: text }, { requiredKeys: [] });
    const order = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
    fc.assert(
      fc.property(
        options,
        text.filter((key) => key !== ''),
        (bounds, key) => {
          const range = keyRange(bounds);
          const { prefix = '', from = '', to } = bounds;
          const expected =
            key.startsWith(prefix) && order(key, from) >= 0 && (to === undefined || order(key, to) < 0);
          assert.equal(range !== undefined && isInRange(Buffer.from(key), range), expected);
        },
      ),
      { seed: 20261122, numRuns: 20_000 },
    );
  });
});

describe('records', () => {
  it('read back as they were written; one flipped bit is noticed', () => {
    const bytes = fc.uint8Array({ maxLength: 60 }).map((part) => Buffer.from(part));
    const number = fc.maxSafeNat().map((value) => value % 2 ** 48);
    fc.assert(
      fc.property(bytes, bytes, number, number, fc.nat(), (key, value, revision, time, at) => {
        const state = encodeState(key, { revision, time, expires: 0, value });
        assert.deepEqual(decodeState(key, state), { revision, time, expires: 0, value });
        const log = encodeLog(key, { time, key, value });
        assert.deepEqual(decodeLog(key, log), { time, key, value });
        for (const [whole, decode] of [
          [state, decodeState],
          [log, decodeLog],
        ] as const) {
          const damaged = Buffer.from(whole);
          const index = at % damaged.length;
          damaged[index] = (damaged[index] ?? 0) ^ (1 << (at % 8));
          assert.throws(() => decode(key, damaged), DamagedRecord);
          assert.throws(() => decode(key, whole.subarray(0, at % whole.length)), DamagedRecord);
          assert.throws(() => decode(Buffer.concat([key, Buffer.from('x')]), whole), DamagedRecord);
        }
      }),
      { seed: 20261122, numRuns: 3_000 },
    );
  });
});

describe('feeds', () => {
  const options = (signal: AbortSignal) => ({
    read: (n: number) => (n % 2 ? String(n) : undefined),
    lost: 'lost',
    signal,
    closed: () => {},
  });

  it('hold bytes within a bound too', async () => {
    const feed = new Feed<number, string>(options(new AbortController().signal));
    for (let n = 0; n < 5; n++) feed.push(n, 15 * 1024 * 1024);
    assert.deepEqual(await all(feed), ['lost']);
  });

  it('give what is left when they are finished, and end at once when they are returned', async () => {
    const feed = new Feed<number, string>(options(new AbortController().signal));
    for (let n = 0; n < 6; n++) feed.push(n, 1);
    feed.finish();
    feed.push(7, 1);
    assert.deepEqual(await all(feed), ['1', '3', '5']);
    const other = new Feed<number, string>(options(new AbortController().signal));
    const waiting = other.next();
    await other.return();
    assert.deepEqual(await waiting, { done: true, value: undefined });
  });

  it('a prelude that fails ends the feed with its error', async () => {
    async function* failing(): AsyncGenerator<string> {
      yield 'first';
      throw new RemoraError('corrupt-record', 'x');
    }
    let closed = 0;
    const { signal } = new AbortController();
    const feed = new Feed<number, string>({ ...options(signal), prelude: failing(), closed: () => closed++ });
    assert.equal((await feed.next()).value, 'first');
    await assert.rejects(feed.next(), code('corrupt-record'));
    assert.equal((await feed.next()).done, true);
    assert.equal(closed, 1);
  });
});
