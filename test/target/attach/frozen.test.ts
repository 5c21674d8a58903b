import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { kill } from 'node:process';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SignalMemory } from '../../../src/target/attach/signalMemory.js';
import { processStat } from '../../../src/target/find/index.js';
import { eventually, listeningPorts, nodeMajors } from '../../support/index.js';
import { startAgent } from './agentProcess.js';
import {
  assertLetGo,
  newTargets,
  pidByMain,
  probeFolders,
  signalled,
  subject,
  temporaryFolder,
} from './attaching.js';

/** After the signal: before the inspector is open, and while it is talked to or the probe starts. */
const DELAYS_MS = [0, 20];
const SHORT = [
  'probe-heartbeat=1000',
  'probe-call-timeout=600',
  'attach-worker-wait=600',
  'attach-signal-wait=1000',
];

describe('a target that is stopped in the middle of an attach', { concurrency: 5 }, () => {
  for (const node of nodeMajors) {
    it(`Node ${node}: for longer than the attach waits: all is undone once it goes on`, async (t) => {
      const temporary = temporaryFolder(t, 'tmp');
      const process = await subject(t, node, { env: { TMPDIR: temporary } });
      const folder = temporaryFolder(t, 'memory');
      const agent = await startAgent(t, { folder });
      for (const assignment of SHORT) await agent.ask('limit', { assignment });
      let failed = 0;
      for (const delay of DELAYS_MS) {
        const began = Date.now();
        const attach = agent.ask('attach', { pid: process.pid }).then(
          () => agent.ask('letGo', { pid: process.pid }),
          () => {
            failed += 1;
          },
        );
        await Promise.race([attach, signalled(folder, began)]);
        await sleep(delay);
        process.child.kill('SIGSTOP');
        await Promise.race([attach, sleep(1500)]);
        process.child.kill('SIGCONT');
        await attach;
        // What the signal asked for has all been done and undone.
        await eventually(() => readdirSync(join(folder, 'signalled')).length === 0, {
          what: 'the process to be forgotten',
          timeoutMs: 20_000,
        });
        await assertLetGo(process);
      }
      assert.deepEqual(listeningPorts(process.pid), [process.port]);
      assert.deepEqual(probeFolders(temporary), []);
      t.diagnostic(`${failed} of ${DELAYS_MS.length} attaches failed`);
      assert.equal(await pidByMain(await newTargets(t, { folder }).attach(String(process.pid))), process.pid);
    });
  }

  it('with an inspector left open: closed by the next agent once it goes on', async (t) => {
    const process = await subject(t, 22);
    const folder = temporaryFolder(t, 'left-open');
    const memory = new SignalMemory(join(folder, 'signalled'));
    const { startTicks = 0 } = processStat(process.pid) ?? {};
    memory.remember(process.pid, startTicks);
    kill(process.pid, 'SIGUSR1');
    await eventually(() => listeningPorts(process.pid).includes(process.inspectPort), {
      what: 'the inspector to open',
    });
    memory.opened(process.pid, startTicks, process.inspectPort);
    process.child.kill('SIGSTOP');
    // It does not answer: that is no proof that nothing is open.
    const targets = newTargets(t, { folder });
    assert.deepEqual(await targets.closeLeftInspectors(), []);
    await sleep(600);
    process.child.kill('SIGCONT');
    await assertLetGoSoon(process);
    await eventually(() => memory.note(process.pid, startTicks) === undefined, {
      what: 'the process to be forgotten',
      timeoutMs: 15_000,
    });
  });
});

async function assertLetGoSoon(process: Parameters<typeof assertLetGo>[0]): Promise<void> {
  await eventually(() => listeningPorts(process.pid).length === 1, {
    what: 'nothing to be open',
    timeoutMs: 10_000,
  });
  await assertLetGo(process);
}

describe('a target that is stopped before it has read who its agent is', () => {
  // Of all majors this one's event loop runs its timers first after a stop.
  it('Node 24: is kept', async (t) => {
    const process = await subject(t, 24);
    const write = Socket.prototype.write;
    let stopped = false;
    t.mock.method(Socket.prototype, 'write', function (this: Socket, ...args: Parameters<typeof write>) {
      if (!stopped && Buffer.isBuffer(args[0]) && args[0].includes('{"agent":"')) {
        stopped = true;
        process.child.kill('SIGSTOP');
      }
      return write.apply(this, args);
    });
    const target = await newTargets(t).attach(String(process.pid));
    assert.ok(stopped);
    await sleep(2500);
    process.child.kill('SIGCONT');
    assert.equal(await pidByMain(target), process.pid);
    await sleep(600);
    assert.equal(await pidByMain(target), process.pid);
    await target.letGo('done');
    await assertLetGo(process);
  });
});
