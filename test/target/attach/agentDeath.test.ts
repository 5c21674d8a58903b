import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, isAlive, listeningPorts, nodeMajors, threadCount } from '../../support/index.js';
import { startAgent } from './agentProcess.js';
import {
  assertLetGo,
  get,
  newTargets,
  pidByMain,
  probeFolders,
  rejection,
  signalled,
  subject,
  temporaryFolder,
} from './attaching.js';

/** What an application would see of us. */
const TRACES = `JSON.stringify([Object.getOwnPropertySymbols(globalThis).map(String).filter((name) => name.includes('remora')), require('node:inspector').url() ?? null])`;

function agentThatDies(): void {
  for (const node of nodeMajors) {
    it(`Node ${node}: kill -9: the target is clean within 10 s`, async (t) => {
      const temporary = temporaryFolder(t, 'tmp');
      const process = await subject(t, node, { file: 'commanded.cjs', env: { TMPDIR: temporary } });
      const agent = await startAgent(t);
      await agent.ask('attach', { pid: process.pid });
      assert.equal((await agent.ask<{ pid: number }>('main', { pid: process.pid })).pid, process.pid);
      assert.ok(threadCount(process.pid) > process.threads);
      await agent.kill();
      await assertLetGo(process);
      process.write(`console.log('traces', ${TRACES})`);
      await process.waitFor('traces [[],null]');
      assert.deepEqual(probeFolders(temporary), []);
      const target = await newTargets(t).attach(String(process.pid));
      assert.equal(await pidByMain(target), process.pid);
    });

    it(`Node ${node}: frozen by SIGSTOP: the probe ends by its heartbeat`, async (t) => {
      const process = await subject(t, node);
      const agent = await startAgent(t);
      await agent.ask('limit', { assignment: 'probe-heartbeat=1500' });
      await agent.ask('attach', { pid: process.pid });
      agent.signal('SIGSTOP');
      await assertLetGo(process);
      agent.signal('SIGCONT');
      await assert.rejects(agent.ask('main', { pid: process.pid }), /let go/);
    });

    it(`Node ${node}: a target that is frozen for longer than the heartbeat is kept`, async (t) => {
      const process = await subject(t, node);
      const agent = await startAgent(t);
      await agent.ask('limit', { assignment: 'probe-heartbeat=2000' });
      await agent.ask('attach', { pid: process.pid });
      process.child.kill('SIGSTOP');
      await sleep(3000);
      process.child.kill('SIGCONT');
      assert.equal((await agent.ask<{ pid: number }>('main', { pid: process.pid })).pid, process.pid);
      // Turns of the probe's timer later too.
      await sleep(600);
      assert.equal((await agent.ask<{ pid: number }>('main', { pid: process.pid })).pid, process.pid);
    });
  }

  for (const node of [24, 26] as const) {
    it(`Node ${node}: kill -9 with the inspector connection kept: undone, and its port closed`, async (t) => {
      const nodeArgs = [
        '--permission',
        '--allow-fs-read=*',
        '--allow-inspector',
        ...(node === 26 ? ['--allow-net'] : []),
      ];
      const process = await subject(t, node, { nodeArgs });
      const agent = await startAgent(t);
      await agent.ask('limit', { assignment: 'probe-heartbeat=1500' });
      assert.equal((await agent.ask<{ channel: string }>('attach', { pid: process.pid })).channel, 'cdp');
      assert.equal(listeningPorts(process.pid).length, 2);
      await agent.kill();
      await eventually(() => listeningPorts(process.pid).length === 1, {
        what: 'the inspector to be closed',
        timeoutMs: 10_000,
        intervalMs: 200,
      });
      const target = await newTargets(t).attach(String(process.pid));
      assert.equal(await pidByMain(target), process.pid);
    });
  }
}

const ROUNDS = 6;

function agentKilledInTheMiddle(): void {
  for (const node of nodeMajors) {
    it(`Node ${node}: at random moments: the next agent closes what was left`, async (t) => {
      const folder = temporaryFolder(t, 'memory');
      const temporary = temporaryFolder(t, 'tmp');
      const process = await subject(t, node, { file: 'commanded.cjs', env: { TMPDIR: temporary } });
      let left = 0;
      let agent = await startAgent(t, { folder });
      await agent.ask('limit', { assignment: 'probe-heartbeat=1000' });
      for (let round = 0; round < ROUNDS; round += 1) {
        const next = await startAgent(t, { folder });
        await next.ask('limit', { assignment: 'probe-heartbeat=1000' });
        const began = Date.now();
        const attach = agent.ask('attach', { pid: process.pid }).catch(() => undefined);
        // Every second time what comes before the signal is left out: on a busy machine it is most of an attach.
        if (round % 2 === 0) await sleep(Math.random() * 180);
        else await Promise.race([attach, signalled(folder, began).then(() => sleep(Math.random() * 60))]);
        await agent.kill();
        await attach;
        if (listeningPorts(process.pid).length > 1) left += 1;
        await next.ask('closeLeft');
        await eventually(() => listeningPorts(process.pid).length === 1, {
          what: `round ${round}: nothing to be open`,
          timeoutMs: 10_000,
          intervalMs: 200,
        });
        await eventually(() => next.ask('attach', { pid: process.pid }).then(() => true), {
          what: `round ${round}: a new attach`,
          timeoutMs: 15_000,
          intervalMs: 200,
        });
        await next.ask('letGo', { pid: process.pid });
        agent = next;
      }
      await agent.kill();
      await assertLetGo(process);
      assert.equal(await get(process.port), 'hello\n');
      assert.deepEqual(probeFolders(temporary), [], 'no socket folder is left');
      t.diagnostic(`${left} of ${ROUNDS} had left an inspector open`);
    });
  }
}

function secondAgent(): void {
  for (const node of nodeMajors) {
    it(`Node ${node}: is refused, naming the first`, async (t) => {
      const process = await subject(t, node);
      const first = await newTargets(t, { owner: 'the first agent, pid 1' }).attach(String(process.pid));
      const error = await rejection(newTargets(t).attach(String(process.pid)), 'already-attached');
      assert.match(error.message, /the first agent, pid 1/);
      assert.deepEqual(listeningPorts(process.pid), [process.port]);
      assert.equal(await pidByMain(first), process.pid, 'the first works on');
      await first.letGo('done');
      await assertLetGo(process);
      const second = await newTargets(t).attach(String(process.pid));
      assert.equal(await pidByMain(second), process.pid);
    });

    it(`Node ${node}: two at the same moment: one gets it`, async (t) => {
      const process = await subject(t, node);
      const [one, two] = await Promise.all([
        startAgent(t, { owner: 'agent one' }),
        startAgent(t, { owner: 'agent two' }),
      ]);
      const outcomes = await Promise.allSettled([
        one.ask('attach', { pid: process.pid }),
        two.ask('attach', { pid: process.pid }),
      ]);
      const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
      assert.equal(refused.length, 1, JSON.stringify(outcomes));
      assert.match(String(refused[0]?.reason), /held by another Remora: agent (one|two)/);
      assert.ok(isAlive(process.pid));
      assert.deepEqual(listeningPorts(process.pid), [process.port]);
    });
  }
}

describe('agents that come and go', { concurrency: 2 }, () => {
  describe('an agent killed in the middle of an attach', { concurrency: 4 }, agentKilledInTheMiddle);
  describe('an agent that dies', { concurrency: 4 }, agentThatDies);
  describe('a second agent', { concurrency: 4 }, secondAgent);
});
