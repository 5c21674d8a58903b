import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { LogRecord, ReadOptions } from '../../../src/store/index.js';
import type { OpenFixture } from '../conformance.js';
import { all, codec, withFixture } from './support.js';

const spec = { name: 'model', kind: 'log', partitions: 3 } as const;
type Appended = Pick<LogRecord<unknown>, 'partition' | 'sequence' | 'key' | 'value' | 'time'>;

/** One step: an append, or a read whose bounds are taken from records that are there. */
type Step = { readonly append: string } | { readonly read: Bounds } | { readonly reopen: true };

interface Bounds {
  readonly key?: string;
  readonly partition?: number;
  readonly from?: number;
  readonly to?: number;
  readonly after?: number;
  readonly limit?: number;
  readonly reverse?: boolean;
}

const key = fc.constantFrom('a', 'b', 'c', 'd', 'é');
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: key.map((append) => ({ append })) },
  {
    weight: 3,
    arbitrary: fc
      .record(
        {
          key,
          partition: fc.nat(2),
          from: fc.nat(),
          to: fc.nat(),
          after: fc.nat(),
          limit: fc.nat(5),
          reverse: fc.boolean(),
        },
        { requiredKeys: [] },
      )
      .map((read) => ({ read })),
  },
  { weight: 1, arbitrary: fc.constant({ reopen: true } as const) },
);

function optionsOf(bounds: Bounds, there: readonly Appended[]): ReadOptions {
  const pick = (index: number | undefined): Appended | undefined =>
    index === undefined ? undefined : there[index % Math.max(1, there.length)];
  const { key, partition, limit, reverse } = bounds;
  const fromTime = pick(bounds.from)?.time;
  const toTime = pick(bounds.to)?.time;
  return { key, partition, fromTime, toTime, after: pick(bounds.after), limit, reverse };
}

function expected(there: readonly Appended[], options: ReadOptions): Appended[] {
  const { key, partition, fromTime = 0, toTime = Infinity, after, reverse } = options;
  const fits = there.filter(
    (each) =>
      (key === undefined || each.key === key) &&
      (partition === undefined || each.partition === partition) &&
      each.time >= fromTime &&
      each.time < toTime &&
      (!after ||
        (each.partition === after.partition &&
          (reverse ? each.sequence < after.sequence : each.sequence > after.sequence))),
  );
  fits.sort((a, b) => a.time - b.time || a.partition - b.partition || a.sequence - b.sequence);
  return reverse ? fits.reverse() : fits;
}

/** Records of one millisecond may come in any order of their partitions, so partitions are compared one by one. */
function agree(found: readonly Appended[], fits: readonly Appended[], limit: number): void {
  const count = Math.min(limit, fits.length);
  assert.equal(found.length, count);
  assert.deepEqual(
    found.map(({ time }) => time),
    fits.slice(0, count).map(({ time }) => time),
  );
  for (let partition = 0; partition < spec.partitions; partition++) {
    const mine = found.filter((each) => each.partition === partition);
    assert.deepEqual(mine, fits.filter((each) => each.partition === partition).slice(0, mine.length));
  }
}

export function logModelConformance(open: OpenFixture): void {
  it('any sequence of appends and reads does what a list would', () =>
    fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) =>
        withFixture(open, async (fixture) => {
          let log = await fixture.store.log(spec, codec);
          const there: Appended[] = [];
          let count = 0;
          for (const each of steps) {
            if ('append' in each) {
              const position = await log.append(each.append, count++);
              const [record] = await all(
                log.read({ partition: position.partition, reverse: true, limit: 1 }),
              );
              assert.ok(record);
              assert.deepEqual(record, {
                ...position,
                key: each.append,
                value: count - 1,
                time: record.time,
              });
              there.push(record);
            } else if ('read' in each) {
              const options = optionsOf(each.read, there);
              agree(await all(log.read(options)), expected(there, options), options.limit ?? Infinity);
              assert.equal(await log.count(), there.length);
            } else {
              log = await (await fixture.reopen()).log(spec, codec);
            }
          }
        }),
      ),
      { seed: 20261122, numRuns: 40 },
    ));

  describe('sequences', () => {
    it('go on after a reopen, and never repeat in a partition', () =>
      withFixture(open, async (fixture) => {
        const seen = new Set<string>();
        for (let round = 0; round < 3; round++) {
          const log = await (await fixture.reopen()).log(spec, codec);
          for (let n = 0; n < 20; n++) {
            const { partition, sequence } = await log.append(`k${n}`, n);
            assert.ok(!seen.has(`${partition} ${sequence}`));
            seen.add(`${partition} ${sequence}`);
          }
        }
      }));
  });
}
