import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { nodeMajors } from '../../support/index.js';
import { assertLetGo, assertPortClosed, get, newTargets, pidByMain, subject } from './attaching.js';

for (const node of nodeMajors) {
  describe(`a main thread that is blocked in JavaScript, Node ${node}`, { concurrency: 4 }, () => {
    for (const variant of ['tight', 'regex', 'atomics', 'microtasks']) {
      it(`${variant}: attached to inside, and the inspector stays closed when it ends`, async (t) => {
        const process = await subject(t, node, { file: 'blocked-loop.cjs' });
        const targets = newTargets(t);
        process.write(`block ${variant} 2`);
        await process.waitFor(`blocked ${variant}`);
        const target = await targets.attach(String(process.pid));
        assert.equal(target.channel, 'worker');
        await assertPortClosed(process);
        assert.equal(await pidByMain(target), process.pid);
        assert.doesNotMatch(process.stdout(), /unblocked/, 'all this happened while it was blocked');
        await process.waitFor(`unblocked ${variant}`, 20_000);
        await sleep(300);
        await assertPortClosed(process);
        assert.equal(await pidByMain(target), process.pid);
        await target.letGo('done');
        await assertLetGo(process);
        assert.equal(await get(process.port), 'free\n');
      });
    }

    it('tight: let go while it is blocked does not wait for the loop', async (t) => {
      const process = await subject(t, node, { file: 'blocked-loop.cjs' });
      const targets = newTargets(t);
      const target = await targets.attach(String(process.pid));
      process.write('block tight 4');
      await process.waitFor('blocked tight');
      await target.letGo('done');
      assert.doesNotMatch(process.stdout(), /unblocked/, 'let go inside the loop');
      await process.waitFor('unblocked tight', 20_000);
      await assertLetGo(process);
    });
  });
}
