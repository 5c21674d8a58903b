import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { RemoraError } from '../../../src/base/index.js';
import type { Observation, ObserveRequest } from '../../../src/target/index.js';
import { instrumentQueue, instrumentQuiet } from '../../../src/target/instruments/limits.js';
import { eventually } from '../../support/index.js';
import { rejection } from '../attach/attaching.js';
import { heard, limit, start, WATCH } from './fakeInstruments.js';
import { reportOf } from './fakeTarget.js';

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
    ['settles', 'cart.js', 'refund', { settle: true }, {}, { calls: 2 }, /reported when that is settled/],
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

describe('a probe that is not ours any more', () => {
  it('cannot make the registry stumble, whatever it answers and tells', async () => {
    const names = fc.constantFrom('records', 'hook', 'end', 'governor');
    const some = fc.jsonValue({ maxDepth: 3 });
    const words = fc.constantFrom(
      'hook',
      'state',
      'notes',
      'observer',
      'records',
      'undone',
      'hooks',
      'report',
      'why',
    );
    const near = fc.dictionary(
      words,
      fc.oneof(some, fc.nat(3), fc.constantFrom('installed', 'removed', 'cannot')),
    );
    const anything = fc.oneof(some, near, fc.array(near, { maxLength: 3 }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(names, anything), { maxLength: 10 }),
        fc.array(anything, { minLength: 1, maxLength: 5 }),
        fc.nat(6),
        async (events, answers, honest) => {
          const { target, instruments, find } = start();
          let asked = 0;
          target.garble = (answer) => (asked++ < honest ? answer : answers[asked % answers.length]);
          const mayRefuse = async <T>(asking: Promise<T>): Promise<T | undefined> => {
            try {
              return await asking;
            } catch (error) {
              assert.ok(error instanceof RemoraError, String(error));
              return undefined;
            }
          };
          const observation = await mayRefuse(instruments.observe(await find('Cart', '*'), WATCH));
          for (const [name, data] of events) {
            target.emit(`instrument.${name}`, data);
            target.emit(`instrument.${name}`, {
              records: [data],
              dropped: [data],
              observer: 1,
              hook: 0,
              ...Object(data),
            });
          }
          await mayRefuse(instruments.status());
          if (observation) {
            await mayRefuse(observation.monitor());
            await mayRefuse(observation.cost());
            await observation.end();
            for await (const event of observation.events) assert.ok(event.kind);
          }
          await mayRefuse(instruments.reset(undefined));
        },
      ),
      { seed: 6, numRuns: 100 },
    );
  });
});
