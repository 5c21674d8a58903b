/** The budget holds for what keeps calls, for call trees and for other texts as it does for records: hot under each of them. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type ObservationEvent, tunnelOf } from '../../../src/target/index.js';
import { eventually } from '../../support/index.js';
import { Program } from './traceKit.js';

/** On a busy machine a record may take long by the clock: one must not use up what there is. */
const BUDGET = { share: 0.03, overMs: 5000, burstShare: 0.25, burstMs: 1000 };
const SMALL_BUDGET = { share: 0.001, overMs: 1000, burstShare: 0.005, burstMs: 1000 };
const LIMITS = { depth: 1, items: 10, string: 100, bytes: 2000, time: 10 };
/**
 * Calls one function 30,000 times a second, and 300,000 times the other, which costs less to look at: to pass that on is
 * within the budget, to look at each call is not.
 */
const OFTEN = `globalThis.hot = setInterval(() => {
  for (let i = 0; i < 300; i++) {
    orders.check({ price: i });
    for (let j = 0; j < 10; j++) orders.tax({ items: [] });
  }
}, 10), 0`;
/** Calls one as often as there is time for, four milliseconds in ten. */
const HOT = `globalThis.hot = setInterval(() => {
  const end = performance.now() + 4;
  while (performance.now() < end) for (let i = 0; i < 20; i++) orders.check({ price: i });
}, 10), 0`;
/** Records a second. */
const EVERY = 1_000_000_000;

type Governed = Extract<ObservationEvent, { kind: 'governor' }>['event'];

it('tt and trace are sampled when a function is hot, keep to the budget, and see every call again', async (t) => {
  const program = await Program.start(t, 22, 'trace/orders.cjs');
  const { instruments } = program;
  await instruments.setBudget(BUDGET);
  await tunnelOf(program.target).open();
  const [check] = await program.find('orders.cjs', 'check');
  assert.ok(check);
  const said: Record<'tt' | 'trace', Governed[]> = { tt: [], trace: [] };
  const tt = await instruments.observe([check], {
    ...{ kind: 'tt', points: ['finish'], limits: LIMITS, hits: 0, rate: EVERY, holder: 'test' },
  });
  void (async () => {
    for await (const event of tt.events) if (event.kind === 'governor') said.tt.push(event.event);
  })();
  const trace = await program.trace(await program.find('orders.cjs', 'tax'), {}, { hits: 0, rate: EVERY });
  const ofTrace = () => trace.events.flatMap((event) => (event.kind === 'governor' ? [event.event] : []));
  await trace.ready(() => program.ask('orders.tax({items:[]})'));
  await program.ask(OFTEN);
  const both = async (action: Governed['action']) =>
    await eventually(
      () => {
        said.trace = ofTrace();
        return Object.values(said).every((all) => all.some((event) => event.action === action));
      },
      { what: `both to be ${action}`, timeoutMs: 30_000 },
    ).catch((error: Error) => {
      throw new Error(`${error.message}: ${JSON.stringify(said)}`);
    });
  await both('sampled');
  const share = async () => (await instruments.status())?.share ?? 1;
  await eventually(async () => (await share()) <= BUDGET.share, {
    what: 'the budget to be kept',
    timeoutMs: 20_000,
  });
  await program.ask('clearInterval(hot), 0');
  await both('restored');
  for (const { hook, mode } of (await instruments.status())?.hooks.map(({ report, mode }) => ({
    hook: report.hook,
    mode,
  })) ?? [])
    assert.equal(mode, 'full', String(hook));
  assert.ok(
    [...said.tt, ...said.trace].every(({ action }) => action !== 'removed'),
    JSON.stringify(said),
  );
  await tt.end();
  await trace.observation.end();
});

it('another text of a hot function stays in force, and who watches it is sampled', async (t) => {
  const program = await Program.start(t, 22, 'trace/orders.cjs');
  const { instruments } = program;
  await instruments.setBudget(SMALL_BUDGET);
  const [check] = await program.find('orders.cjs', 'check');
  assert.ok(check);
  const gone: string[] = [];
  const copy = await instruments.copy(check, {
    ...{ text: '({"check":function(item){return item.price+1}})', isStrict: false, usesSuper: false },
    ...{ when: 'always', holder: 'test' },
    gone: (why) => void gone.push(why),
  });
  const isNew = async () => (await program.ask('orders.check({ price: 1 })')) === 2;
  await eventually(isNew, { what: 'the new text' });
  await program.ask(HOT);
  const hook = async () => (await instruments.status())?.hooks[0];
  const called = async (times: number): Promise<void> => {
    const before = (await hook())?.calls ?? 0;
    const many = async () => ((await hook())?.calls ?? 0) > before + times;
    await eventually(many, { what: 'many calls', timeoutMs: 40_000 });
  };
  await called(2_000_000);
  assert.ok(((await hook())?.costMs ?? 0) > 1, 'what it costs is shown');
  assert.equal((await hook())?.mode, 'full', 'there is nothing to sample');
  const watch = await instruments.observe([check], {
    ...{ kind: 'watch', points: ['finish'], limits: LIMITS, hits: 0, holder: 'test' },
  });
  const said: Governed[] = [];
  void (async () => {
    for await (const event of watch.events) if (event.kind === 'governor') said.push(event.event);
  })();
  const isOff = () => said.some(({ text }) => /for now none is observed; the new source.* stays$/.test(text));
  await eventually(isOff, { what: 'the watch to rest', timeoutMs: 30_000 });
  assert.equal(await isNew(), true);
  await program.ask('clearInterval(hot), 0');
  const isBack = () => said.some(({ action }) => action === 'restored');
  await eventually(isBack, { what: 'every call to be observed again', timeoutMs: 30_000 });
  await watch.end();
  assert.equal(await isNew(), true);
  assert.deepEqual(gone, []);
  await copy.drop();
  assert.equal(await program.ask('orders.check({ price: 1 })'), true);
});
