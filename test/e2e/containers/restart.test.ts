/** A container that was launched outlives the agent, and the next agent has it again: output, input, exit code. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, isAlive } from '../../support/index.js';
import { AgentUnderTest } from './support.js';

describe('kill -9 of the agent', () => {
  it('a container goes on, is listed, attached to, and ends with its exit code', async (t) => {
    const agent = await AgentUnderTest.start(t);
    const flag = join(agent.home.state, 'end-now');
    const script = `i=0; while [ ! -e '${flag}' ]; do i=$((i+1)); echo "tick $i"; echo "err $i" >&2; sleep 0.05; done; exit 9`;
    await agent.cli(['run', '-d', '-i', '--name', 'clock', 'sh', '-c', script]);
    const before = (await agent.client().list())[0];
    await agent.crashAndRestart();
    const after = (await agent.client().list())[0];
    assert.equal(after?.id, 'clock');
    assert.equal(after?.state, 'running');
    assert.equal(after?.pid, before?.pid);
    assert.ok(isAlive(before?.pid ?? 0));
    assert.match((await agent.cli(['ps'])).stdout, /^clock +running/m);

    const run = agent.startCli(['attach', '--no-stdin', 'clock']);
    await run.waitFor(/tick \d+\n/);
    await run.waitFor(/err \d+\n/);
    writeFileSync(flag, '');
    const { code, stdout, stderr } = await run.end;
    assert.equal(code, 9);
    const ticks = [...stdout.matchAll(/tick (\d+)/g)].map(([, each]) => Number(each));
    assert.deepEqual(
      ticks,
      ticks.map((_, index) => (ticks[0] ?? 0) + index),
      'no output is missing',
    );
    assert.match(stderr, /^err \d+$/m);
    assert.match((await agent.cli(['ps', '-a'])).stdout, /^clock +exited 9/m);
  });

  it('input goes on too', async (t) => {
    const agent = await AgentUnderTest.start(t);
    await agent.cli(['run', '-d', '-i', '--name', 'echo', 'cat']);
    await agent.crashAndRestart();
    const run = await agent.cli(['attach', 'echo'], 'after the crash\n');
    assert.deepEqual([run.code, run.stdout], [0, 'after the crash\n']);
  });

  it('one with a terminal can be come back to', async (t) => {
    const agent = await AgentUnderTest.start(t);
    const run = agent.pty(['run', '-it', '--name', 'shell', '-e', 'PS1=# ', 'sh']);
    const at = await run.sees('# ');
    run.type('KEPT=1\r');
    await run.sees('# ', at);
    await agent.crashAndRestart();
    assert.deepEqual(await run.ended(), { code: 125, restored: true });
    assert.match((await agent.cli(['ps'])).stdout, /^shell +running +\d+ +yes/m);
    const back = agent.pty(['attach', 'shell'], { columns: 99, rows: 33 });
    const prompted = () => {
      back.type('\r');
      return back.text.includes('# ');
    };
    await eventually(prompted, { what: 'the prompt', timeoutMs: 10_000, intervalMs: 200 });
    back.type('echo "kept $KEPT"; stty size\r');
    await back.sees(/kept 1\n/);
    await back.sees(/33 99\n/);
    back.type('exit 6\r');
    assert.deepEqual(await back.ended(), { code: 6, restored: true });
  });

  it('the exit code of one that ended while nobody was there is known', async (t) => {
    const agent = await AgentUnderTest.start(t);
    await agent.cli(['run', '-d', '--name', 'short', 'sh', '-c', 'sleep 0.5; exit 7']);
    await agent.cli(['run', '-d', '--name', 'shot', 'sh', '-c', 'sleep 0.5; kill -9 $$']);
    process.kill(agent.pid, 'SIGKILL');
    await sleep(1000);
    await agent.crashAndRestart();
    assert.equal((await agent.client().wait('short'))?.exitCode, 7);
    assert.equal((await agent.client().wait('shot'))?.exitCode, 137);
    const { stdout } = await agent.cli(['ps', '-a']);
    assert.match(stdout, /^short +exited 7/m);
    assert.match(stdout, /^shot +killed SIGKILL/m);
  });

  it('can be stopped by the next agent', async (t) => {
    const agent = await AgentUnderTest.start(t);
    await agent.cli(['run', '-d', '--name', 'long', 'sh', '-c', 'sleep 1000 & sleep 1001']);
    const pid = (await agent.client().list())[0]?.pid ?? 0;
    await agent.crashAndRestart();
    assert.equal((await agent.cli(['stop', '--time', '1', 'long'])).code, 0);
    assert.equal(isAlive(pid), false);
    assert.equal((await agent.cli(['rm', 'long'])).code, 0);
  });
});
