import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Histogram } from '../../../src/probe/instrument/recording/histogram.js';

/** Half of a bucket: a thirty-second. */
const OFF = 1 / 32 + 1e-9;

function exact(sorted: readonly number[], share: number): number {
  return sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
}

describe('the histogram of monitor', () => {
  it('counts and sums exactly; percentiles are within a thirty-second', () => {
    const nanos = fc.oneof(
      fc.nat(40),
      fc.nat(1_000_000),
      fc.nat(2 ** 31 - 1),
      fc.double({ min: 0, max: 2 ** 47, noNaN: true }).map(Math.floor),
      fc.integer({ min: 0, max: 46 }).map((power) => 2 ** power),
      fc.integer({ min: 1, max: 46 }).map((power) => 2 ** power - 1),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(nanos, fc.boolean()), { minLength: 1, maxLength: 300 }), (calls) => {
        const histogram = new Histogram();
        for (const [each, failed] of calls) histogram.add(each, failed);
        const summary = histogram.take();
        const sorted = calls.map(([each]) => each).sort((a, b) => a - b);
        const failed = calls.filter(([, each]) => each).length;
        assert.equal(summary.total, calls.length);
        assert.equal(summary.failed, failed);
        assert.equal(summary.success, calls.length - failed);
        assert.equal(summary.max, (sorted.at(-1) ?? 0) / 1e6);
        const sum = calls.reduce((total, [each]) => total + each, 0);
        assert.ok(Math.abs(summary.cost - sum / 1e6) <= (sum / 1e6) * 1e-9);
        for (const [share, given] of [
          [0.5, summary.p50],
          [0.95, summary.p95],
          [0.99, summary.p99],
        ] as const) {
          const wanted = exact(sorted, share) / 1e6;
          assert.ok(Math.abs(given - wanted) <= wanted * OFF, `${share}: ${given} for ${wanted}`);
        }
        assert.equal(histogram.take().total, 0);
      }),
      { numRuns: 500, seed: 4 },
    );
  });

  it('puts what is too long for it into the last bucket', () => {
    const histogram = new Histogram();
    for (const nanos of [2 ** 48, 2 ** 60, Number.MAX_VALUE]) histogram.add(nanos, false);
    const { total, p50, max } = histogram.take();
    assert.equal(total, 3);
    assert.ok(p50 > 0 && p50 <= max);
  });
});
