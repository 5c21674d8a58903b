import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ObserverSpec, Point } from '../../../src/probe/instrumentProtocol.js';
import { call, makeHook, observe, records, runCases, slots, text, undo, wrap } from './recordingKit.js';

type Fn = (this: unknown, ...args: unknown[]) => unknown;

const unhandled: unknown[] = [];
process.on('unhandledRejection', (reason) => unhandled.push(reason));

/** Pairs of equal functions: what one does to its world the other must do as well. */
const makers: readonly ((log: unknown[]) => Fn)[] = [
  (log) =>
    function (this: unknown, ...args) {
      log.push(this, args.length);
      if (args[0] === 'throw') throw args[1];
      return args[0];
    },
  (log) =>
    (...args) => {
      log.push(args);
      return { args };
    },
  (log) =>
    async function (this: unknown, a, b) {
      log.push(this, a);
      await null;
      if (a === 'throw') throw b;
      return a;
    },
  (log) =>
    function* (this: unknown, ...args) {
      log.push(this);
      for (const arg of args) log.push(yield arg);
      if (args[0] === 'throw') throw args[1];
      return args.length;
    },
  (log) =>
    async function* (...args) {
      for (const arg of args) {
        log.push(arg);
        yield arg;
      }
    },
  (log) => {
    const made = class Thing {
      readonly args: unknown[];
      constructor(...args: unknown[]) {
        log.push(new.target === made);
        if (args[0] === 'throw') throw args[1];
        this.args = args;
      }
    };
    return made as never as Fn;
  },
  (log) => (a) => {
    log.push(a);
    return a === 'throw' ? Promise.reject(a) : Promise.resolve(a);
  },
];

const sources = [
  'params',
  '[params[0],returnObj,throwExp]',
  'params[0].a.b',
  'target',
  '{p:params}',
  'isReturn',
  "_$r.c(params[0],'toUpperCase',[])",
  'nowhere',
  '(_$r.p(cost)>=0)',
  'true',
  'false',
  'params[0]!==undefined',
].map((source) => (source.startsWith('{') ? `(${source})` : source));

const value = fc.oneof(
  fc.constantFrom<unknown>('throw', undefined, null, 0, -0, Number.NaN, '', 'text', 10n, Symbol.iterator),
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withNullPrototype: true }),
  fc.constantFrom<unknown>(
    new Proxy({}, {}),
    Object.defineProperty({}, 'bad', { enumerable: true, get: () => 1 }),
    () => 1,
    new Error('given'),
  ),
);

const spec = fc.record({
  kind: fc.constantFrom<ObserverSpec['kind']>('watch', 'watch', 'monitor', 'stack'),
  points: fc.subarray<Point>(['before', 'success', 'exception', 'finish']),
  express: fc.constantFrom(...sources),
  condition: fc.option(fc.record({ source: fc.constantFrom(...sources), atEntry: fc.boolean() })),
  hits: fc.constantFrom(0, 1, 3),
  rate: fc.constantFrom(0, 0, 10),
});

async function outcomeOf(fn: Fn, self: unknown, args: unknown[], isClass: boolean): Promise<unknown[]> {
  try {
    const result = isClass ? Reflect.construct(fn, args) : Reflect.apply(fn, self, args);
    return ['gave', await drained(result)];
  } catch (error) {
    return ['threw', error];
  }
}

async function drained(result: unknown): Promise<unknown> {
  if (result instanceof Promise) {
    return await result.then(
      (settled) => ['resolved', settled],
      (error) => ['rejected', error],
    );
  }
  const iterator = result as { next?: (value: number) => unknown } | null;
  const steps: unknown[] = [];
  const isGenerator = /Generator\]$/.test(Object.prototype.toString.call(result));
  for (let n = 0; isGenerator && n < 20; n++) {
    const step = (await iterator?.next?.(n)) as IteratorResult<unknown>;
    steps.push(step);
    if (step.done) return steps;
  }
  return result;
}

let hooks = 0;

await runCases([
  [
    'whatever is observed, the application cannot tell',
    async () => {
      const run = fc.asyncProperty(
        fc.nat(makers.length - 1),
        fc.array(spec, { minLength: 1, maxLength: 3 }),
        fc.array(fc.array(value, { maxLength: 4 }), { minLength: 1, maxLength: 5 }),
        fc.constantFrom(0, 0, 1, 2),
        async (kind, specs, calls, mode) => {
          records();
          const maker = makers[kind] as (log: unknown[]) => Fn;
          const isClass = kind === 5;
          const [plainLog, log]: [unknown[], unknown[]] = [[], []];
          const plain = maker(plainLog);
          const hook = makeHook({ kind: isClass ? 'constructor' : 'function' }, false, 1 + (hooks++ % 200));
          const wrapped = wrap(hook, maker(log));
          const watches = specs.map(({ express, condition, ...rest }) =>
            observe(hook, {
              ...rest,
              express: text(express),
              condition: condition ? text(condition.source, { atEntry: condition.atEntry }) : undefined,
            }),
          );
          slots.setHook(hook.spec.hook, 'mode', mode);
          slots.setHook(hook.spec.hook, 'tokens', 2);
          for (const args of calls) {
            const self = { me: true };
            const expected = await outcomeOf(plain, self, args, isClass);
            const given = await outcomeOf(wrapped, self, args, isClass);
            if (isClass && given[0] === 'gave') {
              const [, made] = given as [string, { args: unknown[] }];
              assert.ok(made.args.every((arg, at) => Object.is(arg, args[at])));
              assert.equal(made.constructor, wrapped);
            } else if (kind === 1) {
              const [, { args: seen }] = given as [string, { args: unknown[] }];
              assert.ok(seen.length === args.length && seen.every((arg, at) => Object.is(arg, args[at])));
            } else {
              assertSame(given, expected);
            }
          }
          assertSame(log, plainLog);
          for (const record of records()) {
            assert.ok(record.hook === hook.spec.hook && record.ts > 0, JSON.stringify(record));
            assert.ok(
              record.kind !== 'watch' || 'value' in record || record.failed !== undefined,
              JSON.stringify(record),
            );
          }
          for (const { id, stop } of watches) {
            call('engineMonitor', { observer: id });
            stop();
          }
          undo(hook);
          await new Promise((resolve) => setImmediate(resolve));
          assert.deepEqual(unhandled.splice(0), []);
        },
      );
      await fc.assert(run, { numRuns: 400, seed: 4 });
    },
  ],
]);

/** The same values, not equal ones: also inside arrays and steps of iterators. */
function assertSame(given: unknown, expected: unknown): void {
  if (Array.isArray(given) && Array.isArray(expected)) {
    assert.equal(given.length, expected.length);
    for (let at = 0; at < given.length; at++) {
      if (!Object.is(given[at], expected[at])) assertSame(given[at], expected[at]);
    }
    return;
  }
  const [step, wanted] = [given, expected] as { value: unknown; done: unknown }[];
  if (isStep(step) && isStep(wanted)) {
    assert.ok(step.done === wanted.done && Object.is(step.value, wanted.value));
    return;
  }
  // Each of the two logs has its own `this`, which is equal.
  if (isSelf(given) && isSelf(expected)) return;
  assert.ok(Object.is(given, expected), 'not the same value');
}

function isStep(value: unknown): value is { value: unknown; done: unknown } {
  return typeof value === 'object' && value !== null && Object.keys(value).join() === 'value,done';
}

function isSelf(value: unknown): boolean {
  return typeof value === 'object' && value !== null && (value as { me?: unknown }).me === true;
}
