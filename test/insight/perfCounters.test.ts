import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Counters } from '../../src/base/index.js';
import { PerfCounters } from '../../src/insight/index.js';
import { jsonCodec, openLmdbStore } from '../../src/store/index.js';
import { scratch } from '../http/support.js';

describe('perf counters', () => {
  it('have the names, types and values of the counters of the process', () => {
    const counters = new Counters();
    const perf = new PerfCounters(counters);
    counters.counter('http.requests', 'requests').add(3);
    counters.counter('http.refused.unaudited', 'left out').add(1);
    counters.gauge('http.connections', 'open', () => 2);
    counters.rate('http.qps', 'requests per second');
    const latency = counters.distribution('http.latency(ns)', 'time');
    for (let value = 1; value <= 1000; value += 1) latency.record(value);
    assert.deepEqual(perf.find('remora*http*requests'), {
      name: 'remora*http*requests',
      type: 'NUMBER',
      value: 3,
      description: 'requests',
    });
    assert.deepEqual(perf.find('remora*http*refused.unaudited'), {
      name: 'remora*http*refused.unaudited',
      type: 'NUMBER',
      value: 1,
      description: 'left out',
    });
    assert.equal(perf.find('remora*http*qps')?.type, 'RATE');
    assert.deepEqual(perf.find('remora*http*latency(ns)'), {
      name: 'remora*http*latency(ns)',
      type: 'PERCENTILE',
      p99: 991,
      p999: 1000,
      description: 'time',
    });
    const sessions = perf.find('server*network*client_session_count');
    assert.equal(sessions && 'value' in sessions && sessions.value, 2);
    const names = perf.list().map(({ name }) => name);
    assert.deepEqual(names, [...names].sort());
    for (const name of names) assert.ok(perf.find(name), name);
  });

  it('are found by their whole name only', () => {
    const counters = new Counters();
    counters.counter('http.requests', 'requests');
    const perf = new PerfCounters(counters);
    for (const name of [
      '',
      '*',
      'remora',
      'remora*http',
      'remora*http*',
      'http.requests',
      'Remora*http*requests',
    ])
      assert.equal(perf.find(name), undefined, name);
    for (const name of [
      'remora*http*requests*',
      'remora*http*requests.p999',
      'remora**http.requests',
      'a*b*c',
    ])
      assert.equal(perf.find(name), undefined, name);
  });

  it('count the reads and writes of real tables', async (t) => {
    const { counters } = await import('../../src/base/index.js');
    const perf = new PerfCounters(counters);
    const store = await openLmdbStore({ folder: `${scratch(t)}/data` });
    t.after(() => store.close());
    const table = await store.state<number>({ name: 'numbers', kind: 'state', partitions: 4 }, jsonCodec());
    const began = performance.now();
    for (let key = 0; key < 30; key += 1) await table.put(`key ${key}`, key);
    for (let key = 0; key < 300; key += 1) await table.get(`key ${key % 30}`);
    await sleep(Math.max(0, 1100 - (performance.now() - began)));
    const seconds = (performance.now() - began) / 1000;
    const value = (stat: string): number => {
      const found = perf.find(`collector*app.pegasus*app.stat.${stat}#_all_`);
      assert.ok(found && 'value' in found);
      return found.value;
    };
    const reads = value('read_qps');
    assert.ok(Math.abs(reads - 300 / seconds) < 60, `${reads} reads a second`);
    const writes = value('write_qps');
    assert.ok(writes >= 25 / seconds && writes < 100, `${writes} writes a second`);
    assert.equal(value('read_qps'), reads, 'the same for ten seconds');
  });
});
