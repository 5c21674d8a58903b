import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeHook, observe, records, runCases, slots, text, undo, watched, wrap } from './recordingKit.js';

const nothing = { '@type': 'undefined' };

await runCases([
  [
    'points: before, success, exception, finish, and two for one call',
    () => {
      const seen = (points: readonly string[], fail: boolean): string[] => {
        const { fn } = watched(
          (a: boolean) => {
            if (a) throw new Error('failed');
            return 1;
          },
          { points: points as never },
        );
        try {
          fn(fail);
        } catch {
          // Wanted.
        }
        return records().map(({ point }) => point);
      };
      assert.deepEqual(seen(['before'], false), ['AtEnter']);
      assert.deepEqual(seen(['success'], false), ['AtExit']);
      assert.deepEqual(seen(['success'], true), []);
      assert.deepEqual(seen(['exception'], true), ['AtExceptionExit']);
      assert.deepEqual(seen(['exception'], false), []);
      assert.deepEqual(seen(['finish'], true), ['AtExceptionExit']);
      assert.deepEqual(seen(['success', 'finish'], false), ['AtExit', 'AtExit']);
      assert.deepEqual(seen(['before', 'exception', 'finish'], true), [
        'AtEnter',
        'AtExceptionExit',
        'AtExceptionExit',
      ]);
    },
  ],
  [
    'every variable has its value at each point',
    () => {
      const express = text(
        '[params,target,returnObj,throwExp,clazz,method,isBefore,isThrow,isReturn,cost>=0]',
      );
      const { fn } = watched(
        function (this: { id: number }, a: { n: number }) {
          a.n += 1;
          return 'r';
        },
        { points: ['before', 'finish'], express },
      );
      fn.call({ id: 7 }, { n: 1 });
      const [before, after] = records().map(({ value }) => value);
      const names = [{ name: 'cart.js' }, { name: 'total' }];
      assert.deepEqual(before, [[{ n: 1 }], { id: 7 }, nothing, nothing, ...names, true, false, false, true]);
      // What params[0] is when the call is over.
      assert.deepEqual(after, [[{ n: 2 }], { id: 7 }, 'r', nothing, ...names, false, false, true, true]);
    },
  ],
  [
    'a condition at entry turns calls away before a clock is read; only true counts',
    () => {
      const { fn, hook } = watched((a: unknown) => a, { condition: text('params[0]', { atEntry: true }) });
      for (const value of [1, 'x', {}, undefined, false]) assert.equal(fn(value as never), value);
      assert.equal(records().length, 0);
      assert.equal(slots.hook(hook.spec.hook, 'filtered'), 5);
      assert.equal(slots.hook(hook.spec.hook, 'observed'), 0);
      fn(true as never);
      assert.equal(records().length, 1);
    },
  ],
  [
    'a condition on the outcome is asked when the call is over',
    () => {
      const { fn } = watched((a: number) => a * 2, { condition: text('(_$r.p(returnObj)>10)') });
      fn(5);
      fn(6);
      assert.deepEqual(
        records().map(({ value }) => value),
        [[[6], 12, nothing]],
      );
      const slow = { condition: text('(_$r.p(cost)>10)'), express: text('cost') };
      const whole = watched(() => sleep(15), slow);
      const returned = watched(() => sleep(15), { ...slow, settle: false });
      return Promise.all([whole.fn(), returned.fn()]).then(() => {
        const [record, ...more] = records();
        assert.equal(more.length, 0, 'cost is that of the promise, unless it is over when it returns');
        assert.equal(record?.observer, whole.watch.id);
        assert.equal(record?.value, record?.settle);
        assert.ok((record?.cost ?? 99) < (record?.settle ?? 0));
      });
    },
  ],
  ['an express that fails says so in each record', failingExpress],
  [
    'a condition that fails is told once, and is false',
    () => {
      const { fn } = watched((a: unknown) => a, {
        condition: text("_$r.c(params[0],'missing',[])", { atEntry: true }),
      });
      for (let n = 0; n < 5; n++) assert.equal(fn(n as never), n);
      const all = records();
      assert.equal(all.length, 1);
      assert.match(all[0]?.failed ?? '', /^the condition failed: TypeError: 'missing' is not a function/);
      assert.equal(all[0]?.value, undefined);
    },
  ],
  [
    'an express that loops runs out of fuel, each time anew',
    () => {
      const list = Array.from({ length: 5000 }, (_, at) => at);
      const { fn } = watched((a: number[]) => a.length, {
        express: text("_$r.c(params[0],'map',[_$r.w((x)=>(_$r.t(),_$r.d(x,1)))])", { fuel: 1000 }),
      });
      assert.equal(fn(list), 5000);
      assert.equal(fn([1, 2]), 2);
      const [first, second] = records();
      assert.match(first?.failed ?? '', /too many steps/);
      assert.deepEqual(second?.value, [2, 3]);
    },
  ],
  [
    'cyclic values, Proxies, getters and thenables are shown without running any of them',
    () => {
      const ran: string[] = [];
      const cyclic: { self?: unknown } = {};
      cyclic.self = cyclic;
      const trap = (name: string) => (): never => {
        ran.push(name);
        throw new Error(name);
      };
      const proxy = new Proxy(
        {},
        { get: trap('get'), ownKeys: trap('ownKeys'), getPrototypeOf: trap('proto') },
      );
      const odd = {
        get bad() {
          return trap('getter')();
        },
        toJSON: trap('toJSON'),
        toString: trap('toString'),
        // biome-ignore lint/suspicious/noThenProperty: must not be called
        then: trap('then'),
      };
      const { fn } = watched((...all: unknown[]) => all.length);
      assert.equal(fn(cyclic as never, proxy as never, odd as never), 3);
      const [record] = records() as unknown as { value: [[object, object, Record<string, unknown>]] }[];
      const [[first, second, third]] = (record as NonNullable<typeof record>).value;
      assert.deepEqual(first, { self: { '@type': 'Object', '@cycle': 1 } });
      assert.deepEqual(second, { '@type': 'Proxy' });
      assert.deepEqual(third.bad, { '@type': 'getter' });
      assert.deepEqual(ran, []);
      const throwing = watched(() => {
        throw proxy;
      });
      assert.throws(throwing.fn, (error) => error === proxy);
      assert.deepEqual(ran, []);
    },
  ],
  [
    'a huge value is cut, and one that would fill the ring says so',
    () => {
      const huge = Array.from({ length: 100_000 }, (_, at) => `element ${at}`);
      const limits = { depth: 2, items: 1e9, string: 1e9, bytes: 1e9, time: 10_000 };
      const { fn } = watched((a: unknown) => a, { limits });
      fn(huge as never);
      fn('é'.repeat(3_000_000) as never);
      const all = records();
      assert.equal(all.length, 2);
      assert.ok(all.every(({ value, failed }) => value !== undefined || failed !== undefined));
      assert.ok(JSON.stringify(all).length < 2e6);
    },
  ],
  [
    'an expression under --unsafe that calls the watched function is not observed itself',
    () => {
      const hook = makeHook();
      const fn = wrap(hook, (a: number) => a + 1);
      (globalThis as Record<string, unknown>).theFunction = fn;
      observe(hook, { express: text('theFunction(params[0])'), condition: text('theFunction(1)===2') });
      assert.equal(fn(5), 6);
      assert.deepEqual(
        records().map(({ value }) => value),
        [6],
      );
    },
  ],
  [
    'observers may come before the function is reached, and go with the hook',
    () => {
      const hook = makeHook();
      observe(hook);
      const fn = wrap(hook, () => 1);
      fn();
      assert.equal(records().length, 1);
      undo(hook);
      fn();
      assert.equal(records().length, 0);
    },
  ],
  [
    'an observer that is there already, or a text that is no expression, is refused',
    () => {
      const { hook, watch } = watched(() => 1);
      assert.throws(() => observe(hook, { observer: watch.id }), /there already/);
      assert.throws(() => observe(hook, { condition: text('}{') }), SyntaxError);
    },
  ],
]);

function failingExpress(): void {
  const given: [string, RegExp][] = [
    ['params[0].missing.more', /^TypeError: Cannot read properties of undefined/],
    ['_$r.f(params[0],[])', /^TypeError: this value is not a function/],
    ['nowhere', /^ReferenceError: nowhere is not defined/],
  ];
  for (const [source, message] of given) {
    const { fn } = watched((a: unknown) => a, { express: text(source) });
    for (let n = 0; n < 2; n++) assert.equal(fn(1 as never), 1);
    const all = records();
    assert.equal(all.length, 2);
    for (const { failed, value, point } of all) {
      assert.match(failed ?? '', message);
      assert.equal(value, undefined);
      assert.equal(point, 'AtExit');
    }
  }
  const { fn } = watched(() => 1, { express: text('(()=>{throw Symbol("s")})()') });
  fn();
  assert.match(records()[0]?.failed ?? '', /^threw .*symbol/);
}
