import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MonitorSample, RecordFrame } from '../../../src/probe/instrumentProtocol.js';
import {
  call,
  makeHook,
  observe,
  recording,
  records,
  runCases,
  slots,
  text,
  watched,
  wrap,
} from './recordingKit.js';

const nothing = { '@type': 'undefined' };

await runCases([
  ['monitor counts, sums and empties', monitor],
  [
    'monitor reckons up what the governor let pass',
    () => {
      const { fn, hook, watch } = watched((a: number) => a, { kind: 'monitor', points: [] });
      const { hook: id } = hook.spec;
      slots.setHook(id, 'mode', 1);
      slots.setHook(id, 'tokens', 25);
      for (let n = 0; n < 100; n++) fn(n);
      const [sample] = call<MonitorSample[]>('engineMonitor', { observer: watch.id });
      assert.equal(sample?.total, 100);
      assert.equal(sample?.success, 100);
      assert.equal(sample?.isSampled, true);
      slots.setHook(id, 'mode', 0);
      for (let n = 0; n < 10; n++) fn(n);
      const [full] = call<MonitorSample[]>('engineMonitor', { observer: watch.id });
      assert.equal(full?.total, 10);
      assert.equal(full?.isSampled, undefined);
    },
  ],
  ['stack: callers, innermost first, bounded; the application formats nothing', stacks],
  ['stack: the asynchronous part', asyncStack],
  ['calls that a breakpoint saw', breakpoints],
  [
    'the price is measured in a moment',
    () => {
      const start = performance.now();
      const prices = Array.from({ length: 20 }, () =>
        call<Record<string, number>>('engineCalibrate', { hook: 1 }),
      );
      const longest = performance.now() - start;
      const { observedNs = 0, passedNs = 0, filteredNs = 0 } = prices.at(-1) ?? {};
      assert.ok(observedNs > 20 && observedNs < 5000, String(observedNs));
      assert.ok(passedNs >= 1 && passedNs < observedNs, String(passedNs));
      assert.ok(filteredNs >= 1 && filteredNs < 2000, String(filteredNs));
      assert.ok(longest < 500, String(longest));
    },
  ],
]);

async function monitor(): Promise<void> {
  const hook = makeHook();
  const fn = wrap(hook, (a: number) => {
    if (a === 3) throw new Error('third');
    return a;
  });
  const watch = observe(hook, { kind: 'monitor', points: [] });
  for (let n = 1; n <= 10; n++) {
    try {
      fn(n);
    } catch {
      // Wanted.
    }
  }
  assert.equal(records().length, 0);
  const take = (id: number): MonitorSample[] => call('engineMonitor', { observer: id });
  const [sample] = take(watch.id);
  assert.equal(sample?.total, 10);
  assert.equal(sample?.success, 9);
  assert.equal(sample?.failed, 1);
  assert.ok((sample?.cost ?? 0) > 0 && (sample?.max ?? 0) <= (sample?.cost ?? 0));
  assert.ok((sample?.p50 ?? 0) <= (sample?.p95 ?? 0) && (sample?.p99 ?? 9) <= (sample?.max ?? 0));
  assert.deepEqual(take(watch.id), [
    { hook: hook.spec.hook, total: 0, success: 0, failed: 0, cost: 0, p50: 0, p95: 0, p99: 0, max: 0 },
  ]);
  watch.stop();
  const before = observe(hook, {
    kind: 'monitor',
    points: [],
    before: true,
    condition: text('(_$r.p(params[0])>8)'),
  });
  for (let n = 4; n <= 10; n++) fn(n);
  assert.equal(take(before.id)[0]?.total, 2);
  before.stop();
  const after = observe(hook, { kind: 'monitor', points: [], condition: text('(_$r.p(returnObj)>8)') });
  for (let n = 4; n <= 10; n++) fn(n);
  assert.equal(take(after.id)[0]?.total, 2);
  const { fn: late, watch: ofLate } = watched((ms: number) => sleep(ms), { kind: 'monitor', points: [] });
  await late(20);
  const [settled] = take(ofLate.id);
  assert.ok(settled?.total === 1 && settled.p50 >= 18, JSON.stringify(settled));
}

function stacks(): void {
  let formatted = 0;
  const { fn, watch } = watched((a: number) => a, { kind: 'stack', points: [], frames: 4 });
  const before = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  Error.prepareStackTrace = () => {
    formatted += 1;
    return '';
  };
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  function inner(): number {
    return fn(1);
  }
  const holder = {
    outer() {
      return inner();
    },
  };
  // Another wrapper on the way is no frame of the application.
  const { fn: outermost } = watched(() => holder.outer());
  try {
    assert.equal(outermost(), 1);
    assert.equal(Error.stackTraceLimit, 0);
    assert.equal(formatted, 0);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    if (before) Object.defineProperty(Error, 'prepareStackTrace', before);
    else Reflect.deleteProperty(Error, 'prepareStackTrace');
  }
  const [record] = records();
  assert.equal(record?.kind, 'stack', 'the inner call ends first');
  const frames = record?.frames as RecordFrame[];
  assert.deepEqual(
    frames.map(({ functionName }) => functionName),
    ['inner', 'Object.outer', '', 'stacks'],
  );
  assert.ok(
    frames.every(({ url, line, column }) => url.includes('otherKindCases') && line > 0 && column > 0),
  );
  watch.stop();
  const { fn: late } = watched((a: number) => a, {
    kind: 'stack',
    points: [],
    condition: text('(_$r.p(returnObj)>1)'),
    frames: 1,
  });
  late(1);
  late(2);
  const [only, ...more] = records();
  assert.equal(more.length, 0);
  assert.deepEqual(
    only?.frames?.map(({ functionName }) => functionName),
    ['stacks'],
  );
}

async function asyncStack(): Promise<void> {
  const { fn } = watched((a: number) => a, { kind: 'stack', points: [] });
  async function inner(): Promise<number> {
    await sleep(1);
    return fn(1);
  }
  async function middle(): Promise<number> {
    return await inner();
  }
  await middle();
  const frames = records()[0]?.frames ?? [];
  assert.deepEqual(
    frames.slice(0, 3).map(({ functionName, isAsync }) => [functionName, isAsync]),
    [
      ['inner', undefined],
      ['middle', true],
      ['asyncStack', true],
    ],
  );
}

function breakpoints(): void {
  const hook = makeHook();
  const self = { id: 1 };
  const args = (...given: unknown[]): ArrayLike<unknown> => given;
  assert.equal(recording.entered(hook, self, args(1)), false, 'nobody observes');
  wrap(hook, () => 1);
  observe(hook, { points: ['before', 'finish'], condition: text('(_$r.p(params[0])<5)', { atEntry: true }) });
  assert.equal(recording.entered(hook, self, args(9)), false);
  assert.equal(recording.entered(hook, self, args(1)), true);
  // A call inside that threw: its end never comes.
  assert.equal(recording.entered(hook, {}, args(2)), true);
  recording.left(hook, self, args(1), 'given');
  recording.left(hook, self, args(1), 'nobody waits for it');
  assert.deepEqual(
    records().map(({ point, value }) => [point, (value as unknown[])[1]]),
    [
      ['AtEnter', nothing],
      ['AtEnter', nothing],
      ['AtExit', 'given'],
    ],
  );
  assert.equal(slots.hook(hook.spec.hook, 'calls'), 3);
}
