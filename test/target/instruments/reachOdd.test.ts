import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HookReport, Step } from '../../../src/probe/index.js';
import { nodeMajors } from '../../support/index.js';
import { Subject } from './hooking.js';

const HELD = 'reach/held.cjs';
const ODD = 'reach/odd.cjs';
const EXPORTS: readonly Step[] = [{ by: 'exports' }];

async function installed(
  subject: Subject,
  name: string,
  plan: readonly Step[],
  more: { kind?: 'constructor'; lifetimeMs?: number } = {},
): Promise<{ hook: number; report: HookReport }> {
  const spec = subject.spec(ODD, name, { plan, ...more });
  return { hook: spec.hook, report: await subject.hook(spec) };
}

describe('functions that are not to be changed, or hard to reach', { concurrency: 4 }, () => {
  for (const node of nodeMajors) {
    it(`Node ${node}: places that cannot be changed are said so, and left alone`, async (t) => {
      const subject = await Subject.start(t, node, HELD);
      const cold = await installed(subject, 'cold', EXPORTS);
      assert.equal(cold.report.state, 'cannot');
      assert.match(cold.report.notes.join(), /frozen\.cold can be neither changed nor redefined/);
      const held = await installed(subject, 'held', EXPORTS);
      assert.equal(held.report.state, 'cannot', JSON.stringify(held.report));
      const open = await installed(subject, 'open', EXPORTS);
      assert.equal(open.report.state, 'installed');
      assert.equal(await subject.ask('t.odd.fixed.open(2)'), 10);
      assert.equal(await subject.calls(open.hook), 1);
      assert.deepEqual(await subject.ask('Object.getOwnPropertyDescriptor(t.odd.fixed, "open")'), {
        writable: false,
        enumerable: false,
        configurable: true,
      });
      const behind = await installed(subject, 'behind', EXPORTS);
      assert.equal(behind.report.state, 'cannot');
      assert.deepEqual(await subject.ask('t.odd.touched()'), [0, 0], 'no trap and no getter has run');
      await subject.unhook(open.hook);
      assert.equal(await subject.ask('String(t.odd.fixed.open)'), '(n) => n * 5');
    });

    it(`Node ${node}: what the application replaces meanwhile stays replaced`, async (t) => {
      const subject = await Subject.start(t, node, HELD);
      const { hook } = await installed(subject, 'replaced', EXPORTS);
      await subject.ask('t.odd.replaced = (n) => n * 80, 0');
      await subject.unhook(hook);
      assert.equal(await subject.ask('t.odd.replaced(1)'), 80);
    });

    it(`Node ${node}: private methods, constructors, generators, asynchronous functions, natives`, async (t) => {
      const subject = await Subject.start(t, node, HELD);
      const covers = await installed(subject, 'Account#covers', [{ by: 'breakpoint' }]);
      assert.equal(covers.report.instrument, 'breakpoint', JSON.stringify(covers.report));
      assert.equal(await subject.ask('new t.odd.Account().withdraw(30)'), 70);
      await subject.unhook(covers.hook);

      const base = await installed(subject, 'Base.constructor', EXPORTS, { kind: 'constructor' });
      assert.equal(base.report.instrument, 'constructor', JSON.stringify(base.report));
      assert.deepEqual(
        await subject.ask(
          '(() => { const b = new t.odd.Base(1); const d = new t.odd.Derived(1); return [b.n, d.n, d instanceof t.odd.Base, d.constructor.name, Object.getPrototypeOf(b) === t.odd.Base.prototype]; })()',
        ),
        [1, 2, true, 'Derived', true],
      );
      assert.equal(await subject.calls(base.hook), 2);
      await subject.unhook(base.hook);
      assert.equal(
        await subject.ask(
          'String(Object.getPrototypeOf(t.odd.Derived)).startsWith("class Base") && Object.getPrototypeOf(t.odd.Derived) === t.odd.Base',
        ),
        true,
      );

      const old = await installed(subject, 'Old.twice', EXPORTS);
      assert.equal(old.report.instrument, 'prototype');
      assert.equal(await subject.ask('new t.odd.Old(4).twice()'), 8);
      assert.equal(await subject.calls(old.hook), 1);

      const counting = await installed(subject, 'counting', EXPORTS);
      assert.deepEqual(await subject.ask('[...t.odd.counting(3), ...t.odd.counting(2)]'), [0, 1, 2, 0, 1]);
      assert.equal(await subject.calls(counting.hook), 2);

      const slowly = await installed(subject, 'slowly', EXPORTS);
      assert.equal(
        await subject.ask('t.odd.slowly(2).then((v) => { t.slow = v; }) instanceof Promise'),
        true,
      );
      assert.equal(await subject.ask('t.slow'), 14);
      assert.equal(await subject.calls(slowly.hook), 1);

      const native = {
        ...subject.spec(ODD, 'slowly', { plan: [{ by: 'native', module: '', path: ['JSON', 'stringify'] }] }),
        source: undefined,
      };
      const report = await subject.hook(native);
      assert.deepEqual([report.state, report.instrument], ['installed', 'native']);
      const before = await subject.calls(native.hook);
      assert.equal(await subject.ask('t.odd.shout("x").length'), 12);
      // The program itself writes its answer with it.
      assert.ok((await subject.calls(native.hook)) - before >= 1);
      const none = await subject.hook({
        ...native,
        hook: 99,
        plan: [{ by: 'native', module: 'node:fs', path: ['noSuch'] }],
      });
      assert.equal(none.state, 'cannot');
      assert.match(none.notes.join(), /there is no node:fs\.noSuch/);
      await subject.unhook(old.hook, counting.hook, slowly.hook, native.hook);
      assert.match(await subject.ask<string>('String(JSON.stringify)'), /native code/);
    });

    it(`Node ${node}: a lifetime ends`, async (t) => {
      const subject = await Subject.start(t, node, HELD);
      const events: HookReport[] = [];
      subject.target.onEvent('instrument.hook', (report) => events.push(report as HookReport));
      const { hook } = await installed(subject, 'replaced', EXPORTS, { lifetimeMs: 300 });
      await subject.target.worker('instrumentRenew', { hooks: [hook], lifetimeMs: 600 });
      assert.equal(await subject.ask('t.odd.replaced(1)'), 8);
      await subject.gone(hook);
      assert.equal(await subject.ask('String(t.odd.replaced).startsWith("function replaced(n)")'), true);
      assert.match(events.at(-1)?.notes.join() ?? '', /its lifetime is over/);
      assert.equal(events.at(-1)?.state, 'removed');
    });
  }
});
