import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Step } from '../../../src/probe/index.js';
import { eventually, nodeMajors } from '../../support/index.js';
import { Subject } from './hooking.js';

const HELD = 'reach/held.cjs';
const SHAPES = 'reach/shapes.cjs';
const ODD = 'reach/odd.cjs';
const EXPORTS: Step = { by: 'exports' };
const ALL: readonly Step[] = [EXPORTS, { by: 'scope-entry' }, { by: 'holders' }, { by: 'breakpoint' }];

/** Calls until one call more is one more that was seen. */
async function everyCallSeen(subject: Subject, hook: number, call: string): Promise<void> {
  await eventually(
    async () => {
      const before = await subject.calls(hook);
      await subject.ask(call);
      return (await subject.calls(hook)) === before + 1;
    },
    { what: `${call} to be seen`, intervalMs: 30 },
  );
}

describe('reach, verified', { concurrency: 4 }, () => {
  for (const node of nodeMajors) {
    it(`Node ${node}: an importer that took the function from the exports is found when it calls`, async (t) => {
      const subject = await Subject.start(t, node, HELD);
      const spec = subject.spec(SHAPES, 'price', { plan: [EXPORTS] });
      assert.equal((await subject.hook(spec)).state, 'installed');
      await everyCallSeen(subject, spec.hook, 't.destructured(2)');
      await everyCallSeen(subject, spec.hook, 't.shapes.price(2)');
      const report = await subject.report(spec.hook);
      assert.equal(report?.state, 'installed', JSON.stringify(report));
      assert.ok((report?.holders.reached ?? 0) >= 2);
      await subject.unhook(spec.hook);
      assert.equal(
        await subject.ask('t.destructuredItself() === t.shapes.price && t.shapes.price.name'),
        'price',
      );
    });

    it(`Node ${node}: closures are found instance by instance`, async (t) => {
      const subject = await Subject.start(t, node, HELD);
      const plan: readonly Step[] = [
        { by: 'scope-entry', binding: { name: 'advance', kind: 'const', isTop: false } },
        { by: 'holders' },
      ];
      const spec = subject.spec(ODD, 'advance', { plan });
      assert.equal((await subject.hook(spec)).state, 'pending');
      await everyCallSeen(subject, spec.hook, 't.odd.kept.one(4)');
      await subject.ask('t.two = t.odd.makeCounter(10), 0');
      await everyCallSeen(subject, spec.hook, 't.two(1)');
      assert.deepEqual(await subject.ask('[t.odd.kept.one(4), t.two(1)]'), [5, 11]);
      await subject.unhook(spec.hook);
      const before = await subject.calls(spec.hook);
      assert.deepEqual(await subject.ask('[t.odd.kept.one(4), t.two(1)]'), [5, 11]);
      assert.equal(await subject.calls(spec.hook), before);
    });

    it(`Node ${node}: a function that is made for each call is watched by a breakpoint, and left when it is hot`, async (t) => {
      const subject = await Subject.start(t, node, HELD);
      const spec = subject.spec('reach/holders.cjs', 'inSort', { plan: ALL });
      await subject.hook(spec);
      const report = await subject.calling(spec.hook, 't.kinds.comparator(7)', 'installed');
      assert.equal(report.instrument, 'breakpoint', JSON.stringify(report));
      assert.equal(await subject.ask('t.kinds.comparator(0)'), 0);
      subject.process.write(
        't.until = Date.now() + 1500, t.loop = () => { for (let i = 0; i < 100; i++) t.kinds.comparator(i); if (Date.now() < t.until) setTimeout(t.loop, 1); }, t.loop()',
      );
      subject.skipAnswer();
      await subject.gone(spec.hook);
      assert.equal(await subject.ask('t.kinds.comparator(0)'), 0);
    });

    it(`Node ${node}: the agent may turn the debugger domain off and on`, async (t) => {
      const subject = await Subject.start(t, node, HELD);
      const plan: readonly Step[] = [
        { by: 'scope-entry', binding: { name: 'hidden', kind: 'function', isTop: true } },
      ];
      const spec = subject.spec(SHAPES, 'hidden', { plan });
      assert.equal((await subject.hook(spec)).state, 'pending');
      await subject.target.cdp('Debugger.disable');
      let scripts = 0;
      subject.target.onCdp('Debugger.scriptParsed', () => {
        scripts += 1;
      });
      await subject.target.cdp('Debugger.enable');
      await eventually(() => scripts > 50, { what: 'all scripts to be reported again' });
      await subject.target.cdp('Debugger.disable');
      assert.equal(await subject.ask('t.shapes.throughHidden(1)'), 2);
      await subject.state(spec.hook, 'installed');
      assert.equal(await subject.ask('t.shapes.throughHidden(1)'), 2);
      assert.equal(await subject.calls(spec.hook), 1);
    });

    it(`Node ${node}: what rests has no condition, however it is reached, and is seen again when it is woken`, async (t) => {
      const subject = await Subject.start(t, node, HELD);
      const rest = (isResting: boolean, ...hooks: number[]) =>
        subject.target.worker('instrumentRest', { hooks, isResting });
      const conditions = () =>
        subject.ask(
          'Object.getOwnPropertyNames(globalThis).filter((name) => name.startsWith("$remora")).length',
        );
      const pending = subject.spec(SHAPES, 'hidden', {
        plan: [{ by: 'scope-entry', binding: { name: 'hidden', kind: 'function', isTop: true } }],
      });
      const last = subject.spec(ODD, 'Account#covers', { plan: [{ by: 'breakpoint' }] });
      assert.equal((await subject.hook(pending)).state, 'pending');
      assert.equal((await subject.hook(last)).state, 'installed');
      assert.equal(await conditions(), 1);
      await rest(true, pending.hook, last.hook);
      assert.equal(await conditions(), 0);
      assert.equal(await subject.ask('t.shapes.throughHidden(1)'), 2);
      assert.equal(await subject.ask('new t.odd.Account().withdraw(30)'), 70);
      await rest(false, pending.hook, last.hook);
      assert.equal(await conditions(), 1);
      assert.equal(await subject.ask('t.shapes.throughHidden(1)'), 2);
      await subject.state(pending.hook, 'installed');
      // Put to rest and taken away: nothing is disarmed twice.
      await rest(true, last.hook);
      await subject.unhook(last.hook);
      await subject.unhook(pending.hook);
      assert.equal(await conditions(), 0);
      assert.equal(await subject.ask('t.shapes.throughHidden(1)'), 2);
    });

    it(`Node ${node}: two hooks of one place do not disturb one another`, async (t) => {
      const subject = await Subject.start(t, node, HELD);
      const first = subject.spec(ODD, 'Account#covers', { plan: [{ by: 'breakpoint' }] });
      const second = subject.spec(ODD, 'Account#covers', { plan: [{ by: 'breakpoint' }] });
      assert.equal((await subject.hook(first)).state, 'installed');
      assert.equal((await subject.hook(second)).state, 'installed');
      assert.equal(await subject.ask('new t.odd.Account().withdraw(30)'), 70);
      await subject.unhook(first.hook);
      assert.equal(await subject.ask('new t.odd.Account().withdraw(30)'), 70);
      await subject.unhook(second.hook);
    });
  }
});
