import assert from 'node:assert/strict';
import { flags, makeHook, observe, records, runCases, slots, text, watched, wrap } from './recordingKit.js';

await runCases([
  [
    'after n records it ends, exactly, over all its hooks',
    () => {
      const hooks = [makeHook(), makeHook()];
      const fns = hooks.map((hook) => wrap(hook, (a: number) => a));
      const watch = observe(hooks, { hits: 5, points: ['success', 'finish'] });
      for (let n = 0; n < 10; n++) for (const fn of fns) assert.equal(fn(n), n);
      assert.equal(records().length, 5);
      assert.equal(slots.observer(watch.slot, 'ended'), 1);
      assert.equal(slots.observer(watch.slot, 'records'), 5);
    },
  ],
  [
    'the last record of calls that are on their way when it ends',
    async () => {
      const { fn } = watched(async (a: number) => a, { hits: 3 });
      await Promise.all([1, 2, 3, 4, 5].map((n) => fn(n)));
      assert.equal(records().length, 3);
    },
  ],
  [
    'the rate is kept by tokens; calls without one pass and are counted',
    () => {
      const { fn, watch, hook } = watched((a: number) => a, { rate: 50 });
      for (let n = 0; n < 100; n++) fn(n);
      assert.equal(records().length, 5);
      assert.equal(slots.observer(watch.slot, 'dropped'), 95);
      assert.equal(slots.hook(hook.spec.hook, 'calls'), 100);
      assert.equal(slots.hook(hook.spec.hook, 'observed'), 5);
      slots.setObserver(watch.slot, 'tokens', 2);
      for (let n = 0; n < 10; n++) fn(n);
      assert.equal(records().length, 2);
      const late = watched((a: number) => a, { rate: 50, condition: text('isReturn') });
      for (let n = 0; n < 100; n++) late.fn(n);
      assert.equal(records().length, 5);
      assert.equal(slots.observer(late.watch.slot, 'dropped'), 95);
    },
  ],
  [
    'a full ring drops and counts, and goes on when it is read',
    () => {
      const { fn, watch } = watched((a: string) => a.length);
      const before = flags[5] ?? 0;
      for (let n = 0; n < 3000; n++) assert.equal(fn('x'.repeat(1000)), 1000);
      const written = records().length;
      assert.ok(written > 500 && written < 1000, String(written));
      assert.equal(written + slots.observer(watch.slot, 'dropped'), 3000);
      assert.equal((flags[5] ?? 0) - before, 3000 - written);
      fn('again');
      assert.equal(records().length, 1);
    },
  ],
  [
    'sampled: as many calls as there are tokens; off: none',
    () => {
      const { fn, hook } = watched((a: number) => a);
      const { hook: id } = hook.spec;
      slots.setHook(id, 'mode', 1);
      slots.setHook(id, 'tokens', 3);
      for (let n = 0; n < 10; n++) fn(n);
      assert.equal(records().length, 3);
      assert.equal(slots.hook(id, 'dropped'), 7);
      slots.setHook(id, 'mode', 2);
      slots.setHook(id, 'tokens', 3);
      for (let n = 0; n < 10; n++) fn(n);
      assert.equal(records().length, 0);
      slots.setHook(id, 'mode', 0);
      fn(1);
      assert.equal(records().length, 1);
      assert.equal(slots.hook(id, 'calls'), 21);
    },
  ],
]);
