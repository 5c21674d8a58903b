import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Counters } from '../../src/base/index.js';

function clocked(): { counters: Counters; pass(ms: number): void } {
  let now = 0;
  return {
    counters: new Counters(() => now),
    pass: (ms) => {
      now += ms;
    },
  };
}

describe('rates', () => {
  it('are per second since the reading before', () => {
    const { counters, pass } = clocked();
    const rate = counters.rate('a.qps', 'queries');
    pass(2000);
    rate.add(10);
    assert.equal(counters.read('a.qps')?.value, 5);
    pass(1000);
    rate.add();
    assert.equal(counters.read('a.qps')?.value, 1);
    pass(1000);
    assert.equal(counters.read('a.qps')?.value, 0);
  });

  it('stay for a tenth of a second', () => {
    const { counters, pass } = clocked();
    const rate = counters.rate('a.qps', 'queries');
    pass(1000);
    rate.add(4);
    assert.equal(counters.read('a.qps')?.value, 4);
    pass(100);
    rate.add(400);
    assert.equal(counters.read('a.qps')?.value, 4);
    pass(100);
    assert.equal(counters.read('a.qps')?.value, 2000);
  });

  it('read in the very moment they were made are 0', () => {
    const { counters } = clocked();
    counters.rate('a.qps', 'queries').add(3);
    assert.equal(counters.read('a.qps')?.value, 0);
  });
});

describe('distributions', () => {
  it('give the element at the share, of sorted numbers', () => {
    const { counters } = clocked();
    const latency = counters.distribution('a.latency', 'time');
    for (let value = 999; value >= 0; value -= 1) latency.record(value);
    const { kind, value, percentiles } = counters.read('a.latency') ?? {};
    assert.equal(kind, 'percentiles');
    assert.equal(value, 500);
    assert.deepEqual(percentiles, { p50: 500, p90: 900, p95: 950, p99: 990, p999: 999 });
  });

  it('are 0 before anything was recorded, and computed anew after ten seconds', () => {
    const { counters, pass } = clocked();
    const latency = counters.distribution('a.latency', 'time');
    assert.equal(counters.read('a.latency')?.percentiles?.p99, 0);
    latency.record(5);
    assert.equal(counters.read('a.latency')?.percentiles?.p99, 5);
    latency.record(7);
    pass(9999);
    assert.equal(counters.read('a.latency')?.percentiles?.p99, 5);
    pass(1);
    assert.equal(counters.read('a.latency')?.percentiles?.p99, 7);
    pass(60_000);
    assert.equal(counters.read('a.latency')?.percentiles?.p99, 7);
  });

  it('know the last 5000', () => {
    const { counters } = clocked();
    const latency = counters.distribution('a.latency', 'time');
    for (let value = 0; value < 5000; value += 1) latency.record(1_000_000);
    for (let value = 0; value < 5000; value += 1) latency.record(1);
    assert.deepEqual(counters.read('a.latency')?.percentiles, { p50: 1, p90: 1, p95: 1, p99: 1, p999: 1 });
  });
});

describe('a name', () => {
  it('belongs to one kind', () => {
    const { counters } = clocked();
    counters.rate('a.qps', '');
    assert.equal(counters.rate('a.qps', ''), counters.rate('a.qps', ''));
    assert.throws(() => counters.counter('a.qps', ''), /is a rate/);
    assert.throws(() => counters.distribution('a.qps', ''), /is a rate/);
    assert.equal(counters.read('a.nothing'), undefined);
  });
});
