import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Target, Targets } from '../../../src/target/index.js';
import { eventually, nodeMajors, type SpawnedTarget } from '../../support/index.js';
import {
  assertLetGo,
  assertPortClosed,
  get,
  newTargets,
  pidByMain,
  type Subject,
  subject,
} from './attaching.js';

/** How often a target has said that it was blocked, and that it is no more. */
function said(process: SpawnedTarget, word: string): number {
  return process.stdout().split(`\n${word}`).length - 1;
}

/** Waits until the block has ended. */
async function settle(process: SpawnedTarget, variant: string): Promise<void> {
  await eventually(() => said(process, `unblocked ${variant}`) === said(process, `blocked ${variant}`), {
    what: 'the block to end',
    timeoutMs: 40_000,
  });
}

/** Undefined when the block had ended before everything was done. */
async function attachWhileBlocked(
  targets: Targets,
  process: Subject,
  variant: string,
  seconds: number,
): Promise<Target | undefined> {
  const before = said(process, 'blocked');
  process.write(`block ${variant} ${seconds}`);
  await eventually(() => said(process, 'blocked') > before, {
    what: 'the block to begin',
    timeoutMs: 10_000,
  });
  const target = await targets.attach(String(process.pid));
  assert.equal(target.channel, 'worker');
  await assertPortClosed(process);
  assert.equal(await pidByMain(target), process.pid);
  if (said(process, 'unblocked') <= before) return target;
  await target.letGo('too late');
  return undefined;
}

describe('a main thread that is blocked in JavaScript', { concurrency: 6 }, () => {
  for (const node of nodeMajors) {
    for (const variant of ['tight', 'regex', 'atomics', 'microtasks']) {
      it(`Node ${node}, ${variant}: attached to inside, and the inspector stays closed when it ends`, async (t) => {
        const process = await subject(t, node, { file: 'blocked-loop.cjs' });
        const targets = newTargets(t);
        // On a machine out of breath the block may end before all is done: then once more with a longer one.
        let target = await attachWhileBlocked(targets, process, variant, 2);
        for (const seconds of [6, 20]) {
          if (target) break;
          await settle(process, variant);
          target = await attachWhileBlocked(targets, process, variant, seconds);
        }
        assert.ok(target, 'attached to, asked, and closed again while it was blocked');
        await settle(process, variant);
        await sleep(300);
        await assertPortClosed(process);
        assert.equal(await pidByMain(target), process.pid);
        await target.letGo('done');
        await assertLetGo(process);
        assert.equal(await get(process.port), 'free\n');
      });
    }

    it(`Node ${node}, tight: let go while it is blocked does not wait for the loop`, async (t) => {
      const process = await subject(t, node, { file: 'blocked-loop.cjs' });
      const targets = newTargets(t);
      const target = await targets.attach(String(process.pid));
      process.write('block tight 8');
      await process.waitFor('blocked tight');
      await target.letGo('done');
      assert.doesNotMatch(process.stdout(), /unblocked/, 'let go inside the loop');
      await process.waitFor('unblocked tight', 20_000);
      await assertLetGo(process);
    });
  }
});
