import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeHook, observe, records, runCases, watched, wrap } from './recordingKit.js';

const unhandled: unknown[] = [];
process.on('unhandledRejection', (reason) => unhandled.push(reason));

async function settled(): Promise<unknown[]> {
  await sleep(5);
  return unhandled.splice(0);
}

await runCases([
  [
    'an async function is recorded when it has settled',
    async () => {
      const { fn } = watched(async (ms: number) => {
        await sleep(ms);
        return 'late';
      });
      const promise = fn(30);
      assert.ok(promise instanceof Promise);
      assert.equal(records().length, 0);
      assert.equal(await promise, 'late');
      const [record] = records();
      assert.deepEqual(record?.value, [[30], 'late', { '@type': 'undefined' }]);
      assert.ok((record?.settle ?? 0) >= 28, String(record?.settle));
      assert.ok((record?.cost ?? 99) < 20);
    },
  ],
  [
    'a rejection of an async function is the same object, handled or not as before',
    async () => {
      const error = new Error('no');
      for (const points of [['finish'], ['success'], ['exception'], ['before']] as const) {
        const { fn } = watched(
          async () => {
            await null;
            throw error;
          },
          { points },
        );
        await assert.rejects(fn(), (thrown) => thrown === error);
        assert.deepEqual(await settled(), [], points[0]);
        void fn();
        assert.deepEqual(await settled(), [error], points[0]);
        const late = fn();
        late.catch(() => undefined);
        assert.deepEqual(await settled(), [], points[0]);
        records();
      }
    },
  ],
  [
    'bound async functions, and those that TypeScript has compiled, are async functions as well',
    async () => {
      const error = new Error('no');
      async function fails(): Promise<never> {
        await null;
        throw error;
      }
      const compiled = { tail: '{ return __awaiter(this, void 0, void 0, function* () {', length: 1 };
      const place = { line: 0, column: 0 };
      const hooks = [makeHook(), makeHook()];
      Object.assign(hooks[1]?.spec as object, {
        source: { ...compiled, start: place, body: place, end: place },
      });
      const plain = (): Promise<never> => new Promise((_, reject) => setImmediate(reject, error));
      for (const [at, fn] of [fails.bind(null), plain].entries()) {
        const hook = hooks[at] as (typeof hooks)[number];
        const wrapper = wrap(hook, fn);
        observe(hook);
        void wrapper();
        assert.deepEqual(await settled(), [error]);
        await assert.rejects(wrapper(), (thrown) => thrown === error);
        assert.deepEqual(await settled(), []);
        assert.equal(records().length, 2);
      }
      const { fn } = watched(
        function* (a: number) {
          yield a;
        }.bind(null, 5),
      );
      assert.deepEqual([...fn()], [5]);
      assert.equal(records().length, 1);
    },
  ],
  [
    'a promise of a plain function stays the same promise',
    async () => {
      const kept = Promise.resolve(5);
      const { fn } = watched(() => kept);
      assert.equal(fn(), kept);
      await settled();
      assert.deepEqual(records()[0]?.value, [[], 5, { '@type': 'undefined' }]);
    },
  ],
  [
    'a handled rejection of a plain function stays handled',
    async () => {
      const { fn } = watched(() => {
        const promise = Promise.reject(new Error('own'));
        promise.catch(() => undefined);
        return promise;
      });
      void fn();
      assert.deepEqual(await settled(), []);
      assert.equal(records()[0]?.point, 'AtExceptionExit');
    },
  ],
  [
    'thenables and promises of a class of their own are never touched',
    async () => {
      let touched = 0;
      class Query extends Promise<number> {
        // biome-ignore lint/suspicious/noThenProperty: a query that runs when it is awaited
        override then(): never {
          touched += 1;
          throw new Error('ran');
        }
      }
      const thenable = {
        // biome-ignore lint/suspicious/noThenProperty: a query that runs when it is awaited
        get then(): never {
          touched += 1;
          throw new Error('ran');
        },
      };
      const own = Object.assign(Promise.resolve(1), { constructor: Query });
      const given = [new Query(() => undefined), thenable, own, new Proxy(thenable, {})];
      for (const value of given) {
        const { fn } = watched(() => value);
        assert.equal(fn(), value);
        assert.equal(records().length, 1, 'recorded at once');
      }
      await settled();
      assert.equal(touched, 0);
    },
  ],
  ['a generator is recorded when it has ended', generators],
  [
    'return and throw end a generator',
    () => {
      const { fn } = watched(function* () {
        try {
          yield 1;
          yield 2;
        } finally {
          yield 'cleaning';
        }
      });
      const first = fn();
      first.next();
      assert.deepEqual(first.return(9 as never), { value: 'cleaning', done: false });
      assert.equal(records().length, 0);
      assert.deepEqual(first.next(), { value: 9, done: true });
      assert.deepEqual(records()[0]?.value, [[], 9, { '@type': 'undefined' }]);
      const second = fn();
      second.next();
      second.throw(new Error('in'));
      assert.throws(() => second.next(), /in/);
      assert.equal(records()[0]?.point, 'AtExceptionExit');
      const third = fn();
      for (const _ of third) break;
      third.next();
      assert.equal(records().length, 1);
    },
  ],
  ['an async generator is recorded when it has ended', asyncGenerators],
  [
    'an iterator with steps of its own is left alone',
    () => {
      const { fn } = watched(function* () {
        yield 1;
      });
      Object.defineProperty(fn.prototype, 'next', { value: () => ({ value: 'mine', done: true }) });
      const own = fn();
      assert.deepEqual(own.next() as unknown, { value: 'mine', done: true });
      assert.deepEqual(Reflect.ownKeys(own), []);
      assert.equal(records().length, 1);
    },
  ],
  [
    'several observers of one promise',
    async () => {
      const hook = makeHook();
      const fn = wrap(hook, async (a: number) => a);
      const watches = [
        observe(hook),
        observe(hook, { points: ['before'] }),
        observe(hook, { kind: 'stack', points: [] }),
      ];
      assert.equal(await fn(3), 3);
      assert.deepEqual(
        records().map(({ observer, point }) => [observer, point]),
        [
          [watches[1]?.id, 'AtEnter'],
          [watches[2]?.id, 'AtEnter'],
          [watches[0]?.id, 'AtExit'],
        ],
      );
    },
  ],
]);

function generators(): void {
  const { fn } = watched(function* (a: number): Generator<number, string, string> {
    const given = yield a;
    assert.equal(given, 'back');
    yield* [a + 1, a + 2];
    return 'end';
  });
  const made = fn(1);
  assert.ok(made instanceof fn);
  assert.equal(Object.prototype.toString.call(made), '[object Generator]');
  assert.deepEqual(made.next('ignored'), { value: 1, done: false });
  assert.deepEqual(made.next('back'), { value: 2, done: false });
  assert.equal(records().length, 0);
  assert.deepEqual([...(made as Iterable<number>)], [3]);
  const [record] = records();
  assert.deepEqual(record?.value, [[1], 'end', { '@type': 'undefined' }]);
  assert.deepEqual(Reflect.ownKeys(made), []);
  assert.deepEqual(made.next('x'), { value: undefined, done: true });
  assert.equal(records().length, 0);
}

async function asyncGenerators(): Promise<void> {
  const { fn } = watched(async function* (fail: boolean) {
    yield 1;
    await sleep(20);
    if (fail) throw new Error('half way');
    yield 2;
  });
  const seen: number[] = [];
  for await (const value of fn(false)) seen.push(value);
  assert.deepEqual(seen, [1, 2]);
  const [record] = records();
  assert.equal(record?.point, 'AtExit');
  assert.ok((record?.settle ?? 0) >= 18);
  assert.ok((record?.cost ?? 99) < 15, String(record?.cost));
  await assert.rejects(async () => {
    for await (const _ of fn(true));
  }, /half way/);
  assert.equal(records()[0]?.point, 'AtExceptionExit');
  assert.deepEqual(await settled(), []);
  const early = fn(false);
  await early.next();
  assert.deepEqual(await early.return(undefined), { value: undefined, done: true });
  assert.equal(records().length, 1);
}
