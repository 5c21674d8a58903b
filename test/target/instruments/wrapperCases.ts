import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { makeHook, observe, recording, records, runCases, undo, watched, wrap } from './recordingKit.js';

type Fn = (...args: never[]) => unknown;

function textOf(fn: unknown): string {
  return String(fn);
}

function prototypeOf(fn: object): object | undefined {
  const { value: _, ...rest } = Object.getOwnPropertyDescriptor(fn, 'prototype') ?? {};
  return rest;
}

/** Descriptors as text, so that functions in them can be compared. */
function shapeOf(fn: object): Record<string, string> {
  const shape: Record<string, string> = {};
  for (const key of Reflect.ownKeys(fn)) {
    if (key === 'toString' || key === 'arguments' || key === 'caller') continue;
    const { enumerable, configurable } = Reflect.getOwnPropertyDescriptor(fn, key) as PropertyDescriptor;
    shape[String(key)] = `${enumerable} ${configurable} ${inspect(Reflect.get(fn, key))}`;
  }
  return shape;
}

const box = {
  method(a: number, b = 2) {
    return a + b;
  },
  get size() {
    return 3;
  },
  set size(value: number) {
    (this as { stored?: number }).stored = value;
  },
};
const getter = Object.getOwnPropertyDescriptor(box, 'size')?.get as Fn;
const setter = Object.getOwnPropertyDescriptor(box, 'size')?.set as Fn;
const shapes: Record<string, Fn> = {
  function: function named(a: number, b: number) {
    return a + b;
  },
  arrow: (a: number) => a,
  method: box.method,
  getter,
  setter,
  async: async function later(a: number) {
    return a;
  },
  asyncArrow: async () => 1,
  generator: function* counted(a: number) {
    yield a;
  },
  asyncGenerator: async function* streamed() {
    yield 1;
  },
  class: class Cart {
    static made = 1;
    total = 1;
  } as never as Fn,
  derived: class Late extends Date {} as never as Fn,
  bound: box.method.bind(null, 1) as Fn,
  native: JSON.stringify as never as Fn,
  nativeConstructor: Map as never as Fn,
};

await runCases([
  [
    'each shape keeps name, length, properties, prototype, text, and whether new may call it',
    () => {
      for (const [name, original] of Object.entries(shapes)) {
        const before = shapeOf(original);
        const constructs = isConstructor(original);
        const hook = makeHook({}, name.startsWith('native'));
        const fn = wrap(hook, original);
        observe(hook);
        assert.notEqual(fn, original, name);
        assert.deepEqual(shapeOf(fn), before, name);
        assert.equal(textOf(fn), textOf(original), name);
        assert.equal(`${fn}`, Function.prototype.toString.call(original), name);
        assert.equal(Object.getPrototypeOf(fn), Object.getPrototypeOf(original), name);
        assert.equal(isConstructor(fn), constructs, name);
        assert.equal('prototype' in fn, 'prototype' in original, name);
        assert.equal((fn as never as { prototype: unknown }).prototype, original.prototype, name);
        assert.deepEqual(prototypeOf(fn), prototypeOf(original), name);
        undo(hook);
        assert.deepEqual(shapeOf(original), before, name);
        assert.equal(Object.hasOwn(original, 'toString'), false, name);
      }
    },
  ],
  [
    'a plain function is recorded and gives what it gave',
    () => {
      const { fn } = watched((a: number, b: number) => a + b);
      assert.equal(fn(1, 2), 3);
      const [record, ...more] = records();
      assert.equal(more.length, 0);
      assert.equal(record?.point, 'AtExit');
      assert.deepEqual(record?.value, [[1, 2], 3, { '@type': 'undefined' }]);
      assert.ok((record?.cost ?? -1) >= 0 && (record?.cost ?? 99) < 50);
      assert.equal(record?.settle, undefined);
    },
  ],
  [
    'a throw is the same object',
    () => {
      const thrown = { odd: true };
      const { fn } = watched(() => {
        throw thrown;
      });
      assert.throws(fn, (error) => error === thrown);
      assert.equal(records()[0]?.point, 'AtExceptionExit');
    },
  ],
  [
    'this, and strict and sloppy, are as they were',
    () => {
      const sloppy = new Function('return this') as () => unknown;
      const strict = new Function('"use strict";return this') as () => unknown;
      const { fn: loose } = watched(sloppy);
      const { fn: tight } = watched(strict);
      assert.ok(loose() === globalThis);
      assert.equal(tight(), undefined);
      const holder = { m: watched(strict).fn };
      assert.equal(holder.m(), holder);
      assert.equal(watched(strict).fn.call(5 as never), 5);
    },
  ],
  [
    'the wrapper is the same one each time, and a wrapper is not wrapped',
    () => {
      const hook = makeHook();
      const original = (): number => 1;
      const fn = wrap(hook, original);
      assert.equal(wrap(hook, original), fn);
      assert.equal(wrap(hook, fn), fn);
      assert.equal(recording.originalOf(fn), original);
      assert.equal(recording.originalOf(original), undefined);
      assert.equal(recording.originalOf({}), undefined);
    },
  ],
  [
    'a wrapper that was left behind serves the next hook',
    () => {
      const first = makeHook();
      const original = (a: number): number => a;
      const fn = wrap(first, original);
      observe(first);
      undo(first);
      fn(1);
      assert.equal(records().length, 0);
      const second = makeHook();
      assert.equal(wrap(second, original), fn);
      observe(second);
      fn(2);
      assert.deepEqual(
        records().map(({ hook }) => hook),
        [second.spec.hook],
      );
    },
  ],
  [
    'accessors pass receiver and value on',
    () => {
      const holder: { stored?: number; size?: number } = {};
      const hook = makeHook();
      observe(hook);
      Object.defineProperty(holder, 'size', { get: wrap(hook, getter), set: wrap(hook, setter) });
      assert.equal(holder.size, 3);
      holder.size = 9;
      assert.equal(holder.stored, 9);
      assert.equal(records().length, 2);
    },
  ],
  [
    'natives: receivers, callbacks and constructors',
    () => {
      const hook = makeHook({}, true);
      const push = wrap(hook, Array.prototype.push as never as Fn) as never as typeof Array.prototype.push;
      observe(hook);
      const list: number[] = [];
      assert.equal(push.call(list, 1, 2), 2);
      assert.deepEqual(list, [1, 2]);
      const MapHook = makeHook({}, true);
      const Wrapped = wrap(MapHook, Map as never as Fn) as never as MapConstructor;
      observe(MapHook);
      const map = new Wrapped([[1, 2]]);
      assert.equal(map.get(1), 2);
      assert.equal(Map.prototype.constructor, Map);
      assert.throws(() => (Wrapped as never as () => void)(), /Constructor Map requires 'new'/);
      class Sub extends Wrapped<number, number> {}
      assert.ok(new Sub() instanceof Map && new Sub() instanceof Sub);
    },
  ],
  ['built-ins that a probe could use itself', ownTools],
  [
    'a Proxy of a function is called as one, its traps unharmed',
    () => {
      const seen: string[] = [];
      const proxy = new Proxy(
        function original(this: unknown, a: number): number {
          return a;
        },
        {
          apply(target, self, args) {
            seen.push('apply');
            return Reflect.apply(target, self, args) as number;
          },
          construct: () => {
            seen.push('construct');
            return { made: true };
          },
          get(target, key) {
            seen.push(`get ${String(key)}`);
            return Reflect.get(target, key);
          },
        },
      );
      const { fn } = watched(proxy as never as Fn);
      assert.deepEqual(seen, []);
      assert.equal((fn as never as typeof proxy)(5), 5);
      assert.deepEqual(seen, ['apply']);
      assert.deepEqual(new (fn as never as new () => object)(), { made: true });
    },
  ],
  [
    'recursion, and a stack that is used up',
    () => {
      const hook = makeHook();
      const down: (n: number) => number = wrap(hook, ((n: number) =>
        n === 0 ? 0 : 1 + down(n - 1)) as never);
      const watch = observe(hook, { hits: 3 });
      assert.equal(down(50), 50);
      assert.equal(records().length, 3);
      watch.stop();
      observe(hook, { rate: 5 });
      assert.throws(() => down(1e6), RangeError);
      assert.equal(down(10), 10);
    },
  ],
  [
    'hook.inside is raised before the original runs, observed or not',
    () => {
      const hook = makeHook();
      const seen: boolean[] = [];
      const fn = wrap(hook, () => {
        seen.push(hook.inside);
        hook.inside = false;
      });
      fn();
      const watch = observe(hook);
      fn();
      watch.stop();
      fn();
      assert.deepEqual(seen, [true, true, true]);
    },
  ],
  [
    'what the application has replaced is not used',
    () => {
      const { fn } = watched((a: number) => a);
      const evil = (): never => {
        throw new Error('patched');
      };
      let given: number | undefined;
      const restore = [
        [Reflect, 'apply'],
        [Reflect, 'construct'],
        [Promise.prototype, 'then'],
        [Function.prototype, 'call'],
        [Function.prototype, 'apply'],
        [JSON, 'stringify'],
        [Date, 'now'],
        [process.hrtime, 'bigint'],
        [TextEncoder.prototype, 'encodeInto'],
        [Map.prototype, 'get'],
        [WeakMap.prototype, 'get'],
        [Array.prototype, 'push'],
        [Array.prototype, Symbol.iterator],
      ].map(([holder, key]) => replace(holder as object, key as string, evil));
      try {
        given = fn(3);
      } finally {
        for (let at = 0; at < restore.length; at++) restore[at]?.();
      }
      assert.equal(records().length, 1);
      assert.equal(given, 3);
    },
  ],
]);

function replace(holder: object, key: PropertyKey, value: unknown): () => void {
  const { defineProperty, getOwnPropertyDescriptor } = Reflect;
  const before = getOwnPropertyDescriptor(holder, key) as PropertyDescriptor;
  defineProperty(holder, key, { ...before, value });
  return () => void defineProperty(holder, key, before);
}

function isConstructor(fn: unknown): boolean {
  try {
    Reflect.construct(Object, [], fn as never);
    return true;
  } catch {
    return false;
  }
}

/** Each is replaced by its wrapper and observed, while the application and we go on. */
function ownTools(): void {
  const holders: [object, string][] = [
    [Array.prototype, 'push'],
    [Array.prototype, 'slice'],
    [Array.prototype, 'map'],
    [Array.prototype, 'includes'],
    [Map.prototype, 'get'],
    [Map.prototype, 'set'],
    [Set.prototype, 'has'],
    [WeakMap.prototype, 'get'],
    [Function.prototype, 'call'],
    [Function.prototype, 'apply'],
    [Function.prototype, 'toString'],
    [String.prototype, 'slice'],
    [RegExp.prototype, 'exec'],
    [JSON, 'stringify'],
    [JSON, 'parse'],
    [Reflect, 'apply'],
    [Reflect, 'construct'],
    [Reflect, 'ownKeys'],
    [Reflect, 'getOwnPropertyDescriptor'],
    [Reflect, 'defineProperty'],
    [Object, 'keys'],
    [Object, 'assign'],
    [Promise.prototype, 'then'],
    [Date, 'now'],
    [Object.getPrototypeOf(performance) as object, 'now'],
    [process.hrtime, 'bigint'],
    [Atomics, 'load'],
    [Number, 'isFinite'],
    [Math, 'max'],
    [Math, 'min'],
    [TextEncoder.prototype, 'encodeInto'],
    [globalThis, 'Number'],
  ];
  const hooks = holders.map(([holder, key]) => {
    const hook = makeHook({}, true);
    const wrapper = wrap(hook, Reflect.get(holder, key) as Fn);
    observe(hook, { hits: 50 });
    return { hook, restore: replace(holder, key, wrapper) };
  });
  try {
    const { fn } = watched((a: number[]) => a.map((each) => each + 1).slice(1));
    assert.deepEqual(fn([1, 2, 3]), [3, 4]);
    assert.equal(JSON.stringify({ a: [1, new Map([[1, 2]]).get(1)] }), '{"a":[1,2]}');
    assert.equal(Math.max(1, 2) + Date.now() * 0, 2);
    const seen = records();
    assert.ok(seen.some(({ value }) => JSON.stringify(value) === '[[[1,2,3]],[3,4],{"@type":"undefined"}]'));
  } finally {
    for (const { restore } of hooks) restore();
    for (const { hook } of hooks) undo(hook);
  }
}
