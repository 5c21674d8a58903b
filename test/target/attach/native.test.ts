import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setLimit } from '../../../src/base/index.js';
import { eventually, listeningPorts, nodeMajors } from '../../support/index.js';
import {
  assertLetGo,
  assertPortClosed,
  get,
  newTargets,
  pidByMain,
  rejection,
  subject,
} from './attaching.js';

describe('a main thread in native code', { concurrency: 8 }, () => {
  before(() => setLimit('target-let-go-wait=1500'));
  after(() => setLimit('target-let-go-wait=5000'));
  for (const node of nodeMajors) {
    it(`Node ${node}: attached to when it returns within the wait`, async (t) => {
      const process = await subject(t, node, { file: 'blocked-loop.cjs' });
      const targets = newTargets(t);
      process.write('block exec 1.5');
      await process.waitFor('blocked exec');
      const target = await targets.attach(String(process.pid));
      await process.waitFor('unblocked exec');
      assert.equal(target.channel, 'worker');
      assert.equal(await pidByMain(target), process.pid);
      await sleep(300);
      await assertPortClosed(process);
      await target.letGo('done');
      await assertLetGo(process);
    });

    it(`Node ${node}: let go while it is in native code takes a bounded time`, async (t) => {
      const process = await subject(t, node, { file: 'blocked-loop.cjs' });
      const targets = newTargets(t);
      const target = await targets.attach(String(process.pid));
      process.write('block exec 4.5');
      await process.waitFor('blocked exec');
      await target.letGo('done');
      assert.doesNotMatch(process.stdout(), /unblocked/);
      await process.waitFor('unblocked exec', 20_000);
      await assertLetGo(process);
    });
  }
});

describe('a main thread in native code for longer than attach waits', { concurrency: 4 }, () => {
  // The limit is the process's own: set once for all that run side by side.
  before(() => setLimit('attach-signal-wait=800'));
  after(() => setLimit('attach-signal-wait=5000'));
  for (const node of nodeMajors) {
    it(`Node ${node}: refused, never signalled twice, closed when it opens late`, async (t) => {
      const process = await subject(t, node, { file: 'blocked-loop.cjs' });
      const targets = newTargets(t);
      process.write('block exec 4');
      await process.waitFor('blocked exec');
      const error = await rejection(targets.attach(String(process.pid)), 'no-inspector');
      assert.match(error.message, /native code/);
      await rejection(targets.attach(String(process.pid)), 'signalled-before');
      await process.waitFor('unblocked exec', 20_000);
      await process.waitFor('Debugger listening');
      await eventually(() => listeningPorts(process.pid).length === 1, {
        what: 'the late inspector to be closed',
        intervalMs: 200,
      });
      assert.equal(process.stderr().match(/Debugger listening/g)?.length, 1, 'one signal, one opening');
      assert.equal(await get(process.port), 'free\n');
      const target = await eventually(() => targets.attach(String(process.pid)), {
        what: 'an attach to work again',
      });
      await target.letGo('done');
      await assertLetGo(process);
    });
  }
});
