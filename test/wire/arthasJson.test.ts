import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { arthasJson, arthasTime, dataMap, RawJson } from '../../src/wire/index.js';

test('objects: sorted, without nulls; data maps: as inserted', () => {
  assert.equal(arthasJson({ b: 1, a: { d: null, c: undefined }, B: 2 }), '{"B":2,"a":{},"b":1}');
  assert.equal(arthasJson({ map: dataMap({ z: 1, a: 2 }) }), '{"map":{"z":1,"a":2}}');
  assert.equal(
    arthasJson(
      new Map<unknown, unknown>([
        [2, 'x'],
        [1, null],
      ]),
    ),
    '{"2":"x"}',
  );
});

test('arrays keep nulls', () => {
  assert.equal(arthasJson([1, null, undefined, 'x', [true]]), '[1,null,null,"x",[true]]');
});

test('numbers, bytes, times, raw text', () => {
  assert.equal(arthasJson({ nan: Number.NaN, inf: Number.POSITIVE_INFINITY }), '{"inf":null,"nan":null}');
  assert.equal(
    arthasJson([12, 0.033375, 1e-5, 9007199254740993n, -0]),
    '[12,0.033375,0.00001,9007199254740993,0]',
  );
  assert.equal(arthasJson(Uint8Array.of(1, 2, 200)), '[1,2,-56]');
  assert.equal(arthasJson(new Date(2026, 0, 2, 3, 4, 5, 0)), '"2026-01-02 03:04:05"');
  assert.equal(arthasJson({ a: new RawJson('{"x":1}') }), '{"a":{"x":1}}');
});

test('strings: UTF-8 as it is, control characters escaped', () => {
  assert.equal(arthasJson('\u4f60"\\\n\u0001/'), '"\u4f60\\"\\\\\\n\\u0001/"');
});

test('a cycle is an error, not a hang', () => {
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  assert.throws(() => arthasJson(cycle), { code: 'not-serializable' });
  const deep = `${'['.repeat(1000)}${']'.repeat(1000)}`;
  assert.equal(arthasJson(JSON.parse(deep)), deep);
});

test('times with a fraction of 0, 3, 6 or 9 digits', () => {
  const at = new Date(2026, 10, 22, 13, 4, 5, 60);
  assert.equal(arthasTime(at), '2026-11-22 13:04:05.060');
  assert.equal(arthasTime(at.getTime()), '2026-11-22 13:04:05.060');
  assert.equal(arthasTime(at, 678_901_000), '2026-11-22 13:04:05.678901');
  assert.equal(arthasTime(at, 678_901_002), '2026-11-22 13:04:05.678901002');
  assert.equal(arthasTime(at, 0), '2026-11-22 13:04:05');
});

test('whatever JSON can hold comes back the same, nulls in objects apart', () => {
  const withoutNulls = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(withoutNulls);
    if (typeof value !== 'object' || value === null) return value;
    const kept = Object.entries(value).filter(([, member]) => member !== null);
    return Object.fromEntries(kept.map(([name, member]) => [name, withoutNulls(member)]));
  };
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      // JSON has no -0.
      const plain = JSON.parse(JSON.stringify(value)) as unknown;
      assert.deepEqual(JSON.parse(arthasJson(plain)), withoutNulls(plain));
    }),
    { seed: 20260103, numRuns: 5000 },
  );
});
