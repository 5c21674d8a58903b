import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, isAlive, listeningPorts, spawnTarget, threadCount } from '../support/index.js';
import { startTestAgent } from './support/agent.js';
import { type Home, makeHome, runCli, startCli } from './support/cli.js';

const SELF = String(process.pid);

function privateSockets({ runtime }: Home): string[] {
  return readdirSync(runtime).filter((name) => name.endsWith('.sock'));
}

describe('remora exec, with a running agent', () => {
  it('prints text, and notes on standard error only', async (t) => {
    const home = makeHome(t);
    await startTestAgent(home, t);
    assert.deepEqual(await runCli(['exec', SELF, 'echo hello'], { home }), {
      code: 0,
      stdout: 'hello\n',
      stderr: '',
    });
  });

  it('shows only what passes the pipes of the line', async (t) => {
    const home = makeHome(t);
    await startTestAgent(home, t);
    const run = async (line: string) => (await runCli(['exec', SELF, line], { home })).stdout;
    assert.equal(await run('echo hello | grep ell'), 'hello\n');
    assert.equal(await run('echo hello | grep nothing'), '');
    assert.match(await run('help | grep -e "^ *version"'), /^ *version [^\n]*\n$/);
    assert.match(await run('help | wc -l'), /^\d+\n$/);
  });

  it('ends with 1 when the command fails, its message on standard error', async (t) => {
    const home = makeHome(t);
    await startTestAgent(home, t);
    const { code, stdout, stderr } = await runCli(['exec', SELF, 'fail'], { home });
    assert.equal(code, 1);
    assert.equal(stdout, 'about to fail\n');
    assert.equal(stderr, 'it said no\n');
  });

  it('ends with 2 when there is no such command or process', async (t) => {
    const home = makeHome(t);
    await startTestAgent(home, t);
    const unknown = await runCli(['exec', SELF, 'nope'], { home });
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /nope: command not found/);
    const nobody = await runCli(['exec', '4999999', 'version'], { home });
    assert.equal(nobody.code, 2);
    assert.match(nobody.stderr, /4999999/);
  });

  it('--json prints the answer of the API, also of a failure', async (t) => {
    const home = makeHome(t);
    await startTestAgent(home, t);
    const good = await runCli(['exec', SELF, 'many -n 2', '--json'], { home });
    const answer = JSON.parse(good.stdout);
    assert.equal(answer.state, 'SUCCEEDED');
    assert.deepEqual(
      answer.body.results.map((result: { type: string }) => result.type),
      ['many', 'many', 'status'],
    );
    assert.equal(good.code, 0);
    assert.equal((await runCli(['exec', SELF, 'fail', '--json'], { home })).code, 1);
    const refused = await runCli(['exec', SELF, 'nope', '--json'], { home });
    assert.equal(JSON.parse(refused.stdout).state, 'FAILED');
    assert.equal(refused.code, 2);
  });

  it('--ndjson prints each result when it comes', async (t) => {
    const home = makeHome(t);
    await startTestAgent(home, t);
    const run = startCli(['exec', SELF, 'tick -i 50', '--ndjson'], { home });
    await run.waitFor('"number":3');
    run.child.kill('SIGINT');
    const { code, stdout } = await run.end;
    const results = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.equal(results.at(-1).type, 'status');
    assert.ok(results.every((result) => typeof result.type === 'string'));
    assert.equal(code, 130);
  });

  it('Ctrl-Z of the shell suspends the command before we stop; continued, it goes on', async (t) => {
    const home = makeHome(t);
    await startTestAgent(home, t);
    const run = startCli(['exec', SELF, 'tick -i 50', '--ndjson'], { home });
    const numbers = () =>
      run
        .stdout()
        .match(/(?<="number":)\d+/g)
        ?.map(Number) ?? [];
    await eventually(() => numbers().length > 2, { what: 'results' });
    run.child.kill('SIGTSTP');
    await eventually(() => /stopped: tick -i 50/.test(run.stdout()), { what: 'it to be suspended' });
    const before = numbers().length;
    const goesOn = () => {
      // Again and again: it may come before the stop.
      run.child.kill('SIGCONT');
      return numbers().length > before + 3;
    };
    await eventually(goesOn, { what: 'more results' });
    assert.deepEqual(
      numbers(),
      numbers().map((_, index) => index + 1),
    );
    run.child.kill('SIGINT');
    assert.equal((await run.end).code, 130);
  });

  for (const flag of ['--ndjson', '--json']) {
    it(`--timeout interrupts and ends with 124 (${flag})`, async (t) => {
      const home = makeHome(t);
      const agent = await startTestAgent(home, t);
      const { code, stdout } = await runCli(['exec', SELF, 'tick', '--timeout', '400', flag], { home });
      assert.equal(code, 124);
      assert.match(stdout, /"type":"tick"/);
      assert.ok(agent.store.services.jobs().every((job) => job.status !== 'RUNNING'));
    });
  }

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`interrupts the job and closes its session on ${signal}`, async (t) => {
      const home = makeHome(t);
      const agent = await startTestAgent(home, t);
      const run = startCli(['exec', SELF, 'tick'], { home });
      await run.waitFor(/number +2/);
      run.child.kill(signal);
      const { code } = await run.end;
      assert.equal(code, { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal]);
      assert.ok(agent.store.services.jobs().every((job) => job.status !== 'RUNNING'));
      assert.deepEqual(agent.store.services.sessions(), []);
    });
  }

  it('leaves at the second Ctrl-C, though the job does not hear the first', async (t) => {
    const home = makeHome(t);
    const agent = await startTestAgent(home, t);
    const run = startCli(['exec', SELF, 'deaf', '--json'], { home });
    const { services } = agent.store;
    await eventually(() => services.jobs().some(({ status }) => status === 'RUNNING'), {
      what: 'the job to run',
    });
    run.child.kill('SIGINT');
    await sleep(300);
    run.child.kill('SIGINT');
    assert.equal((await run.end).code, 130);
  });

  it('ends quietly when nobody reads any more', async (t) => {
    const home = makeHome(t);
    const agent = await startTestAgent(home, t);
    const run = startCli(['exec', SELF, 'tick -i 10'], { home });
    await run.waitFor(/number +3/);
    run.child.stdout?.destroy();
    const { code, stderr } = await run.end;
    assert.equal(code, 0);
    assert.equal(stderr, '');
    await eventually(() => agent.store.services.jobs().every((job) => job.status !== 'RUNNING'), {
      what: 'the job to end',
    });
  });

  it('loses nothing to a slow reader of a pipe', async (t) => {
    const home = makeHome(t);
    await startTestAgent(home, t);
    const run = startCli(['exec', SELF, 'big -n 300', '--ndjson'], { home });
    run.child.stdout?.pause();
    await sleep(1500);
    run.child.stdout?.resume();
    const { code, stdout } = await run.end;
    assert.equal(code, 0);
    assert.equal(
      stdout
        .trimEnd()
        .split('\n')
        .filter((line) => line.includes('"type":"big"')).length,
      300,
    );
  });
});

describe('remora exec, serving itself', () => {
  it('attaches for a command that needs it, lets go and leaves no socket', async (t) => {
    const home = makeHome(t);
    const target = await spawnTarget({ file: 'idle.cjs', nodeArgs: ['--inspect-port=0'], test: t });
    const threads = threadCount(target.pid);
    const { code, stderr } = await runCli(['attach', String(target.pid), '-c', 'session'], { home });
    assert.equal(code, 0, stderr);
    assert.match(target.stderr(), /Debugger listening/);
    await eventually(() => threadCount(target.pid) <= threads, { what: 'the Worker to be gone' });
    assert.deepEqual(
      listeningPorts(target.pid).filter((port) => port !== target.port),
      [],
    );
    assert.ok(isAlive(target.pid));
    assert.deepEqual(privateSockets(home), []);
  });

  it('attaches nothing for a command that needs no process', async (t) => {
    const home = makeHome(t);
    const target = await spawnTarget({ file: 'idle.cjs', test: t });
    const { code, stdout } = await runCli(['exec', String(target.pid), 'version'], { home });
    assert.equal(code, 0);
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
    assert.equal(target.stderr(), '');
  });

  it('removes what a killed one left', async (t) => {
    const home = makeHome(t);
    const killed = startCli(['attach', '1', '-c', 'version'], { home });
    await eventually(() => privateSockets(home).length === 1, {
      what: 'the private socket',
      timeoutMs: 10_000,
    });
    killed.child.kill('SIGKILL');
    await killed.end;
    await runCli(['ps', '--json'], { home });
    assert.deepEqual(privateSockets(home), []);
  });
});

describe('remora ps', () => {
  it('lists processes as text, JSON and names', async (t) => {
    const home = makeHome(t);
    const target = await spawnTarget({ file: 'idle.cjs', test: t });
    const json = await runCli(['ps', '--json'], { home });
    const found = JSON.parse(json.stdout).find((each: { pid: number }) => each.pid === target.pid);
    assert.equal(found.attachable, true);
    const text = await runCli(['ps'], { home });
    assert.match(
      text.stdout,
      /^ *PID +USER +NAME +NODE +UPTIME +CPU% +RSS +CONTAINER +INSPECTOR +ATTACHABLE\n/,
    );
    assert.match(text.stdout, new RegExp(`^ *${target.pid} .* yes$`, 'm'));
    assert.ok(!text.stdout.includes('\x1b'), 'no colours in a pipe');
    const names = await runCli(['ps', '--names'], { home });
    assert.ok(names.stdout.split('\n').includes(`${target.pid}\t${found.name}`));
    const narrow = await runCli(['ps'], { home, env: { COLUMNS: '60' } });
    for (const line of narrow.stdout.split('\n')) assert.ok(line.length <= 60, line);
  });
});
