import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, nodeMajors, spawnTarget } from '../../support/index.js';
import { noOtherUser, startAgent } from './agentProcess.js';
import {
  assertLetGo,
  assertPortClosed,
  get,
  needsRoot,
  newTargets,
  pidByMain,
  rejection,
  subject,
} from './attaching.js';

describe('a target that must not be signalled', { concurrency: 4 }, () => {
  for (const node of nodeMajors) {
    it(`Node ${node}: the application has its own SIGUSR1 handler`, async (t) => {
      const process = await subject(t, node, { file: 'sigusr1-handler.cjs' });
      const targets = newTargets(t);
      for (const force of [false, true]) {
        const error = await rejection(targets.attach(String(process.pid), { force }), 'not-attachable');
        assert.match(error.message, /own SIGUSR1 handler/);
      }
      await sleep(200);
      assert.equal(await get(process.port), '0\n', 'its handler never ran');
      await assertPortClosed(process);
    });

    it(`Node ${node}: a handler was there and is gone, so that the signal would kill`, async (t) => {
      const process = await subject(t, node, { file: 'sigusr1-handler.cjs', args: ['removed'] });
      const targets = newTargets(t);
      for (const force of [false, true]) {
        const error = await rejection(targets.attach(String(process.pid), { force }), 'not-attachable');
        assert.match(error.message, /would kill/);
      }
      await sleep(200);
      assert.ok(isAlive(process.pid));
    });

    it(`Node ${node}: --no-signal, and an inspector that is closed`, async (t) => {
      const process = await subject(t, node);
      await rejection(newTargets(t).attach(String(process.pid), { noSignal: true }), 'not-attachable');
      assert.equal(process.stderr(), '');
    });
  }

  for (const node of [22, 24, 26] as const) {
    it(`Node ${node}: --disable-sigusr1`, async (t) => {
      const process = await subject(t, node, { nodeArgs: ['--disable-sigusr1'] });
      const error = await rejection(newTargets(t).attach(String(process.pid)), 'not-attachable');
      assert.match(error.message, /disable-sigusr1/);
      assert.doesNotMatch(process.stderr(), /Debugger/);
    });
  }
});

describe('the permission model', { concurrency: 4 }, () => {
  for (const node of nodeMajors) {
    const model = node === 20 ? '--experimental-permission' : '--permission';

    it(`Node ${node}: without the inspector it is refused`, async (t) => {
      const nodeArgs = [model, '--allow-fs-read=*', ...(node === 26 ? ['--allow-net'] : [])];
      const process = await subject(t, node, { nodeArgs });
      const error = await rejection(newTargets(t).attach(String(process.pid)), 'not-attachable');
      assert.match(error.message, /permission/);
      assert.doesNotMatch(process.stderr(), /Debugger listening/);
    });
  }

  for (const [node, allowed, channel, why] of [
    [24, ['--allow-inspector'], 'cdp', /allows no Worker/],
    [24, ['--allow-inspector', '--allow-worker'], 'cdp', /no folder/],
    [24, ['--allow-inspector', '--allow-worker', '--allow-fs-write=*'], 'worker', undefined],
    [26, ['--allow-inspector', '--allow-net'], 'cdp', /allows no Worker/],
    [26, ['--allow-inspector', '--allow-net', '--allow-worker'], 'cdp', /no folder/],
    [26, ['--allow-inspector', '--allow-net', '--allow-worker', '--allow-fs-write=*'], 'worker', undefined],
  ] as const) {
    it(`Node ${node}: ${allowed.join(' ')}: channel ${channel}`, async (t) => {
      const process = await subject(t, node, { nodeArgs: ['--permission', '--allow-fs-read=*', ...allowed] });
      const target = await newTargets(t).attach(String(process.pid));
      assert.equal(target.channel, channel);
      if (why) assert.match(target.notices.join('\n'), why);
      assert.equal(await pidByMain(target), process.pid);
      await target.letGo('done');
      await assertLetGo(process);
    });
  }
});

describe('worker threads in the target', { concurrency: 4 }, () => {
  for (const node of nodeMajors) {
    it(`Node ${node}: they go on, and stay when the probe goes`, async (t) => {
      const process = await subject(t, node, { file: 'workers.cjs' });
      const target = await newTargets(t).attach(String(process.pid));
      assert.equal(target.channel, 'worker');
      const done = async (): Promise<number> =>
        (JSON.parse(await get(process.port)) as { done: number }).done;
      const before = await done();
      await sleep(200);
      assert.ok((await done()) > before, 'the pool works while attached');
      await target.letGo('done');
      await assertLetGo(process);
      const after = await done();
      await sleep(200);
      assert.ok((await done()) > after, 'and afterwards');
    });
  }
});

describe('another user', { concurrency: 4, skip: needsRoot }, () => {
  const NOBODY = 65_534;
  for (const node of nodeMajors) {
    it(`Node ${node}: root attaches to a process of uid ${NOBODY}`, async (t) => {
      const process = await subject(t, node, { uid: NOBODY });
      const target = await newTargets(t).attach(String(process.pid));
      assert.equal(target.channel, 'worker');
      assert.equal(await pidByMain(target), process.pid);
      await target.letGo('done');
      await assertLetGo(process);
    });
  }

  it(`uid ${NOBODY} is refused a process of root, which hears nothing`, {
    skip: noOtherUser(),
  }, async (t) => {
    const process = await spawnTarget({ file: 'idle.cjs', test: t });
    const agent = await startAgent(t, { uid: NOBODY });
    await assert.rejects(agent.ask('attach', { pid: process.pid, force: true }), /root/);
    await assert.rejects(agent.ask('attach', { pid: process.pid }), /root/);
    await sleep(200);
    assert.equal(process.stderr(), '');
  });

  it(`uid ${NOBODY} attaches to a process of its own`, { skip: noOtherUser() }, async (t) => {
    const process = await subject(t, 22, { uid: NOBODY });
    const agent = await startAgent(t, { uid: NOBODY });
    const answer = await agent.ask<{ channel: string }>('attach', { pid: process.pid });
    assert.equal(answer.channel, 'worker');
    await agent.ask('letGo', { pid: process.pid });
    await assertLetGo(process);
  });
});
