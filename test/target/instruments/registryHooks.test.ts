import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { targetErrors } from '../../../src/target/errors.js';
import { type ObservableFunction, type Observation, scriptsOf } from '../../../src/target/index.js';
import { instrumentsAtOnce } from '../../../src/target/instruments/limits.js';
import { debuggerLinger } from '../../../src/target/scripts/limits.js';
import { eventually } from '../../support/index.js';
import { rejection } from '../attach/attaching.js';
import { CART, limit, start, WATCH } from './fakeInstruments.js';
import { reportOf } from './fakeTarget.js';

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
    assert.equal(target.calls.includes('instrumentBudget'), false, 'the probe keeps to its own');
  });

  it('are not installed before the target knows the budget', async () => {
    const { target, instruments, find } = start();
    await instruments.setBudget({ share: 0.02, overMs: 5000, burstShare: 0.1, burstMs: 1000 });
    await instruments.observe(await find('cart.js', 'refund'), WATCH);
    assert.deepEqual(
      target.calls.filter((call) => call === 'instrumentBudget' || call === 'instrumentHook'),
      ['instrumentBudget', 'instrumentHook'],
    );
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

  it('that are gone before anybody observes them are refused with the reason', async () => {
    const { target, instruments, find } = start();
    const last: number[] = [];
    target.answer = ({ hook }) => {
      // One goes before its own answer, the others while the next is installed.
      last.push(hook);
      for (const gone of last.length === 4 ? last : []) {
        target.specs.delete(gone);
        target.emit('instrument.hook', reportOf(gone, { state: 'removed', notes: ['above 500 calls/s'] }));
      }
      return reportOf(hook);
    };
    const error = await rejection(instruments.observe(await find('Cart', '*'), WATCH), 'not-observable');
    assert.match(error.message, /above 500/);
    assert.equal(target.observers.size, 0);
  });

  it('are not tried one after the other when the main thread does not answer', async () => {
    const { target, instruments, find } = start();
    target.answer = () => Promise.reject(targetErrors.timeout('instrumentHook', 20_000));
    await rejection(instruments.observe(await find('Cart', '*'), WATCH), 'probe-timeout');
    assert.equal(target.calls.filter((call) => call === 'instrumentHook').length, 1);
    assert.equal(target.specs.size, 0);
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
      { numRuns: 30, seed: 4 },
    );
  });
});
