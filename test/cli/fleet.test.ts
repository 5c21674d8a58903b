import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { FleetClient } from '../../src/client/index.js';
import { startDaemon } from '../../src/daemon.js';
import {
  type CliEnd,
  type Home,
  makeHome,
  noTerminal,
  runCli,
  startCli,
  TerminalRun,
} from './support/cli.js';

type Test = { after(fn: () => Promise<void> | void): void };

interface Fleet {
  readonly home: Home;
  readonly client: FleetClient;
  run(...args: string[]): Promise<CliEnd>;
  given(input: string, ...args: string[]): Promise<CliEnd>;
}

/** `remora server` of a user of its own, and what that user can ask of it. */
async function startFleet(t: Test, ...flags: string[]): Promise<Fleet> {
  const home = makeHome(t);
  const server = startCli(['server', ...flags], { home });
  t.after(async () => {
    server.child.kill('SIGTERM');
    await server.end;
  });
  await server.waitFor('listens on');
  const client = new FleetClient({ socketPath: join(home.runtime, 'server.sock') });
  t.after(() => client.close());
  return {
    home,
    client,
    run: (...args) => runCli(args, { home }),
    given: (input, ...args) => runCli(args, { home, input }),
  };
}

const beat = (id: string, tags: Record<string, string> = {}) => ({
  id,
  type: 'ilogtail',
  version: '1.2.0',
  ip: '10.0.0.1',
  tags,
  status: 'good',
  startupTime: 100n,
});

describe('remora config, group, agents', () => {
  it('carry a config from a file to an agent and back', async (t) => {
    const { home, client, run, given } = await startFleet(t);
    const file = join(home.state, 'nginx.yaml');
    const text = 'inputs:\n  - a: \u00e9\n';
    writeFileSync(file, text);
    assert.deepEqual(
      await run('config', 'create', 'nginx', file, '--type', 'ilogtail', '--description', 'access logs'),
      {
        code: 0,
        stdout: 'Config nginx is made.\n',
        stderr: 'No agent has it yet: remora config apply nginx GROUP\n',
      },
    );
    assert.equal((await run('group', 'create', 'web', '--tag', 'role=web', '--tag', 'env=a=b')).code, 0);
    assert.equal(
      (await run('config', 'apply', 'nginx', 'web')).stdout,
      'Config nginx is applied to group web.\n',
    );
    assert.equal((await run('config', 'applied', 'web')).stdout, 'nginx\n');
    await client.heartbeat(beat('agent-1', { role: 'web' }));
    await client.heartbeat(beat('agent-2', { role: 'db' }));
    assert.deepEqual(await client.updates('agent-1', {}), [
      { name: 'nginx', status: 'NEW', version: 0n, content: text },
    ]);
    assert.equal((await run('config', 'show', 'nginx', '--content')).stdout, text);
    const agents = await run('agents', '--group', 'web');
    assert.match(
      agents.stdout,
      /^AGENT +TYPE +VERSION +IP +STATE +SEEN +CPU +MEMORY +TAGS\nagent-1 +ilogtail +1\.2\.0 +10\.0\.0\.1 +online +\d+s ago +- +- +role=web\n$/,
    );
    assert.equal((await given('changed\n', 'config', 'update', 'nginx', '-')).code, 0);
    const shown = JSON.parse((await run('config', 'show', 'nginx', '--json')).stdout) as object;
    assert.deepEqual(shown, {
      name: 'nginx',
      agentType: 'ilogtail',
      description: 'access logs',
      content: 'changed\n',
      groups: ['web'],
    });
    assert.equal((await run('config', 'update', 'nginx', '--description', 'more')).code, 0);
    assert.deepEqual(await client.updates('agent-1', { nginx: 0n }), [
      { name: 'nginx', status: 'MODIFIED', version: 2n, content: 'changed\n' },
    ]);
    assert.match(
      (await run('config', 'list')).stdout,
      /^NAME +TYPE +SIZE +GROUPS +DESCRIPTION\nnginx +ilogtail +8B +web +more\n$/,
    );
    assert.match((await run('group', 'list')).stdout, /\nweb +role=web, env=a=b +nginx +-\n$/);
    assert.match((await run('group', 'show', 'web')).stdout, /^Name +web\n[\s\S]*Agents +1, 1 online\n$/);
    assert.equal((await run('group', 'update', 'web', '--description', 'd')).code, 0);
    assert.deepEqual((await client.group('web')).tags.length, 2, 'tags stay');
    assert.equal((await run('group', 'update', 'web', '--no-tag')).code, 0);
    assert.deepEqual(await client.group('web'), { name: 'web', description: 'd', tags: [] });
    assert.equal((await run('config', 'remove', 'nginx', 'web')).code, 0);
    assert.equal((await run('config', 'delete', 'nginx')).stdout, 'Config nginx is deleted.\n');
    assert.equal((await run('group', 'delete', 'web', '--json')).stdout, '{\n  "deleted": "web"\n}\n');
  });

  it('name the way out of a refusal, and end with 1', async (t) => {
    const { run, given } = await startFleet(t);
    await given('x', 'config', 'create', 'c', '-');
    await run('group', 'create', 'g');
    for (const group of ['default', 'g']) await run('config', 'apply', 'c', group);
    const refused = async (...args: string[]) => {
      const { code, stdout, stderr } = await run(...args);
      assert.deepEqual([code, stdout], [1, ''], args.join(' '));
      return stderr;
    };
    assert.equal(
      await refused('config', 'delete', 'c'),
      'Config c was applied to some agent groups, cannot be deleted.\n' +
        'It is applied to default, g. First: remora config remove c default; remora config remove c g\n',
    );
    assert.equal(
      await refused('group', 'delete', 'g'),
      'Agent group g was applied to some configs, cannot be deleted.\nIt has c. First: remora config remove c g\n',
    );
    assert.match(
      await refused('config', 'show', 'nope'),
      /^Config nope doesn't exist\.\n.*remora config list/,
    );
    assert.match(
      await refused('group', 'show', 'nope'),
      /^Agent group nope doesn't exist\.\n.*remora group list/,
    );
    assert.match(await refused('agents', '--group', 'nope'), /^Agent group nope doesn't exist\./);
    assert.match(await refused('group', 'create', 'g'), /already exists\.\n.*remora group update/);
    assert.match(
      (await given('y', 'config', 'create', 'c', '-')).stderr,
      /already exists\.\n.*remora config update/,
    );
    assert.match(await refused('group', 'delete', 'default'), /^Cannot delete agent group 'default'\n/);
    assert.match(
      (await given('x', 'config', 'create', 'a/b', '-')).stderr,
      /^ConfigName cannot have '\/' or '@'/,
    );
  });

  it('show and bring back old versions', async (t) => {
    const { run, given } = await startFleet(t);
    await given('zero', 'config', 'create', 'c', '-', '--description', 'd0');
    await given('one', 'config', 'update', 'c', '-', '--description', 'd1');
    await run('config', 'delete', 'c');
    const history = (await run('config', 'history', 'c')).stdout
      .split('\n')
      .map((line) => line.trim().split(/ {2,}/));
    assert.deepEqual(
      history.slice(1, 4).map(([version, , , description]) => [version, description]),
      [
        ['0', 'd0'],
        ['1', 'd1'],
        ['2', '(deleted)'],
      ],
    );
    assert.equal((await run('config', 'show', 'c', '--of-version', '0', '--content')).stdout, 'zero');
    const absent = await run('config', 'show', 'c', '--of-version', '2');
    assert.deepEqual([absent.code, absent.stderr], [2, 'remora: config c has no version 2\nIt has 0, 1\n']);
    assert.equal((await run('config', 'history', 'nope')).code, 1);
    await given('three', 'config', 'create', 'c', '-');
    assert.equal((await run('config', 'update', 'c', '--to-version', '1')).code, 0);
    const { content, description } = JSON.parse(
      (await run('config', 'show', 'c', '--json')).stdout,
    ) as Record<string, string>;
    assert.deepEqual([content, description], ['one', 'd1']);
    assert.equal((await given('x', 'config', 'update', 'c', '-', '--to-version', '1')).code, 2);
    assert.match((await run('alarms', '-n', '0')).stderr, /Give a number, 1 to 1000/);
    assert.match((await run('alarms')).stderr, /^No alarm has been raised/);
  });

  it('refuse wrong use before they ask anybody, and end with 2', async (t) => {
    const { home, run, given } = await startFleet(t);
    const wrong = async (end: Promise<CliEnd>, text: RegExp) => {
      const { code, stderr } = await end;
      assert.equal(code, 2, stderr);
      assert.match(stderr, text);
    };
    await wrong(run('config', 'create', 'c', join(home.state, 'absent')), /absent cannot be read \(ENOENT\)/);
    await wrong(given('', 'config', 'create', 'c', '-'), /standard input is empty/);
    const binary = join(home.state, 'binary');
    writeFileSync(binary, Buffer.from([0xff, 0xfe]));
    await wrong(run('config', 'create', 'c', binary), /binary is no text in UTF-8/);
    await wrong(
      run('config', 'create', 'c'),
      /missing required argument 'file'[\s\S]*remora config create --help/,
    );
    await wrong(run('group', 'create', 'g', '--tag', 'env'), /Give NAME=VALUE/);
    await wrong(run('group', 'nothing'), /unknown command 'nothing'/);
    await wrong(run('agents', '--server', 'nowhere'), /'nowhere' is not the address/);
    await wrong(
      run('agents', '--server', 'http://127.0.0.1:1'),
      /nothing listens at http:\/\/127\.0\.0\.1:1/,
    );
    await wrong(run('agents', '--token-file', '/dev/null'), /empty|belongs|chmod/);
    const token = join(home.runtime, 'token');
    writeFileSync(token, 'a-secret', { mode: 0o600 });
    await wrong(run('agents', '--token-file', token), /--token-file is for a server that --server names/);
    assert.equal((await run('config', '--help')).code, 0);
    assert.match((await run('config', '--help')).stdout, /applied/);
    await wrong(
      runCli(['agents'], { home: makeHome(t) }),
      /no config server of this user is running\n.*remora up/,
    );
  });

  it('reach a server elsewhere with a token', async (t) => {
    const home = makeHome(t);
    const file = join(home.runtime, 'token');
    writeFileSync(file, 'viewer-secret\n');
    chmodSync(file, 0o600);
    const server = startCli(['server', '--listen', '127.0.0.1:0', '--token', `eve:viewer:${file}`], { home });
    t.after(async () => {
      server.child.kill('SIGTERM');
      await server.end;
    });
    await server.waitFor(/http:\/\/127\.0\.0\.1:\d+/);
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(server.stderr() + server.stdout())?.[0] ?? '';
    const other = makeHome(t);
    const run = (...args: string[]) => runCli([...args, '--server', url], { home: other });
    assert.match((await run('config', 'list', '--token-file', file)).stderr, /^There is no config\./);
    const refused = await run('group', 'create', 'g', '--token-file', file);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /eve has the role viewer, and this needs operator/);
    const unknown = await run('config', 'list');
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /wants credentials\nGive a token of that server/);
    chmodSync(file, 0o644);
    const open = await run('config', 'list', '--token-file', file);
    assert.equal(open.code, 2);
    assert.match(open.stderr, /chmod 600/);
  });

  it('find the server in `remora up`, on the socket of the agent', async (t) => {
    const home = makeHome(t);
    const state = process.env.XDG_STATE_HOME;
    process.env.XDG_STATE_HOME = join(home.state, '..');
    const daemon = await startDaemon({
      socketPath: home.socketPath,
      listen: [],
      trust: 'uid',
      tokens: [],
      hosts: [],
      insecure: false,
      log: { level: 'silent' },
      agent: { allow: ['read'] },
      server: { dataFolder: join(home.state, 'store') },
    });
    t.after(() => daemon.close('the test is over'));
    if (state === undefined) delete process.env.XDG_STATE_HOME;
    else process.env.XDG_STATE_HOME = state;
    assert.match((await runCli(['group', 'list'], { home })).stdout, /^NAME[\s\S]*\ndefault +every agent/);
  });

  it("show other people's text harmlessly, with colours on a terminal only", {
    skip: noTerminal,
  }, async (t) => {
    const { home, client, run } = await startFleet(t);
    await client.heartbeat({ ...beat('ok'), type: '\u001b[31mred', tags: { 'a\u001b]0;b': 'c\nd' } });
    await client.createConfig({ name: 'c', description: '\u001b[2Jgone', content: 'one\u001b[2J\ntwo' });
    const plain = await run('agents');
    assert.ok(!plain.stdout.includes('\u001b'), plain.stdout);
    assert.match(plain.stdout, /\\x1b\[31mred/);
    assert.equal(
      (await run('config', 'show', 'c', '--content')).stdout,
      'one\u001b[2J\ntwo',
      'a file gets it as it is',
    );
    const seen = new TerminalRun(['config', 'show', 'c', '--content'], { home });
    await seen.end;
    assert.match(seen.text, /one\\x1b\[2J\ntwo/);
    const table = new TerminalRun(['agents'], { home });
    await table.end;
    assert.ok(table.raw.includes('\u001b[32m'), 'online is green');
    assert.ok(readFileSync(join(home.state, 'audit.jsonl'), 'utf8').includes('fleet.CreateConfig'));
  });
});
