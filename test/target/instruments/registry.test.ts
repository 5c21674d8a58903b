/** Observing functions of real processes by the names that operators type; what the registry decides: registryHooks.test.ts and registryEvents.test.ts. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { CompiledText } from '../../../src/probe/index.js';
import {
  instrumentsOf,
  type Observation,
  type ObservationEvent,
  type ObserveRequest,
  type Target,
} from '../../../src/target/index.js';
import { instrumentQuiet } from '../../../src/target/instruments/limits.js';
import { eventually, isAlive, nodeMajors, type SpawnedTarget, spawnTarget } from '../../support/index.js';
import { newTargets, rejection } from '../attach/attaching.js';

const LIMITS: ObserveRequest['limits'] = {
  ...{ depth: 2, items: 10, bytes: 10_000, string: 100 },
} as unknown as ObserveRequest['limits'];
const WATCH: ObserveRequest = {
  kind: 'watch',
  points: ['finish'],
  express: text('[params,returnObj]'),
  limits: LIMITS,
  hits: 0,
  holder: 'test',
};

before(() => {
  instrumentQuiet.value = 0.4;
});
after(() => {
  instrumentQuiet.value = instrumentQuiet.default;
});

function text(source: string, more: Partial<CompiledText> = {}): CompiledText {
  return { source, files: [], atEntry: false, fuel: 10_000, name: '', ...more };
}

interface Subject {
  readonly process: SpawnedTarget;
  readonly target: Target;
  observe(module: string, name: string, request?: Partial<ObserveRequest>): Promise<Heard>;
}

interface Heard {
  readonly observation: Observation;
  readonly events: ObservationEvent[];
  readonly ended: Promise<void>;
  records(): Extract<ObservationEvent, { kind: 'record' }>[];
  until(kind: ObservationEvent['kind'], count?: number): Promise<ObservationEvent>;
}

function hear(observation: Observation): Heard {
  const events: ObservationEvent[] = [];
  const ended = (async () => {
    for await (const event of observation.events) events.push(event);
  })();
  const of = (kind: string) => events.filter((event) => event.kind === kind);
  return {
    observation,
    events,
    ended,
    records: () => of('record') as ReturnType<Heard['records']>,
    until: (kind, count = 1) =>
      eventually(() => of(kind)[count - 1], {
        what: `${kind}; so far ${events.map((event) => JSON.stringify(event).slice(0, 200)).join('\n')} ${JSON.stringify(observation.functions[0]?.report)}`,
      }),
  };
}

type Tester = Parameters<typeof spawnTarget>[0]['test'] & object;

async function start(t: Tester, node: (typeof nodeMajors)[number], file: string): Promise<Subject> {
  const process = await spawnTarget({ node, file, test: t });
  const target = await newTargets(t).attach(String(process.pid));
  const instruments = instrumentsOf(target);
  return {
    process,
    target,
    async observe(module, name, request = {}) {
      const functions = await instruments.find({ module, name, regex: false }, { most: 50 });
      return hear(await instruments.observe(functions, { ...WATCH, ...request }));
    },
  };
}

/** Evaluated as the application's own code would be. */
async function ask(target: Target, expression: string): Promise<unknown> {
  const { result } = await target.cdp<{ result: { value: unknown } }>('Runtime.evaluate', {
    ...{ expression, includeCommandLineAPI: true, returnByValue: true },
  });
  return result.value;
}

describe('observing functions of a process', { concurrency: 4 }, () => {
  for (const node of nodeMajors) {
    it(`shares hooks, explains silence, ends clean on Node ${node}`, async (t) => {
      const { process, target, observe } = await start(t, node, 'private-methods.cjs');
      const instruments = instrumentsOf(target);
      const state = `(() => { const { Account } = require(${JSON.stringify(process.child.spawnargs.at(-1))});
        const of = (key) => Object.getOwnPropertyDescriptor(Account.prototype, key);
        return JSON.stringify([of('withdraw').value.toString(), Object.keys(of('withdraw')), String(of('balance').get), Account.open.name]) })()`;
      const untouched = await ask(target, state);

      const one = await observe('private-methods:Account', 'withdraw');
      const two = await observe('private-methods.cjs', 'Account.withdraw', { points: ['exception'] });
      await Promise.all([one.until('record', 3), two.until('record', 1)]);
      assert.equal((await instruments.status())?.hooks.length, 1, 'one hook for both');
      assert.ok(two.records().every(({ record }) => record.point === 'AtExceptionExit'));
      const [first] = one.records();
      assert.equal(first?.of.className, 'private-methods.cjs:Account');
      assert.equal(first?.of.methodName, 'withdraw');
      assert.deepEqual((first?.record.value as unknown[] | undefined)?.[0], [60]);
      await one.observation.end();
      const seen = two.records().length;
      await two.until('record', seen + 2);
      assert.equal(one.events.at(-1)?.kind, 'end');
      await one.ended;
      await two.observation.end();
      assert.deepEqual((await instruments.status())?.hooks, []);
      assert.equal(await ask(target, state), untouched);

      const never = await observe('private-methods', 'Account.withdraw', {
        condition: text('params[0]===61', { atEntry: true }),
      });
      const quiet = await observe('private-methods', 'Account.open');
      const [why, silence] = await Promise.all([never.until('quiet'), quiet.until('quiet')]);
      assert.match(
        String(why.kind === 'quiet' && why.reasons[0]),
        /calls? so far, and the condition was true for none/,
      );
      assert.match(String(silence.kind === 'quiet' && silence.reasons[0]), /has not been called/);

      const monitor = await observe('private-methods', 'Account.withdraw', {
        kind: 'monitor',
        express: undefined,
      });
      const sample = await eventually(
        async () => (await monitor.observation.monitor()).find(({ sample: { total } }) => total > 0)?.sample,
        { what: 'a sample' },
      );
      assert.equal(sample.total, sample.success + sample.failed);

      assert.equal((await instruments.status())?.hooks.length, 2);
      assert.deepEqual(
        { ...(await instruments.reset({ text: 'Account', regex: false })), later: 0 },
        { classCount: 1, methodCount: 2, later: 0 },
      );
      for (const heard of [never, quiet, monitor]) {
        await heard.ended;
        assert.deepEqual(heard.events.at(-1), { kind: 'end', why: 'undone' });
      }
      await eventually(async () => (await ask(target, state)) === untouched, { what: 'all to be as it was' });
    });

    it(`reaches what a module keeps to itself, waits for what is not called, on Node ${node}`, async (t) => {
      const { process, target, observe } = await start(t, node, 'private-methods.cjs');
      const [turn, advance, hits] = await Promise.all([
        observe('private-methods', 'turn'),
        observe('private-methods', 'advance'),
        observe('private-methods', 'Account.deposit', { hits: 2 }),
      ]);
      await Promise.all([turn.until('record', 2), advance.until('record', 2), hits.until('end')]);
      assert.equal(hits.records().length, 2);
      assert.deepEqual(hits.events.at(-1), { kind: 'end', why: 'hits' });
      const { costMs } = await turn.observation.cost();
      assert.ok(costMs >= 0);
      const kept = await observe('private-methods', 'Account.withdraw', { lifetime: 0.6 });
      await kept.until('record', 30);
      assert.equal(
        kept.events.some(({ kind }) => kind === 'end'),
        false,
        'renewed while it is observed',
      );
      await target.letGo('the test says so');
      await Promise.all([turn.ended, advance.ended, kept.ended]);
      const end = kept.events.at(-1);
      assert.match(String(end?.kind === 'end' && end.why), /the test says so/);
      await rejection(observe('private-methods', 'turn'), 'target-let-go');
      assert.ok(isAlive(process.pid));
    });

    it(`by names of TypeScript, also bundled and minified, and natives, on Node ${node}`, async (t) => {
      const plain = await start(t, node, 'dist/typescript/server.js');
      const places = await plain.observe('orders.ts:OrderService', 'place');
      const reserve = await plain.observe('orders.ts', 'reserve');
      const tax = await plain.observe('pricing.ts', 'withTax');
      const round = await plain.observe('globalThis', 'Math.round');
      await Promise.all([places, reserve, tax, round].map((each) => each.until('record', 2)));
      assert.equal(places.records()[0]?.of.found?.line, 17);
      assert.equal(round.records()[0]?.of.instrument, 'native');
      await instrumentsOf(plain.target).reset(undefined);

      const bundle = await start(t, node, 'dist/bundled/server.min.cjs');
      const found = await instrumentsOf(bundle.target).find(
        { module: 'pricing.ts', name: '*', regex: false },
        { most: 50 },
      );
      assert.ok(found.every(({ found: of }) => of?.original.endsWith('pricing.ts')));
      const subtotal = await bundle.observe('pricing.ts', 'subtotal');
      const remember = await bundle.observe('*:OrderService', 'place');
      await Promise.all([subtotal, remember].map((each) => each.until('record', 2)));
      assert.equal(subtotal.records()[0]?.of.methodName, 'subtotal');
      assert.match(String(subtotal.records()[0]?.of.found?.original), /pricing\.ts$/);
      await instrumentsOf(bundle.target).reset(undefined);
    });
  }
});
