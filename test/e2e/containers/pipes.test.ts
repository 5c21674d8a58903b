/** `remora container` without a terminal: pipes, exit codes, names, the whole life of a container. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { describe, it } from 'node:test';
import { MAIN } from '../../cli/support/cli.js';
import { eventually, isAlive } from '../../support/index.js';
import { AgentUnderTest } from './support.js';

describe('remora container run', () => {
  it('keeps standard output and error apart, loses nothing, and ends with the exit code', async (t) => {
    const agent = await AgentUnderTest.start(t);
    // The first write may come before anybody can have attached.
    for (let round = 0; round < 5; round++) {
      const { code, stdout, stderr } = await agent.cli([
        'run',
        '--',
        'sh',
        '-c',
        'echo out; echo err >&2; exit 10',
      ]);
      assert.equal(stdout, 'out\n');
      assert.equal(stderr, 'err\n');
      assert.equal(code, 10);
    }
    assert.equal((await agent.cli(['run', 'true'])).code, 0);
    assert.equal((await agent.cli(['run', 'sh', '-c', 'kill -9 $$'])).code, 137);
    assert.equal((await agent.cli(['run', 'sh', '-c', 'kill -15 $$'])).code, 143);
  });

  it('passes standard input on with -i, and its end without', async (t) => {
    const agent = await AgentUnderTest.start(t);
    const piped = await agent.cli(['run', '-i', 'cat'], 'one\ntwo\n');
    assert.deepEqual([piped.code, piped.stdout], [0, 'one\ntwo\n']);
    const closed = await agent.cli(['run', 'cat'], 'nobody reads this');
    assert.deepEqual([closed.code, closed.stdout], [0, '']);
    const detached = await agent.cli(['run', '-d', '--name', 'ends', 'cat']);
    assert.equal(detached.stdout, 'ends\n');
    assert.equal((await agent.client().wait('ends'))?.exitCode, 0);
  });

  it('passes the environment, and ends on SIGTERM together with its container', async (t) => {
    const agent = await AgentUnderTest.start(t);
    const told = await agent.cli([
      'run',
      '-e',
      'A=1',
      '-e',
      'B=x y',
      '-e',
      'HOME',
      '--',
      'sh',
      '-c',
      'echo "$A $B $HOME"',
    ]);
    assert.equal(told.stdout, `1 x y ${agent.home.env.HOME}\n`);
    const run = agent.startCli(['run', '--name', 'long', 'sh', '-c', 'echo begun; exec sleep 1000']);
    await run.waitFor('begun');
    run.child.kill('SIGTERM');
    assert.equal((await run.end).code, 143);
    assert.equal((await agent.client().wait('long'))?.exitCode, 143);
  });

  it('passes Ctrl-C on, and says a taken name', async (t) => {
    const agent = await AgentUnderTest.start(t);
    const run = agent.startCli([
      'run',
      '--name',
      'x',
      'sh',
      '-c',
      'trap "echo caught; exit 7" INT; echo begun; while :; do sleep 0.05; done',
    ]);
    await run.waitFor('begun');
    const taken = await agent.cli(['run', '--name', 'x', 'true']);
    assert.equal(taken.code, 125);
    assert.match(taken.stderr, /a container named x is there already\n.*remora container rm -f x/);
    run.child.kill('SIGINT');
    const { code, stdout } = await run.end;
    assert.deepEqual([code, stdout], [7, 'begun\ncaught\n']);
  });
});

describe('remora container exec', () => {
  it('runs in a running container: input, output, exit code, nothing left behind', async (t) => {
    const agent = await AgentUnderTest.start(t);
    await agent.cli(['run', '-d', '-e', 'FROM=parent', '--name', 'web', 'sleep', '1000']);
    const echo = await agent.cli(['exec', '-i', 'web', 'cat'], 'hi\n');
    assert.deepEqual([echo.code, echo.stdout, echo.stderr], [0, 'hi\n', '']);
    const both = await agent.cli(['exec', 'web', 'sh', '-c', 'echo $FROM; echo err >&2; exit 10']);
    assert.deepEqual([both.code, both.stdout, both.stderr], [10, 'parent\n', 'err\n']);
    assert.equal((await agent.cli(['exec', 'web', 'sh', '-c', 'kill -11 $$'])).code, 139);
    const missing = await agent.cli(['exec', 'web', 'no-such-program-here']);
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /no-such-program-here/);
    assert.deepEqual(
      (await agent.client().list()).map(({ id }) => id),
      ['web'],
    );
  });

  it('speaks JSON as well', async (t) => {
    const agent = await AgentUnderTest.start(t);
    await agent.cli(['run', '--encoding', 'json', '-d', '--name', 'web', 'sleep', '1000']);
    const echo = await agent.cli(
      ['exec', '--encoding', 'json', '-i', 'web', 'sh', '-c', 'cat; echo err >&2; exit 3'],
      'hi\n',
    );
    assert.deepEqual([echo.code, echo.stdout, echo.stderr], [3, 'hi\n', 'err\n']);
  });

  it('ends when the program does, whoever still feeds it', async (t) => {
    const agent = await AgentUnderTest.start(t);
    await agent.cli(['run', '-d', '--name', 'web', 'sleep', '1000']);
    const { env } = agent.home;
    const line = `yes | '${process.execPath}' '${MAIN}' c exec -i web head -n 2; echo "code $?"`;
    const shell = spawn('/bin/bash', ['-c', line], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    t.after(() => void shell.kill('SIGKILL'));
    let text = '';
    shell.stdout.on('data', (chunk) => {
      text += chunk;
    });
    await eventually(() => text.includes('code'), { timeoutMs: 15_000, what: 'the pipeline to end' });
    assert.equal(text, 'y\ny\ncode 0\n');
  });

  it('leaves when nobody reads its output, and takes the program along', async (t) => {
    const agent = await AgentUnderTest.start(t);
    await agent.cli(['run', '-d', '--name', 'web', 'sleep', '1000']);
    const line = `'${process.execPath}' '${MAIN}' c exec web sh -c 'echo $$; exec yes' | head -n 1`;
    const shell = spawn('/bin/bash', ['-c', line], {
      env: agent.home.env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => void shell.kill('SIGKILL'));
    let text = '';
    shell.stdout.on('data', (chunk) => {
      text += chunk;
    });
    await new Promise((resolve) => shell.once('close', resolve));
    const pid = Number(text);
    assert.ok(pid > 1, text);
    await eventually(() => !isAlive(pid), { timeoutMs: 3000, what: 'yes to end' });
  });

  it('says what is wrong with a container that is not there', async (t) => {
    const agent = await AgentUnderTest.start(t);
    const { code, stderr } = await agent.cli(['exec', 'nobody', 'true']);
    assert.equal(code, 125);
    assert.match(stderr, /nobody/);
  });
});

describe('remora container ps, stop, rm', () => {
  it('list, end and remove', async (t) => {
    const agent = await AgentUnderTest.start(t);
    assert.match((await agent.cli(['ps'])).stderr, /No container runs\. Start one/);
    await agent.cli(['run', '-d', '--name', 'web', 'sleep', '1000']);
    await agent.cli(['run', '-d', '--name', 'deaf', 'sh', '-c', 'trap "" TERM; while :; do sleep 0.1; done']);
    await agent.cli(['run', '-d', '--in', 'web', '--name', 'side', 'sleep', '1000']);
    await agent.cli(['run', '--name', 'job', 'sh', '-c', 'exit 3']);
    const { stdout } = await agent.cli(['ps']);
    assert.match(stdout, /^CONTAINER +STATE +PID +TTY +COMMAND +USER +AGE\n/);
    assert.match(stdout, /^web +running +\d+ +no +sleep 1000 +\S+ +\ds$/m);
    assert.match(stdout, /^web\.side +running/m);
    assert.doesNotMatch(stdout, /^job/m);
    assert.match((await agent.cli(['ps', '-a'])).stdout, /^job +exited 3/m);
    const all = JSON.parse((await agent.cli(['ps', '--json', '-a'])).stdout) as {
      id: string;
      pid?: number;
    }[];
    assert.deepEqual(
      all.map(({ id }) => id),
      ['deaf', 'job', 'web', 'web.side'],
    );
    assert.deepEqual((await agent.cli(['ps', '-q'])).stdout, 'deaf\nweb\nweb.side\n');

    const started = performance.now();
    assert.equal(
      (await agent.cli(['stop', '--time', '0.5', 'deaf', 'web'])).stdout.split('\n').sort().join(),
      ',deaf,web',
    );
    assert.ok(performance.now() - started < 8000);
    assert.match((await agent.cli(['ps', '-a'])).stdout, /^deaf +killed SIGKILL/m);
    assert.match((await agent.cli(['ps', '-a'])).stdout, /^web +killed SIGTERM/m);
    assert.equal((await agent.cli(['rm', 'deaf', 'web', 'job'])).code, 0);
    assert.equal((await agent.cli(['ps', '-a', '-q'])).stdout, '');
  });

  it('remove nothing that runs, unless told to', async (t) => {
    const agent = await AgentUnderTest.start(t);
    await agent.cli(['run', '-d', '--name', 'web', 'sleep', '1000']);
    const refused = await agent.cli(['rm', 'web']);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /still running\nStop it first, or use rm -f/);
    const several = await agent.cli(['rm', 'nobody', 'web']);
    assert.equal(several.code, 1);
    assert.match(several.stderr, /nobody: no container is named nobody/);
    assert.equal((await agent.cli(['rm', '-f', 'web'])).stdout, 'web\n');
    assert.equal((await agent.cli(['ps', '-a', '-q'])).stdout, '');
    const gone = await agent.cli(['stop', 'web']);
    assert.equal(gone.code, 2);
    assert.match(gone.stderr, /no container is named web/);
  });
});

describe('remora container logs', () => {
  it('prints what was written before anybody came, and goes on with -f', async (t) => {
    const agent = await AgentUnderTest.start(t);
    const script = 'echo one; echo bad >&2; read go; echo two; exit 4';
    await agent.cli(['run', '-d', '-i', '--name', 'job', 'sh', '-c', script]);
    await eventually(async () => (await agent.cli(['logs', 'job'])).stdout === 'one\n', {
      what: 'the first line',
    });
    assert.equal((await agent.cli(['logs', 'job'])).stderr, 'bad\n');
    const follow = agent.startCli(['logs', '-f', 'job']);
    await follow.waitFor('one');
    assert.equal((await agent.cli(['attach', 'job'], 'go\n')).code, 4);
    const { code, stdout, stderr } = await follow.end;
    assert.deepEqual([code, stdout, stderr], [0, 'one\ntwo\n', 'bad\n']);
  });

  it('are all that a container without streams has', async (t) => {
    const agent = await AgentUnderTest.start(t);
    await agent.cli(['run', '-d', '--name', 'job', 'sh', '-c', 'echo written; sleep 1000']);
    await eventually(async () => (await agent.cli(['logs', 'job'])).stdout === 'written\n', {
      what: 'the line',
    });
    const { code, stderr } = await agent.cli(['attach', 'job']);
    assert.equal(code, 125);
    assert.match(stderr, /without streams to attach to\nSee what it wrote by `remora container logs job`/);
    assert.match((await agent.cli(['logs', 'nobody'])).stderr, /no container is named nobody/);
  });
});

describe('an agent without containers', () => {
  it('is told from one with, and how to get one', async (t) => {
    const { makeHome, runCli, startCli } = await import('../../cli/support/cli.js');
    const home = makeHome(t);
    const run = startCli(['agent', '--allow', 'read,observe'], { home });
    t.after(() => void run.child.kill('SIGKILL'));
    await run.waitFor('agent.sock');
    for (const args of [
      ['c', 'ps'],
      ['c', 'run', 'true'],
      ['c', 'exec', 'web', 'true'],
    ]) {
      const { stderr, code } = await runCli(args, { home });
      assert.match(
        stderr,
        /does not let you use containers.*\n.*--allow read,observe,containers/,
        args.join(' '),
      );
      assert.notEqual(code, 0);
    }
  });
});
