import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, type SpawnedTarget, spawnTarget, threadCount } from '../support/index.js';
import { startTestAgent, type TestAgent } from './support/agent.js';
import { type Home, makeHome, noTerminal, runCli, TerminalRun } from './support/cli.js';

interface Test {
  after(fn: () => Promise<void> | void): void;
}

const CTRL_C = '\x03';
const CTRL_D = '\x04';

async function targetOf(t: Test): Promise<SpawnedTarget> {
  return spawnTarget({ file: 'idle.cjs', nodeArgs: ['--inspect-port=0'], test: t });
}

/** A prompt on a target, by an agent that has the tests' commands. */
async function prompted(
  t: Test,
  env: NodeJS.ProcessEnv = {},
): Promise<{ run: TerminalRun; home: Home; agent: TestAgent; target: SpawnedTarget; at: number }> {
  const home = makeHome(t);
  const agent = await startTestAgent(home, t);
  const target = await targetOf(t);
  const run = new TerminalRun(['attach', String(target.pid)], { home, env });
  const at = await run.sees(/\[remora@\S+ \d+\]\$ $/);
  return { run, home, agent, target, at };
}

describe('remora attach, at a terminal', { skip: noTerminal }, () => {
  it('says what attaching does, runs commands, keeps a private history, and leaves by Ctrl-D', async (t) => {
    const { run, home, target, at } = await prompted(t);
    assert.match(
      run.text,
      new RegExp(`Attaching to \\S+ \\(pid ${target.pid}\\): it will write\\s+"Debugger`),
    );
    assert.match(run.text, new RegExp(`Attached to \\S+ \\(pid ${target.pid}, Node `));
    assert.match(run.raw, /\x1b\[32m/, 'colours on a terminal');
    run.type('echo one\r');
    const next = await run.sees(/\none\n.*\$ $/s, at);
    run.type(' echo hidden\r');
    await run.sees(/\nhidden\n.*\$ $/s, next);
    run.type(CTRL_D);
    assert.equal((await run.end).code, 0);
    const history = join(home.state, 'history');
    assert.equal(readFileSync(history, 'utf8'), 'echo one\n');
    assert.equal(statSync(history).mode & 0o777, 0o600);
  });

  it('uses no colours with NO_COLOR', async (t) => {
    const { run } = await prompted(t, { NO_COLOR: '1' });
    assert.ok(!run.raw.includes('\x1b[32m'));
    run.type('exit\r');
    assert.equal((await run.end).code, 0);
  });

  it('completes commands, and lists choices with what they mean', async (t) => {
    const { run, at } = await prompted(t);
    run.type('vers\t');
    let seen = await run.sees('version ', at);
    run.type('\r');
    seen = await run.sees(/\d+\.\d+\.\d+-?\w*\n.*\$ $/s, seen);
    run.type('h\t');
    seen = await run.sees(/help +\S.*\nhistory +\S.*\n(?:.*\n)*.*\$ h$/s, seen);
    run.type('el\t');
    await run.sees(/elp $/, seen);
    run.type(CTRL_C);
    run.type('quit\r');
    assert.equal((await run.end).code, 0);
  });

  it('finds the lines of the last time', async (t) => {
    const { run, home, target, at } = await prompted(t);
    run.type('echo remembered\r');
    await run.sees(/\nremembered\n.*\$ $/s, at);
    run.type('quit\r');
    await run.end;
    const again = new TerminalRun(['attach', String(target.pid)], { home });
    const from = await again.sees(/\$ $/);
    again.type('\x1b[A');
    const up = await again.sees('echo remembered', from);
    again.type('\r');
    await again.sees('\nremembered\n', up);
    again.type('quit\r');
    assert.equal((await again.end).code, 0);
  });

  it('interrupts a job by Ctrl-C and goes on', async (t) => {
    const { run, agent, at } = await prompted(t);
    run.type('tick -i 30\r');
    let seen = await run.sees(/number +3/, at);
    run.type(CTRL_C);
    seen = await run.sees(/\^C\n(?:.*\n)*\[.*\$ $/, seen);
    assert.ok(agent.store.services.jobs().every((job) => job.status !== 'RUNNING'));
    run.type('echo after\r');
    await run.sees(/\nafter\n.*\$ $/s, seen);
    run.type('quit\r');
    assert.equal((await run.end).code, 0);
  });

  it('clears the line by Ctrl-C, and leaves by two on an empty one', async (t) => {
    const { run, at } = await prompted(t);
    run.type('echo never');
    let seen = await run.sees('echo never', at);
    run.type(CTRL_C);
    seen = await run.sees(/\^C\n.*\$ $/s, seen);
    run.type(CTRL_C);
    await run.sees('Ctrl-C again leaves', seen);
    run.type(CTRL_C);
    assert.equal((await run.end).code, 0);
    assert.ok(!run.text.includes('\nnever'));
  });

  it('leaves at once by two Ctrl-C while a job does not end', async (t) => {
    const { run, at } = await prompted(t);
    run.type('deaf\r');
    await run.sees('deaf\n', at);
    await sleep(500);
    run.type(CTRL_C);
    await sleep(200);
    run.type(CTRL_C);
    assert.equal((await run.end).code, 130);
  });

  it('prints what a background job gives above the line being typed', async (t) => {
    const { run, at } = await prompted(t);
    run.type('timed -n 3 -i 400 &\r');
    const seen = await run.sees(/\$ $/, at + 5);
    run.type('echo typ');
    await run.sees(/Process ends after 3 time\(s\)\.\n.*\$ echo typ$/s, seen);
    run.type('ed\r');
    await run.sees('\ntyped\n', seen);
    run.type('quit\r');
    assert.equal((await run.end).code, 0);
  });

  it('runs lines that were pasted together, in order', async (t) => {
    const { run, at } = await prompted(t);
    run.type('echo first\recho second\recho third\r');
    await run.sees(/\nfirst\n(?:.*\n)*second\n(?:.*\n)*third\n/, at);
    run.type('quit\r');
    assert.equal((await run.end).code, 0);
  });

  it('runs what was typed while a job ran, after it', async (t) => {
    const { run, at } = await prompted(t);
    run.type('timed -n 2 -i 600\r');
    const seen = await run.sees(/number +1/, at);
    run.type('echo later\r');
    await run.sees(/Process ends after 2 time\(s\)\.\n(?:.*\n)*later\n/, seen);
    run.type('quit\r');
    assert.equal((await run.end).code, 0);
  });

  it('says that the session is over when the agent goes', async (t) => {
    const { run, agent, at } = await prompted(t);
    await agent.close();
    await run.sees(/agent|session/, at);
    assert.equal((await run.end).code, 2);
  });

  it('lets go at once by stop', async (t) => {
    const { run, target, agent } = await prompted(t);
    run.type('stop\r');
    assert.equal((await run.end).code, 0);
    assert.ok(!agent.targets.isTarget(target.pid));
  });
});

describe('remora attach, serving itself', { skip: noTerminal }, () => {
  it('lets go when its terminal goes away', async (t) => {
    const home = makeHome(t);
    const target = await targetOf(t);
    const threads = threadCount(target.pid);
    const run = new TerminalRun(['attach', String(target.pid)], { home });
    await run.sees(/\$ $/);
    assert.ok(threadCount(target.pid) > threads);
    run.hangUp();
    await run.end;
    await eventually(() => threadCount(target.pid) <= threads, {
      what: 'the Worker to be gone',
      timeoutMs: 8000,
    });
  });

  it('is shared by a second one on the same process', async (t) => {
    const home = makeHome(t);
    const target = await targetOf(t);
    const run = new TerminalRun(['attach', String(target.pid)], { home });
    await run.sees(/\$ $/);
    const second = await runCli(['attach', String(target.pid), '-c', 'echo shared'], { home });
    assert.equal(second.code, 0, second.stderr);
    assert.equal(second.stdout, 'shared\n');
    run.type('quit\r');
    assert.equal((await run.end).code, 0);
  });
});

describe('remora without arguments, at a terminal', { skip: noTerminal }, () => {
  it('lets one choose by number, and says what a wrong one is', async (t) => {
    const home = makeHome(t);
    const target = await targetOf(t);
    const run = new TerminalRun([], { home });
    let seen = await run.sees(/Found these Node\.js processes, please choose one/);
    seen = await run.sees(new RegExp(`\\[ *\\d+\\]: +${target.pid} `));
    const number = new RegExp(`\\[ *(\\d+)\\]: +${target.pid} `).exec(run.text)?.[1];
    assert.match(run.text, /^\* \[ *1\]:/m);
    run.type('999\r');
    seen = await run.sees('Please select an available number', seen);
    run.type('shop\r');
    seen = await run.sees('Please input an integer', seen);
    run.type(`${number}\r`);
    await run.sees(new RegExp(`remora@\\S+ ${target.pid}\\]\\$ $`), seen);
    run.type(CTRL_D);
    assert.equal((await run.end).code, 0);
  });

  it('attaches nothing when it is left without a choice', async (t) => {
    const home = makeHome(t);
    const target = await targetOf(t);
    const run = new TerminalRun([], { home });
    await run.sees(/please choose one(?:.*\n)+/);
    await sleep(300);
    run.type(CTRL_C);
    assert.equal((await run.end).code, 130);
    assert.equal(target.stderr(), '');
  });
});
