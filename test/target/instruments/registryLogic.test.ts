/** What the registry decides by itself, against a target without a process; registry.test.ts has the real ones. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import {
  type FunctionPattern,
  instrumentsOf,
  type ObservableFunction,
  type Observation,
  type ObservationEvent,
  type ObserveRequest,
  scriptsOf,
} from '../../../src/target/index.js';
import {
  instrumentQueue,
  instrumentQuiet,
  instrumentsAtOnce,
} from '../../../src/target/instruments/limits.js';
import { debuggerLinger } from '../../../src/target/scripts/limits.js';
import { eventually } from '../../support/index.js';
import { rejection } from '../attach/attaching.js';
import { FakeTarget, reportOf } from './fakeTarget.js';

/** A real target's socket keeps the process alive; a fake has none. */
const alive = setInterval(() => undefined, 1000);
after(() => clearInterval(alive));

const CART = `
class Cart { total() {} add() {} static of() {} constructor() {} }
function checkout() {} const refund = () => 1;
module.exports = { Cart, checkout, refund };
`;
const FILES = [
  { path: '/srv/app/cart.js', text: CART },
  { path: '/srv/app/node_modules/pay/index.js', text: 'exports.pay = function pay() {};' },
  { path: '/srv/app/node_modules/shop/node_modules/pay/index.js', text: 'exports.pay = function pay() { };' },
  { path: '/srv/app/old/cart.js', text: 'function checkout() {}' },
];
const WATCH: ObserveRequest = {
  kind: 'watch',
  points: ['finish'],
  limits: { depth: 1 } as ObserveRequest['limits'],
  hits: 0,
  holder: 'watch (job 1)',
};

function start(channel: 'worker' | 'cdp' = 'worker') {
  const target = new FakeTarget(FILES, channel);
  const instruments = instrumentsOf(target);
  const find = (module: string, name: string, more: Partial<FunctionPattern> = {}) =>
    instruments.find({ module, name, regex: false, ...more }, { most: 50 });
  return { target, instruments, find };
}

/** Takes events as they come, in the background. */
function heard(observation: Observation): ObservationEvent[] {
  const events: ObservationEvent[] = [];
  void (async () => {
    for await (const event of observation.events) events.push(event);
  })();
  return events;
}

function limit(t: { after(fn: () => void): void }, which: { value: number }, value: number): void {
  const before = which.value;
  which.value = value;
  t.after(() => {
    which.value = before;
  });
}

const names = (functions: readonly ObservableFunction[]) =>
  functions.map(({ className, methodName, instrument }) => `${className} ${methodName} ${instrument}`);

describe('finding', () => {
  it('modules, classes and functions by one way of naming', async () => {
    const { find } = start();
    assert.deepEqual(names(await find('cart.js', 'Cart.total')), ['cart.js:Cart total prototype']);
    assert.deepEqual(names(await find('cart.js:Cart', 'total')), ['cart.js:Cart total prototype']);
    assert.deepEqual(names(await find('Cart', '*')), [
      'cart.js:Cart total prototype',
      'cart.js:Cart add prototype',
      'cart.js:Cart of static',
      'cart.js:Cart constructor constructor',
    ]);
    assert.deepEqual(names(await find('cart', 'refund')), ['cart.js refund property']);
    assert.deepEqual(names(await find('*', 'checkout', { exclude: 'old/*' })), ['cart.js checkout property']);
    assert.deepEqual(names(await find('.*cart.*', '(add|pay)', { regex: true })), [
      'cart.js:Cart add prototype',
    ]);
    assert.equal((await find('pay', 'pay')).length, 2);
    assert.equal((await find('cart.js', 'add')).length, 1, 'a method by its own name alone');
  });

  it('says what is near when nothing fits, and how to narrow what is too much', async () => {
    const { instruments } = start();
    const told: string[] = [];
    const options = { most: 50, onNothing: (why: string) => told.push(why) };
    for (const [module, name] of [
      ['cart.js', 'chekout'],
      ['crat.js', 'total'],
      ['Cart', 'totl'],
      ['fs', 'readFile'],
    ] as const) {
      assert.deepEqual(await instruments.find({ module, name, regex: false }, options), []);
    }
    assert.deepEqual(told, [
      'the 2 modules that fit cart.js have no function chekout; did you mean checkout?',
      'no loaded module or class is named crat.js; did you mean cart.js or old/cart.js?',
      'Cart has no function totl; did you mean Cart.total?',
      'no module is named fs; Node.js’s own is node:fs'.replace('’', "'"),
    ]);
    const error = await rejection(
      instruments.find({ module: '*', name: '*', regex: false }, { most: 3 }),
      'too-many-functions',
    );
    assert.match(error.text, /^9 functions fit, 3 are the most at once\. .*cart\.js: 6.*--exclude/);
  });
});

describe('hooks', () => {
  it('are shared by observations of one function, and go with the last of them', async () => {
    const { target, instruments, find } = start();
    const functions = await find('cart.js', 'Cart.*');
    const one = await instruments.observe(functions, WATCH);
    const two = await instruments.observe(functions.slice(0, 2), { ...WATCH, kind: 'stack' });
    assert.equal(target.calls.filter((call) => call === 'instrumentHook').length, 4);
    assert.equal(two.functions.length, 2);
    await one.end();
    assert.equal(target.specs.size, 2, 'what the other observes stays');
    assert.equal(target.observers.size, 1);
    await two.end();
    await two.end();
    assert.equal(target.specs.size, 0);
    assert.equal(target.observers.size, 0);
  });

  it('hold the debugger domain on while they exist, and let it go after', async (t) => {
    limit(t, debuggerLinger, 0.05);
    const { target, instruments, find } = start();
    const observation = await instruments.observe(await find('cart.js', 'refund'), WATCH);
    await sleep(120);
    assert.equal(scriptsOf(target).debugger.isOn, true);
    await observation.end();
    await eventually(() => target.calls.includes('disable'), { what: 'the domain to go off' });
  });

  it('are told to the probe with their source, plan and shape', async () => {
    const { target, instruments, find } = start();
    await instruments.observe(await find('Cart', 'constructor'), WATCH);
    await instruments.observe(await find('cart.js', 'refund'), WATCH);
    const [made, refund] = [...target.specs.values()];
    assert.equal(made?.source?.tail, CART.slice(CART.indexOf('class'), CART.indexOf('\nfunction')));
    assert.deepEqual(refund?.plan, [
      { by: 'exports' },
      { by: 'scope-read' },
      { by: 'scope-entry', binding: { name: 'refund', kind: 'const', isTop: true } },
      { by: 'holders' },
      { by: 'breakpoint' },
    ]);
    assert.deepEqual(refund?.source?.start, { line: 2, column: 38 });
    assert.equal(refund?.lifetimeMs, 600_000);
    assert.ok(target.calls.indexOf('instrumentBudget') < target.calls.indexOf('instrumentHook'));
  });

  it('have a number each, which is given out again only when all is back in its place', async (t) => {
    limit(t, instrumentsAtOnce, 4);
    const { target, instruments, find } = start();
    const four = await instruments.observe(await find('Cart', '*'), WATCH);
    const error = await rejection(
      instruments.observe(await find('cart.js', 'refund'), WATCH),
      'too-many-hooks',
    );
    assert.match(error.message, /1 functions more .* 4 of 4/);
    target.slow = true;
    await four.end();
    await rejection(instruments.observe(await find('cart.js', 'refund'), WATCH), 'too-many-hooks');
    target.specs.delete(2);
    target.emit('instrument.hook', reportOf(2, { state: 'removed' }));
    const again = await instruments.observe(await find('cart.js', 'refund'), WATCH);
    // The word of it was lost: who asks finds the place free.
    target.specs.delete(0);
    const more = await instruments.observe(await find('cart.js', 'checkout', { exclude: 'old/*' }), WATCH);
    target.slow = false;
    await Promise.all([again.end(), more.end()]);
  });

  it('that cannot be reached are refused with the reasons, when all cannot', async () => {
    const { target, instruments, find } = start();
    target.answer = ({ hook, methodName }) =>
      methodName === 'total'
        ? reportOf(hook)
        : reportOf(hook, { state: 'cannot', instrument: undefined, notes: ['its slot is frozen'] });
    const error = await rejection(instruments.observe(await find('Cart', 'add'), WATCH), 'not-observable');
    assert.match(error.message, /add: its slot is frozen/);
    assert.equal(target.specs.size, 0);
    const some = await instruments.observe(await find('Cart', '*'), WATCH);
    assert.deepEqual(
      some.functions.map(({ report }) => report.state),
      ['installed', 'cannot', 'cannot', 'cannot'],
    );
    assert.equal(target.specs.size, 1);
    target.answer = () => Promise.reject(new Error('the probe stumbled'));
    const fault = await rejection(
      instruments.observe(await find('cart.js', 'refund'), WATCH),
      'not-observable',
    );
    assert.match(fault.message, /refund: the probe stumbled/);
    assert.equal(target.specs.size, 1, 'nothing is left of the failed one');
    await some.end();
  });

  it('need the Worker', async () => {
    const { target, instruments, find } = start('cdp');
    await rejection(instruments.observe(await find('cart.js', 'refund'), WATCH), 'needs-worker');
    assert.equal(await instruments.status(), undefined);
    assert.deepEqual(await instruments.reset(undefined), { classCount: 0, methodCount: 0, later: 0 });
    assert.deepEqual(
      target.calls.filter((call) => call.startsWith('instrument')),
      [],
    );
  });

  it('are renewed while somebody observes, and not after', async () => {
    const { target, instruments, find } = start();
    const observation = await instruments.observe(await find('Cart', '*'), { ...WATCH, lifetime: 0.3 });
    await eventually(() => target.renewed.length >= 8, { what: 'two renewals of four hooks' });
    await observation.end();
    const count = target.renewed.length;
    await sleep(250);
    assert.equal(target.renewed.length, count);
  });
});

describe('events', () => {
  it('go to who observes, what is malformed to nobody', async () => {
    const { target, instruments, find } = start();
    const [refund] = await find('cart.js', 'refund');
    const one = await instruments.observe([refund!], WATCH);
    const two = await instruments.observe([refund!], WATCH);
    const [first, second] = [heard(one), heard(two)];
    const slot = target.slotOf('refund');
    target.record(1, slot, { value: 'a' });
    target.record(2, slot, { value: 'b' });
    target.record(9, slot);
    target.record(1, 77);
    for (const garbage of [
      null,
      1,
      'x',
      [],
      { records: 1 },
      { records: [null, { observer: 1 }], dropped: [{}] },
    ]) {
      for (const name of ['records', 'hook', 'end', 'governor']) target.emit(`instrument.${name}`, garbage);
    }
    target.emit('instrument.hook', reportOf(slot, { state: 'exploded' as never }));
    target.emit('instrument.governor', { hook: slot, action: 'sampled', text: 'one call in 64' });
    await eventually(() => first.length === 2 && second.length === 2, { what: 'both to hear of theirs' });
    assert.deepEqual(
      first.map((event) => (event.kind === 'record' ? event.record.value : event.kind)),
      ['a', 'governor'],
    );
    assert.equal(second[0]?.kind === 'record' && second[0].of, refund);
    await Promise.all([one.end(), two.end()]);
    await eventually(() => first.at(-1)?.kind === 'end', { what: 'the end' });
  });

  it('that find no room are counted, in the agent as in the target', async (t) => {
    limit(t, instrumentQueue, 10);
    const { target, instruments, find } = start();
    const observation = await instruments.observe(await find('cart.js', 'refund'), WATCH);
    const slot = target.slotOf('refund');
    for (let index = 0; index < 25; index++) target.record(1, slot, { ts: index });
    target.emit('instrument.records', { records: [], dropped: [{ observer: 1, count: 100 }] });
    await observation.end();
    const events = heard(observation);
    await eventually(() => events.at(-1)?.kind === 'end', { what: 'the end' });
    assert.deepEqual(
      events.map((event) => (event.kind === 'dropped' ? event.count : event.kind)),
      [...Array.from({ length: 10 }, () => 'record'), 115, 'end'],
    );
  });

  it('tell of what becomes of a hook, each news once', async () => {
    const { target, instruments, find } = start();
    target.answer = ({ hook }) => reportOf(hook, { state: 'pending', notes: ['waits for its next call'] });
    const observation = await instruments.observe(await find('cart.js', 'refund'), WATCH);
    const events = heard(observation);
    const slot = target.slotOf('refund');
    target.emit(
      'instrument.hook',
      reportOf(slot, { state: 'pending', notes: ['waits for its next call'], stallMs: 9 }),
    );
    target.emit('instrument.hook', reportOf(slot, { instrument: 'const-rebind' }));
    await eventually(() => events.length > 0, { what: 'news' });
    assert.equal(events.length, 1);
    assert.equal(observation.functions[0]?.report.state, 'installed');
    await observation.end();
  });

  it('end with the reason: told by the probe, lost with the last hook, the target gone', async () => {
    const { target, instruments, find } = start();
    const whyOf = async (observation: Observation): Promise<string> => {
      for await (const event of observation.events) if (event.kind === 'end') return event.why;
      return 'nothing';
    };
    const functions = await find('cart.js', 'refund');
    const hits = await instruments.observe(functions, WATCH);
    target.emit('instrument.end', { observer: 1, why: 'hits' });
    assert.equal(await whyOf(hits), 'hits');
    await eventually(() => target.specs.size === 0, { what: 'its hook to go' });
    await rejection(hits.monitor(), 'observation-ended');

    const lost = await instruments.observe(functions, WATCH);
    const slot = target.slotOf('refund');
    target.specs.clear();
    target.emit('instrument.hook', reportOf(slot, { state: 'removed', notes: ['its lifetime is over'] }));
    assert.equal(await whyOf(lost), 'its lifetime is over');

    const undone = await instruments.observe(functions, WATCH);
    const other = await instruments.observe(await find('Cart', 'total'), WATCH);
    assert.deepEqual(await instruments.reset({ text: 'car*.js', regex: false }), {
      classCount: 2,
      methodCount: 2,
      later: 0,
    });
    assert.equal(await whyOf(undone), 'undone');
    assert.equal(await whyOf(other), 'undone');

    const gone = await instruments.observe(functions, WATCH);
    const costs = gone.cost();
    await target.letGo('stop');
    assert.match(await whyOf(gone), /was let go: stop/);
    await costs;
    await gone.end();
    assert.deepEqual(await gone.cost(), { costMs: 0, share: 0 });
    await rejection(instruments.observe(functions, WATCH), 'target-let-go');
    assert.deepEqual(await instruments.reset(undefined), { classCount: 0, methodCount: 0, later: 0 });
  });

  it('reset takes those of matching modules and classes', async () => {
    const { instruments, find } = start();
    const all = await instruments.observe(await find('*', '*', { exclude: 'old/*' }), WATCH);
    const count = async (text: string, regex = false) =>
      (await instruments.reset({ text, regex })).methodCount;
    assert.equal(await count('nobody'), 0);
    assert.equal(await count('cart.js:Cart'), 4);
    assert.equal(await count('pay'), 2);
    assert.equal(await count('.*cart.*', true), 2);
    assert.equal(all.functions.length, 8);
    await rejection(instruments.reset({ text: '(', regex: true }), 'bad-pattern');
  });

  it('monitor and cost speak of the functions observed', async () => {
    const { target, instruments, find } = start();
    const functions = await find('cart.js', 'refund');
    const first = await instruments.observe(functions, WATCH);
    target.statuses.set(target.slotOf('refund'), { costMs: 40 });
    const second = await instruments.observe(functions, { ...WATCH, kind: 'monitor' });
    target.statuses.set(target.slotOf('refund'), { costMs: 55 });
    assert.equal((await first.cost()).costMs, 55);
    assert.equal((await second.cost()).costMs, 15, 'what it cost before is not its own');
    assert.deepEqual(
      (await second.monitor()).map(({ of, sample }) => [of.methodName, sample.total]),
      [['refund', 2]],
    );
    await Promise.all([first.end(), second.end()]);
  });
});

describe('why nothing is seen yet', () => {
  const CONDITION = { source: 'false', files: [], atEntry: true, fuel: 1, name: '' };
  const cases: readonly [
    what: string,
    module: string,
    name: string,
    request: Partial<ObserveRequest>,
    state: object,
    status: object,
    expected: RegExp,
  ][] = [
    ['not called', 'cart.js', 'refund', {}, {}, {}, /^it has not been called for/],
    ['pending', 'cart.js', 'refund', {}, { state: 'pending' }, {}, /instrumented at its next call/],
    [
      'partial',
      'cart.js',
      'refund',
      {},
      { state: 'partial', holders: { found: 5, reached: 3 } },
      {},
      /partially reached \(3 of 5/,
    ],
    [
      'condition',
      'cart.js',
      'refund',
      { condition: CONDITION },
      {},
      { calls: 7 },
      /^7 calls .*true for none/,
    ],
    [
      'only throws',
      'cart.js',
      'refund',
      { points: ['exception'] },
      {},
      { calls: 1 },
      /^1 call so far, and none threw/,
    ],
    ['only returns', 'cart.js', 'refund', { points: ['success'] }, {}, { calls: 2 }, /and all threw/],
    ['settles', 'cart.js', 'refund', { settle: true }, {}, { calls: 2 }, /may not have settled/],
    ['governor', 'cart.js', 'refund', {}, {}, { calls: 2, mode: 'off' }, /governor has turned it off/],
    ['sampled', 'cart.js', 'refund', {}, {}, { calls: 2, mode: 'sampled' }, /only a sample/],
    ['rate', 'cart.js', 'refund', {}, {}, { calls: 9, dropped: 8 }, /8 of 9 calls came above the rate/],
    [
      'another copy',
      'pay/index.js',
      'pay',
      {},
      {},
      {},
      /another copy of pay is loaded.*shop\/node_modules\/pay/,
    ],
    [
      'another file',
      'cart.js',
      'checkout',
      {},
      {},
      {},
      /a function of that name is in (old\/)?cart\.js, too/,
    ],
  ];
  for (const [what, module, name, request, state, status, expected] of cases) {
    it(what, async (t) => {
      limit(t, instrumentQuiet, 0.01);
      const { target, instruments, find } = start();
      target.answer = ({ hook }) => {
        target.statuses.set(hook, status);
        return reportOf(hook, state);
      };
      const [fn] = await find(module, name);
      const observation = await instruments.observe([fn!], { ...WATCH, ...request });
      const events = heard(observation);
      await eventually(() => events.some(({ kind }) => kind === 'quiet'), { what: 'an explanation' });
      const [quiet] = events.filter((event) => event.kind === 'quiet');
      assert.ok(
        quiet?.reasons.some((reason) => expected.test(reason)),
        quiet?.reasons.join(' | '),
      );
      await observation.end();
    });
  }

  it('is not said of what was seen', async (t) => {
    limit(t, instrumentQuiet, 0.05);
    const { target, instruments, find } = start();
    const observation = await instruments.observe(await find('cart.js', 'refund'), WATCH);
    const events = heard(observation);
    target.record(1, target.slotOf('refund'));
    await sleep(200);
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['record'],
    );
    await observation.end();
  });
});

describe('whatever jobs do at the same time', () => {
  it('what is hooked is what is observed, and in the end nothing is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ from: fc.nat(5), count: fc.integer({ min: 1, max: 4 }), what: fc.nat(4) }), {
          minLength: 5,
          maxLength: 25,
        }),
        fc.infiniteStream(fc.nat(3)),
        async (steps, delays) => {
          const { target, instruments, find } = start();
          target.delay = () => delays.next().value ?? 0;
          const functions = await find('cart.js', '*', { exclude: 'old/*' });
          const open: Observation[] = [];
          await Promise.all(
            steps.map(async ({ from, count, what }) => {
              if (what === 0) await instruments.reset(undefined);
              else if (what === 1) await open.shift()?.end();
              else open.push(await instruments.observe(functions.slice(from, from + count), WATCH));
            }),
          );
          const observed = new Set([...target.observers.values()].flatMap(({ hooks }) => hooks));
          for (const hook of target.specs.keys())
            assert.ok(observed.has(hook), `hook ${hook} is observed by nobody`);
          await Promise.all(open.map((each) => each.end()));
          await instruments.reset(undefined);
          assert.equal(target.specs.size, 0);
        },
      ),
      { numRuns: 60, seed: 4 },
    );
  });
});
