import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import vm from 'node:vm';
import type { HookReport, InstrumentEvents, ObserverSpec } from '../../../src/probe/instrumentProtocol.js';
import type { WorkerContext } from '../../../src/probe/worker/functions.js';
import type { HookKeeper } from '../../../src/probe/worker/instruments/parts.js';
import { makeRecorder } from '../../../src/probe/worker/instruments/recorder.js';
import { call, flags, makeHook, runCases, shared, slots, text, wrap } from './recordingKit.js';

/**
 * The Worker's half in the thread of the main half, its link to the agent replaced by one that can stop to read: that
 * fault cannot be made from outside at a chosen moment.
 */
let reading = true;
const events: { name: string; data: unknown }[] = [];
const removed: [readonly number[], string][] = [];

const keeper: HookKeeper = {
  functions: {},
  report: () => undefined,
  all: () => [],
  expiresInMs: () => 0,
  pauses: () => 0,
  remove: async (hooks, why) => {
    removed.push([hooks, why]);
    return { undone: hooks, later: [], stallMs: 0 };
  },
  shutdown: async () => undefined,
};
const context = {
  main: {
    post: async (_method: string, { expression }: { expression: string }) => {
      vm.runInThisContext(expression);
      return {};
    },
    call: async (name: string, params: unknown) => call(name, params),
  },
  flags,
  shared,
  emit: (name: string, data: unknown) => {
    if (reading) events.push({ name, data: JSON.parse(JSON.stringify(data)) });
    return reading;
  },
} as unknown as WorkerContext;

const recorder = makeRecorder(context, () => keeper);
const ask = (name: string, params: object): Promise<unknown> =>
  Promise.resolve(recorder.functions[name]?.(params));

/** Waits for what the Worker's ticks bring about. */
async function until(holds: () => boolean): Promise<void> {
  for (let round = 0; round < 1000 && !holds(); round++) await sleep(5);
}

function recordCount(): number {
  return taken('instrument.records').flatMap(({ records }) => records).length;
}

function lossCount(): number {
  return taken('instrument.records')
    .flatMap(({ dropped }) => dropped)
    .reduce((sum, { count }) => sum + count, 0);
}

let next = 900;

function spec(hook: number, more: Partial<ObserverSpec> = {}): ObserverSpec {
  next += 1;
  return {
    observer: next,
    kind: 'watch',
    hooks: [hook],
    points: ['finish'],
    express: text('params[0]'),
    limits: { depth: 1, items: 10, string: 2000, bytes: 5000, time: 10 },
    hits: 0,
    rate: 0,
    frames: 0,
    ...more,
  };
}

function taken<K extends keyof InstrumentEvents>(name: K): InstrumentEvents[K][] {
  return events.filter((each) => each.name === name).map(({ data }) => data as InstrumentEvents[K]);
}

function fresh<F extends (...args: never[]) => unknown>(original: F): { hook: number; fn: F } {
  events.length = 0;
  reading = true;
  const hook = makeHook();
  return { hook: hook.spec.hook, fn: wrap(hook, original) };
}

await runCases([
  [
    'records come in batches and in order',
    async () => {
      const { hook, fn } = fresh((a: number) => a);
      const { observer } = spec(hook);
      const wanted = { ...spec(hook), observer };
      await ask('instrumentObserve', wanted);
      for (let n = 0; n < 500; n++) fn(n);
      await until(() => recordCount() >= 500);
      const all = taken('instrument.records').flatMap(({ records }) => records);
      assert.deepEqual(
        all.map(({ value }) => value),
        Array.from({ length: 500 }, (_, n) => n),
      );
      assert.ok(taken('instrument.records').length < 50);
      await ask('instrumentUnobserve', { observer });
      fn(1);
      await sleep(30);
      assert.equal(recordCount(), 500);
    },
  ],
  [
    'an agent that does not read is told later how many it missed, and the end is not lost',
    async () => {
      const { hook, fn } = fresh((a: number) => a);
      const wanted = spec(hook, { hits: 300 });
      await ask('instrumentObserve', wanted);
      reading = false;
      for (let n = 0; n < 1000; n++) fn(n);
      await sleep(60);
      assert.equal(events.length, 0);
      reading = true;
      await until(() => taken('instrument.end').length > 0);
      assert.deepEqual(taken('instrument.records'), [
        { records: [], dropped: [{ observer: wanted.observer, count: 300 }] },
      ]);
      assert.deepEqual(taken('instrument.end'), [{ observer: wanted.observer, why: 'hits' }]);
      assert.equal(events.at(-1)?.name, 'instrument.end');
    },
  ],
  [
    'what found no room in the ring is told',
    async () => {
      const { hook, fn } = fresh((a: string) => a);
      const wanted = spec(hook);
      await ask('instrumentObserve', wanted);
      for (let n = 0; n < 3000; n++) fn('x'.repeat(1000));
      await until(() => recordCount() + lossCount() >= 3000);
      const [got, lost] = [recordCount(), lossCount()];
      assert.ok(got > 100 && lost > 100, `${got} ${lost}`);
      assert.equal(got + lost, 3000);
      await ask('instrumentUnobserve', { observer: wanted.observer });
    },
  ],
  [
    'an expression that is none is refused, and its place is free again',
    async () => {
      const { hook, fn } = fresh((a: number) => a);
      for (let n = 0; n < 100; n++) {
        await assert.rejects(ask('instrumentObserve', spec(hook, { condition: text('}{') })));
      }
      const wanted = spec(hook);
      await ask('instrumentObserve', wanted);
      await assert.rejects(ask('instrumentObserve', wanted), /there already/);
      fn(1);
      await until(() => recordCount() > 0);
      assert.equal(recordCount(), 1);
      await ask('instrumentUnobserve', { observer: wanted.observer });
    },
  ],
  [
    'there is a limit to observers',
    async () => {
      const { hook } = fresh((a: number) => a);
      const all: number[] = [];
      const error = await (async () => {
        for (;;) {
          const wanted = spec(hook);
          await ask('instrumentObserve', wanted);
          all.push(wanted.observer);
        }
      })().catch((thrown: unknown) => thrown as { code: string });
      assert.equal(error.code, 'too-many-observers');
      assert.equal(all.length, 62);
      for (const observer of all) await ask('instrumentUnobserve', { observer });
    },
  ],
  [
    'an observer ends with the last of its hooks',
    async () => {
      const first = fresh((a: number) => a);
      const second = fresh((a: number) => a);
      const wanted = spec(first.hook, { hooks: [first.hook, second.hook] });
      await ask('instrumentObserve', wanted);
      recorder.forget(first.hook, 'undone');
      await sleep(30);
      assert.deepEqual(taken('instrument.end'), []);
      second.fn(1);
      recorder.forget(second.hook, 'expired');
      await until(() => taken('instrument.end').length > 0);
      assert.deepEqual(
        events.map(({ name }) => name),
        ['instrument.records', 'instrument.end'],
      );
      assert.deepEqual(taken('instrument.end'), [{ observer: wanted.observer, why: 'expired' }]);
    },
  ],
  [
    'a breakpoint that is hit too often is removed at once',
    async () => {
      const { hook } = fresh((a: number) => a);
      const report = { hook, state: 'installed', instrument: 'breakpoint' } as HookReport;
      recorder.learn(report);
      await sleep(250);
      slots.setHook(hook, 'calls', slots.hook(hook, 'calls') + 5000);
      await until(() => taken('instrument.governor').length > 0);
      const [said] = taken('instrument.governor');
      assert.equal(said?.action, 'removed');
      assert.match(said?.text ?? '', /its breakpoint took/);
      assert.deepEqual(removed[0]?.[0], [hook]);
      assert.equal(slots.hook(hook, 'mode'), 2);
      recorder.forget(hook, 'undone');
    },
  ],
  ['nothing is left that keeps the process', () => recorder.shutdown()],
]);
