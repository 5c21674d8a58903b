import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  eventually,
  listeningPorts,
  nodeMajors,
  type SpawnedTarget,
  spawnTarget,
} from '../../support/index.js';
import { AgentRefusal, startAgent } from './agentProcess.js';
import { assertLetGo, settledThreads, type TestLike } from './attaching.js';
import { canIsolate, outputOf, ownNetwork } from './networks.js';

interface AttachAnswer {
  readonly channel: string;
  readonly notices: readonly string[];
}

function isRefused(code: string, message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof AgentRefusal, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    return true;
  };
}

/** A signal would have made Node say that it cannot open its inspector. */
async function assertNotSignalled(target: SpawnedTarget): Promise<void> {
  await sleep(200);
  assert.equal(target.stderr(), '');
}

/** Somebody else's program on a port, in the given network. */
async function stranger(t: TestLike, network: readonly string[], port: number): Promise<ChildProcess> {
  const [command = '', ...args] = [
    ...network,
    process.execPath,
    '-e',
    `require('net').createServer((socket) => socket.destroy()).listen(${port}, '127.0.0.1', () => console.log('there'))`,
  ];
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => void child.kill('SIGKILL'));
  await outputOf(child, 'there');
  return child;
}

describe('the default inspector port', {
  concurrency: 3,
  skip: !canIsolate && 'needs network namespaces',
}, () => {
  for (const node of nodeMajors) {
    it(`Node ${node}: 9229 is held by another Node with --inspect`, async (t) => {
      const wrapper = await ownNetwork(t);
      const holder = await spawnTarget({ node, file: 'idle.cjs', nodeArgs: ['--inspect'], wrapper, test: t });
      const target = await spawnTarget({ node, file: 'idle.cjs', wrapper, test: t });
      const agent = await startAgent(t, { wrapper });
      await assert.rejects(
        agent.ask('attach', { pid: target.pid }),
        isRefused('inspector-port-taken', new RegExp(`9229.*(node|MainThread).*pid ${holder.pid}`)),
      );
      await assertNotSignalled(target);
      assert.equal((await agent.ask<AttachAnswer>('attach', { pid: holder.pid })).channel, 'worker');
      await holder.stop();
      const threads = await settledThreads(target.pid);
      assert.equal((await agent.ask<AttachAnswer>('attach', { pid: target.pid })).channel, 'worker');
      await agent.ask('letGo', { pid: target.pid });
      await assertLetGo(Object.assign(target, { threads }));
    });

    it(`Node ${node}: 9229 is held by a stranger`, async (t) => {
      const wrapper = await ownNetwork(t);
      const target = await spawnTarget({ node, file: 'idle.cjs', wrapper, test: t });
      const agent = await startAgent(t, { wrapper });
      const holder = await stranger(t, wrapper, 9229);
      await assert.rejects(
        agent.ask('attach', { pid: target.pid }),
        isRefused('inspector-port-taken', new RegExp(`9229.*pid ${holder.pid}`)),
      );
      await assertNotSignalled(target);
      holder.kill('SIGKILL');
      await eventually(() => agent.ask<AttachAnswer>('attach', { pid: target.pid }), {
        what: 'the attach to work once the port is free',
      });
    });

    it(`Node ${node}: three targets at once want 9229, from two agents`, async (t) => {
      const wrapper = await ownNetwork(t);
      const targets = await Promise.all(
        [1, 2, 3].map(() => spawnTarget({ node, file: 'idle.cjs', wrapper, test: t })),
      );
      const [one, two] = await Promise.all([startAgent(t, { wrapper }), startAgent(t, { wrapper })]);
      const agents = [one, two, one];
      const answers = await Promise.all(
        targets.map((target, index) => agents[index]?.ask<AttachAnswer>('attach', { pid: target.pid })),
      );
      assert.deepEqual(
        answers.map((answer) => answer?.channel),
        ['worker', 'worker', 'worker'],
      );
      for (const target of targets) assert.deepEqual(listeningPorts(target.pid), [target.port]);
      const facts = await Promise.all(
        targets.map((target, index) => agents[index]?.ask<{ pid: number }>('main', { pid: target.pid })),
      );
      assert.deepEqual(
        facts.map((fact) => fact?.pid),
        targets.map((target) => target.pid),
      );
    });
  }
});
