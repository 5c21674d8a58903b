import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HookSpec, Step } from '../../../src/probe/index.js';
import { eventually, nodeMajors, spawnTarget, threadCount } from '../../support/index.js';
import { startAgent } from '../attach/agentProcess.js';
import { Subject } from './hooking.js';

const SHAPES = 'reach/shapes.cjs';
const EXPORTS: Step = { by: 'exports' };

/** Everything that a hook could leave in the program. */
const TRACES = `JSON.stringify([
  t.shapes.price === t.same[0], t.shapes.Cart.prototype.total === t.same[1], t.shapes.hiddenItself() === t.same[2],
  t.shapes.fixedItself() === t.same[3], Object.getOwnPropertyNames(globalThis).filter((each) => each.includes("remora")).length,
  Object.getOwnPropertySymbols(globalThis).filter((each) => String(each).includes("remora")).length,
  t.shapes.throughHidden(1), t.shapes.throughFixed(1)])`;
const CLEAN = '[true,true,true,true,0,0,2,4]';
const REMEMBER =
  't.same = [t.shapes.price, t.shapes.Cart.prototype.total, t.shapes.hiddenItself(), t.shapes.fixedItself()], 0';

/** Of each kind one: a property, a prototype, a variable, a constant; one that waits, one by breakpoint. */
function specs(subject: Subject): HookSpec[] {
  const variable = (name: string, kind: 'function' | 'const'): Step => ({
    by: 'scope-entry',
    binding: { name, kind, isTop: true },
  });
  return [
    subject.spec(SHAPES, 'price', { plan: [EXPORTS] }),
    subject.spec(SHAPES, 'Cart.total', { plan: [EXPORTS] }),
    subject.spec(SHAPES, 'hidden', { plan: [variable('hidden', 'function')] }),
    subject.spec(SHAPES, 'fixed', { plan: [variable('fixed', 'const')] }),
    subject.spec(SHAPES, 'changing', { plan: [{ by: 'scope-entry' }] }),
    subject.spec(SHAPES, 'later', { plan: [{ by: 'breakpoint' }] }),
  ];
}

async function hookAll(subject: Subject): Promise<void> {
  await subject.ask(REMEMBER);
  const all = specs(subject);
  for (const spec of all) await subject.hook(spec);
  await subject.ask('t.shapes.throughHidden(1)');
  await subject.ask('t.shapes.throughFixed(1)');
  await subject.state(all[2]?.hook ?? 0, 'installed');
  await subject.state(all[3]?.hook ?? 0, 'installed');
}

describe('letting go of hooked functions', { concurrency: 4 }, () => {
  for (const node of nodeMajors) {
    it(`Node ${node}: letGo puts everything back, constants too, and the program ends by itself`, async (t) => {
      const subject = await Subject.start(t, node, 'reach/held.cjs');
      await hookAll(subject);
      assert.notEqual(await subject.ask(TRACES), CLEAN);
      await subject.target.letGo('done');
      assert.equal(await subject.ask(TRACES), CLEAN);
      subject.process.child.stdin?.end();
      assert.deepEqual(await subject.process.exited, { code: 0, signal: null });
    });

    it(`Node ${node}: kill -9 of the agent puts everything back`, async (t) => {
      const process = await spawnTarget({ node, file: 'reach/held.cjs', test: t });
      const threads = threadCount(process.pid);
      const agent = await startAgent(t);
      await agent.ask('attach', { pid: process.pid });
      const subject = await Subject.heldBy(agent, process);
      await hookAll(subject);
      assert.notEqual(await subject.ask(TRACES), CLEAN);
      await agent.kill();
      await eventually(async () => (await subject.ask(TRACES)) === CLEAN, {
        what: 'nothing to be left',
        timeoutMs: 8000,
      });
      await eventually(() => threadCount(process.pid) <= threads + 1, {
        what: 'our thread to be gone',
        timeoutMs: 8000,
      });
      process.child.stdin?.end();
      assert.deepEqual(await process.exited, { code: 0, signal: null });
    });

    it(`Node ${node}: a program that ends while its functions are hooked ends as ever`, async (t) => {
      const subject = await Subject.start(t, node, 'reach/held.cjs');
      await hookAll(subject);
      subject.process.write('process.exit(7)');
      assert.deepEqual(await subject.process.exited, { code: 7, signal: null });
    });

    it(`Node ${node}: a thread that is in native code meanwhile is put right when it comes back`, async (t) => {
      const subject = await Subject.start(t, node, 'reach/held.cjs');
      await hookAll(subject);
      subject.process.write(
        'require("node:child_process").execSync("sleep 1.2"), 0'.replace(
          'require',
          'process.mainModule.require',
        ),
      );
      await sleep(200);
      const started = performance.now();
      await subject.target.letGo('done');
      assert.ok(performance.now() - started < 6000);
      subject.skipAnswer();
      assert.equal(await subject.ask(TRACES), CLEAN);
    });

    it(`Node ${node}: a thread in a loop meanwhile is put right when that ends`, async (t) => {
      const subject = await Subject.start(t, node, 'reach/held.cjs');
      await hookAll(subject);
      subject.process.write(
        'for (const until = Date.now() + 2500; Date.now() < until; ) t.shapes.throughFixed(1)',
      );
      await sleep(200);
      const gone = subject.target.letGo('done');
      subject.skipAnswer();
      await gone;
      await eventually(async () => (await subject.ask(TRACES)) === CLEAN, { what: 'nothing to be left' });
    });

    it(`Node ${node}: a debugger statement of the program does not stop it`, async (t) => {
      const subject = await Subject.start(t, node, 'reach/held.cjs');
      await hookAll(subject);
      assert.equal(await subject.ask('(() => { debugger; return 5; })()'), 5);
    });
  }
});
