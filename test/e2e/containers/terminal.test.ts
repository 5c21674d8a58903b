/** `remora container` on a real pseudoterminal. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, isAlive } from '../../support/index.js';
import { AgentUnderTest } from './support.js';

async function agentWithContainer(t: { after(fn: () => void): void }): Promise<AgentUnderTest> {
  const agent = await AgentUnderTest.start(t);
  assert.equal((await agent.cli(['run', '-d', '--name', 'web', 'sleep', '1000'])).code, 0);
  return agent;
}

/** A shell in the container that has shown its prompt. */
const SHELL = ['-e', 'PS1=# ', 'web', 'sh'];

describe('remora container exec -it', () => {
  it('is a shell in the container: prompt, size, resize, exit code, terminal restored', async (t) => {
    const agent = await agentWithContainer(t);
    const run = agent.pty(['exec', '-it', ...SHELL], { columns: 93, rows: 37 });
    await run.sees('# ');
    run.type('stty size\r');
    let at = await run.sees(/^37 93$/m);
    run.resize(101, 41);
    // The size follows at once, the shell reads it when asked.
    await eventually(
      async () => {
        run.type('stty size\r');
        at = await run.sees(/^\d+ \d+$/m, at, 1000);
        return /^41 101$/m.test(run.text);
      },
      { what: 'the new size inside', timeoutMs: 5000 },
    );
    run.type('echo $TERM; tty >/dev/null && echo a terminal\r');
    await run.sees(/^xterm-256color\n/m);
    await run.sees(/^a terminal$/m);
    run.type('exit 42\r');
    assert.deepEqual(await run.ended(), { code: 42, restored: true });
  });

  it('tells the program inside of a new size by its signal', async (t) => {
    const agent = await agentWithContainer(t);
    const script = 'trap "stty size; exit 5" WINCH; echo ready; while :; do sleep 0.05; done';
    const run = agent.pty(['exec', '-it', 'web', 'sh', '-c', script]);
    await run.sees('ready');
    run.resize(111, 55);
    await run.sees(/^55 111$/m);
    assert.deepEqual(await run.ended(), { code: 5, restored: true });
  });

  it('passes Ctrl-C, Ctrl-Z, Ctrl-\\ and Ctrl-D to the program, not to us', async (t) => {
    const agent = await agentWithContainer(t);
    const run = agent.pty(['exec', '-it', ...SHELL]);
    let at = await run.sees('# ');
    run.type('sleep 1000\r');
    at = await run.sees('sleep 1000', at);
    run.type('\x03');
    at = await run.sees('# ', at);
    run.type('echo code $?\r');
    at = await run.sees(/^code 130$/m, at);
    run.type('sh -c \'trap "echo quit seen" QUIT; echo set; while :; do sleep 0.05; done\'\r');
    at = await run.sees(/^set$/m, at);
    run.type('\x1c');
    at = await run.sees('quit seen', at);
    run.type('\x03');
    at = await run.sees('# ', at);
    run.type('\x04');
    const { restored } = await run.ended();
    assert.equal(restored, true);
  });

  it('leaves by the detach keys, and the session ends with it', async (t) => {
    const agent = await agentWithContainer(t);
    const run = agent.pty(['exec', '-it', ...SHELL]);
    let at = await run.sees('# ');
    run.type('echo pid $$\r');
    at = await run.sees(/^pid \d+$/m, at);
    const pid = Number(/^pid (\d+)$/m.exec(run.text)?.[1]);
    run.type('\x10\x11');
    assert.deepEqual(await run.ended(), { code: 0, restored: true });
    assert.match(run.text, /Left; what ran here ends with its connection/);
    await eventually(() => !isAlive(pid), { timeoutMs: 2000, what: 'the shell to end' });
  });

  it('takes other detach keys, and lets the usual ones through then', async (t) => {
    const agent = await agentWithContainer(t);
    const run = agent.pty([
      'exec',
      '-it',
      '--detach-keys',
      'ctrl-],q',
      'web',
      'sh',
      '-c',
      'stty raw -echo; echo on; od -An -tx1 -N 3',
    ]);
    await run.sees('on');
    run.type('\x10\x11x');
    await run.sees('10 11 78');
    const again = agent.pty(['exec', '-it', '--detach-keys', 'ctrl-],q', ...SHELL]);
    await again.sees('# ');
    again.type('\x1dq');
    assert.deepEqual(await again.ended(), { code: 0, restored: true });
  });

  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
    ['SIGQUIT', 131],
  ] as const) {
    it(`restores the terminal on ${signal}, and ends the session`, async (t) => {
      const agent = await agentWithContainer(t);
      const run = agent.pty(['exec', '-it', ...SHELL]);
      const at = await run.sees('# ');
      run.type('echo pid $$\r');
      await run.sees(/^pid \d+$/m, at);
      const pid = Number(/^pid (\d+)$/m.exec(run.text)?.[1]);
      const program = await run.programPid();
      process.kill(program, signal);
      // The first one is passed on, and the shell stays.
      if (signal === 'SIGINT') {
        await sleep(300);
        process.kill(program, signal);
      }
      const end = await run.ended();
      assert.deepEqual(end, { code, restored: true });
      await eventually(() => !isAlive(pid), { timeoutMs: 2000, what: 'the shell to end' });
    });
  }

  it('restores the terminal when it crashes, and when the agent is killed', async (t) => {
    const agent = await agentWithContainer(t);
    const run = agent.pty(['exec', '-it', ...SHELL]);
    await run.sees('# ');
    process.kill(agent.pid, 'SIGKILL');
    const { code, restored } = await run.ended();
    assert.equal(restored, true);
    assert.equal(code, 125);
    assert.match(run.text, /closed the connection/);
  });

  it('gives the terminal back while it is stopped', async (t) => {
    const agent = await agentWithContainer(t);
    const run = agent.pty(['exec', '-it', ...SHELL]);
    let at = await run.sees('# ');
    const pid = await run.programPid();
    process.kill(pid, 'SIGTSTP');
    await eventually(() => /^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')), {
      what: 'it to stop',
    });
    process.kill(pid, 'SIGCONT');
    run.type('echo back again\r');
    at = await run.sees(/^back again$/m, at);
    run.type('exit\r');
    assert.deepEqual(await run.ended(), { code: 0, restored: true });
  });
});

describe('remora container run -it, attach', () => {
  it('goes on after the detach keys, and can be come back to', async (t) => {
    const agent = await AgentUnderTest.start(t);
    const run = agent.pty(['run', '-it', '--name', 'shell', '-e', 'PS1=# ', 'sh'], { columns: 70, rows: 20 });
    let at = await run.sees('# ');
    run.type('stty size; X=kept\r');
    at = await run.sees(/^20 70$/m, at);
    run.type('\x10\x11');
    assert.deepEqual(await run.ended(), { code: 0, restored: true });
    assert.match(run.text, /shell goes on; remora container attach shell comes back/);

    const back = agent.pty(['attach', 'shell'], { columns: 66, rows: 22 });
    await eventually(
      () => {
        back.type('\r');
        return back.text.includes('# ');
      },
      { what: 'the prompt', timeoutMs: 10_000, intervalMs: 200 },
    );
    at = back.text.length;
    back.type('echo $X; stty size\r');
    at = await back.sees(/kept\n/, at);
    await back.sees(/22 66\n/);
    const other = await agent.cli(['attach', 'shell']);
    assert.equal(other.code, 125);
    assert.match(other.stderr, /needs a terminal on standard input here\n.*--no-stdin/);
    const second = agent.pty(['attach', 'shell']);
    assert.deepEqual(await second.ended(), { code: 125, restored: true });
    assert.match(second.text, /another client is writing.*\n.*--no-stdin/);
    const watcher = agent.startCli(['attach', '--no-stdin', 'shell']);
    const watches = () => {
      back.type(':\r');
      return watcher.stdout() !== '';
    };
    await eventually(watches, { what: 'the watcher to see something', timeoutMs: 10_000, intervalMs: 200 });
    back.type('echo both see this; exit 9\r');
    assert.deepEqual(await back.ended(), { code: 9, restored: true });
    const seen = await watcher.end;
    assert.equal(seen.code, 9, seen.stderr);
    assert.match(seen.stdout, /both see this/);
  });

  it('Ctrl-C leaves a container without a terminal that was attached to', async (t) => {
    const agent = await AgentUnderTest.start(t);
    await agent.cli([
      'run',
      '-d',
      '-i',
      '--name',
      'tick',
      'sh',
      '-c',
      'while :; do echo tick; sleep 0.1; done',
    ]);
    const run = agent.pty(['attach', 'tick']);
    await run.sees('tick\ntick');
    run.type('\x03');
    const { code, restored } = await run.ended();
    assert.deepEqual({ code, restored }, { code: 0, restored: true });
    assert.match(run.text, /Left; tick goes on/);
    assert.equal((await agent.client().list())[0]?.state, 'running');
  });
});
