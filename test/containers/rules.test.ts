/** The start rules of wire/mesos-agent.md 3.5: environment, argv, working directory, failures, limits. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isSecretName } from '../../src/base/index.js';
import type { CommandInfo, EnvironmentVariable } from '../../src/wire/index.js';
import { host, idOf, launchRoot, never, request, session, sh } from './support/host.js';

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function env(variables: Record<string, string>): CommandInfo['environment'] {
  return { variables: Object.entries(variables).map(([name, value]) => ({ name, value })) };
}

function lines(text: string): Record<string, string> {
  const pairs = text
    .split('\n')
    .filter(Boolean)
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const);
  const { REMORA_CONTAINER: _marker, ...rest } = Object.fromEntries(pairs);
  return rest;
}

/** Where no cgroup can be written a container carries one more variable, by which its processes are known. */
test("a container has its own environment, a default PATH and its sandbox, and nothing of the agent's", async (t) => {
  process.env.REMORA_LEAK = 'leaked';
  t.after(() => delete process.env.REMORA_LEAK);
  const { containers } = host(t);
  await launchRoot(containers);
  const command: CommandInfo = {
    value: 'env',
    shell: false,
    environment: env({ A: '1', B: "it's\n$x `y` \\" }),
  };
  await containers.launch(request('root.n', command));
  await containers.wait(idOf('root.n'), never);
  const view = containers.list().find(({ id }) => id.value === 'n');
  const text = readFileSync(join(view?.sandbox ?? '', 'stdout'), 'utf8');
  const expected = ['A=1', "B=it's\n$x `y` \\", `MESOS_SANDBOX=${view?.sandbox}`, `PATH=${DEFAULT_PATH}`];
  const seen = text.split('\n').filter((line) => !line.startsWith('REMORA_CONTAINER='));
  assert.deepEqual(seen.sort(), `${expected.join('\n')}\n`.split('\n').sort());
});

test("a session inherits its parent's final environment, sandbox variable and working directory", async (t) => {
  const { containers } = host(t);
  const parent = sh('exec sleep 1000', {
    environment: env({ KEPT: 'parent', CHANGED: 'parent', PATH: '/usr/bin:/bin' }),
  });
  await containers.launch(request('root', parent));
  const root = containers.list()[0];
  const command: CommandInfo = { value: 'env', shell: false, environment: env({ CHANGED: 'child' }) };
  const result = await session(containers, 'root.s', command);
  assert.deepEqual(lines(result.stdout), {
    KEPT: 'parent',
    CHANGED: 'child',
    PATH: '/usr/bin:/bin',
    MESOS_SANDBOX: root?.sandbox,
  });
  assert.equal(result.stderr, '');
  const pwd = await session(containers, 'root.p', sh('pwd'));
  assert.equal(pwd.stdout, `${root?.sandbox}\n`);
  const own = containers.list().find(({ id }) => id.value === 's')?.sandbox ?? '';
  assert.ok(own.startsWith(`${root?.sandbox}/containers/`), own);
  assert.equal(readFileSync(join(own, 'stdout'), 'utf8'), result.stdout, 'its own sandbox has its output');
});

test('names that a shell could not export, or would change itself, arrive too', async (t) => {
  const { containers } = host(t);
  await launchRoot(containers);
  const variables = {
    'with.dot': 'a',
    'with-dash': 'b c',
    PWD: '/given',
    found: 'f',
    folder: 'g',
    IFS: ',',
    go: 'h',
  };
  const result = await session(containers, 'root.s', {
    value: 'env',
    shell: false,
    environment: env(variables),
  });
  const { PATH: _path, MESOS_SANDBOX: _sandbox, ...rest } = lines(result.stdout);
  assert.deepEqual(rest, variables, result.stderr);
});

test('a variable that is given twice with different values is told, and the last one holds', async (t) => {
  const { containers } = host(t);
  await launchRoot(containers);
  const variables: EnvironmentVariable[] = [
    { name: 'X', value: '1' },
    { name: 'X', value: '2' },
    { name: 'Y', value: '1' },
    { name: 'Y', value: '1' },
  ];
  const result = await session(containers, 'root.s', sh('echo $X', { environment: { variables } }));
  assert.equal(result.stdout, '2\n');
  assert.equal(result.stderr, "Overwriting environment variable 'X'\n");
});

test('secrets of type VALUE become values; one that only refers is refused', async (t) => {
  const { containers } = host(t);
  await launchRoot(containers);
  const secret = {
    name: 'S',
    type: 'SECRET',
    secret: { type: 'VALUE', value: { data: Buffer.from('x y') } },
  } as const;
  const result = await session(
    containers,
    'root.s',
    sh('echo "$S"', { environment: { variables: [secret] } }),
  );
  assert.equal(result.stdout, 'x y\n');
  const refers = { name: 'S', type: 'SECRET', secret: { type: 'REFERENCE' } } as const;
  const launch = containers.launch(request('root.r', sh('true', { environment: { variables: [refers] } })));
  await assert.rejects(launch, { code: 'bad-container' });
});

test('argv is given exactly, argv[0] included', async (t) => {
  const { containers } = host(t);
  await launchRoot(containers);
  const odd = ['a b', "it's", '', '$HOME', '*', 'new\nline', '\\', '-n'];
  const node = process.execPath;
  const script = 'process.stdout.write(JSON.stringify([process.argv0, ...process.argv.slice(1)]))';
  const named = await session(containers, 'root.a', {
    value: node,
    shell: false,
    arguments: ['another name', '-e', script, '--', ...odd],
  });
  assert.deepEqual(JSON.parse(named.stdout), ['another name', ...odd]);
  const same = await session(containers, 'root.b', {
    value: 'printf',
    shell: false,
    arguments: ['printf', '%s|', ...odd],
  });
  assert.equal(same.stdout, `${odd.join('|')}|`);
  const shell = await session(containers, 'root.c', sh('echo "$0 $#"', { arguments: ['ignored', 'x'] }));
  assert.equal(shell.stdout, 'sh 0\n');
});

test('a relative program is looked up in the working directory, then in PATH', async (t) => {
  const { containers } = host(t);
  await launchRoot(containers);
  const sandbox = containers.list()[0]?.sandbox ?? '';
  writeFileSync(join(sandbox, 'own'), '#!/bin/sh\necho own\n', { mode: 0o755 });
  mkdirSync(join(sandbox, 'bin'));
  writeFileSync(join(sandbox, 'bin', 'deep'), '#!/bin/sh\necho "$0"\n', { mode: 0o755 });
  const run = async (name: string, value: string, more: Partial<CommandInfo> = {}) =>
    (await session(containers, `root.${name}`, { value, shell: false, ...more })).stdout;
  assert.equal(await run('a', 'own'), 'own\n');
  assert.equal(await run('b', 'bin/deep'), 'bin/deep\n');
  assert.equal(
    await run('c', 'deep', { environment: env({ PATH: `/nowhere:${sandbox}/bin` }) }),
    `${sandbox}/bin/deep\n`,
  );
});

test('what is wrong with a command is a line on its stderr and exit status 256', async (t) => {
  const { containers } = host(t);
  await launchRoot(containers);
  const sandbox = containers.list()[0]?.sandbox ?? '';
  writeFileSync(join(sandbox, 'plain'), 'x');
  const cases: [CommandInfo | undefined, string][] = [
    [undefined, 'Shell command is not specified\n'],
    [{}, 'Shell command is not specified\n'],
    [{ shell: false }, 'Executable path is not specified\n'],
    [{ shell: false, value: 'no such' }, "Failed to execute 'no such': No such file or directory\n"],
    [{ shell: false, value: './plain' }, "Failed to execute './plain': Permission denied\n"],
    [{ shell: false, value: '/tmp' }, "Failed to execute '/tmp': Permission denied\n"],
    [{ value: 'true', user: 'no-such-user' }, "Failed to get the uid of user 'no-such-user': No such user\n"],
  ];
  for (const [index, [command, line]] of cases.entries()) {
    const result = await session(containers, `root.f${index}`, command);
    assert.equal(result.stderr, line);
    assert.equal(result.termination?.exitStatus, 256, line);
    assert.equal(
      await containers.launch(request(`root.g${index}`, command)),
      'launched',
      'also without a session',
    );
    const ended = await containers.wait(idOf(`root.g${index}`), never);
    assert.equal(ended?.exitStatus, 256, line);
  }
});

test('resource limits are set', async (t) => {
  const { containers } = host(t);
  await launchRoot(containers);
  const container = {
    type: 'MESOS',
    rlimit_info: {
      rlimits: [
        { type: 'RLMT_NOFILE', soft: 77, hard: 99 },
        { type: 'RLMT_CORE', soft: 0, hard: 0 },
      ],
    },
  } as const;
  const result = await session(containers, 'root.s', sh('ulimit -Sn; ulimit -Hn; ulimit -c'), { container });
  assert.equal(result.stdout, '77\n99\n0\n', result.stderr);
  const bad = { type: 'MESOS', rlimit_info: { rlimits: [{ type: 'RLMT_NOFILE', soft: 1 }] } } as const;
  await assert.rejects(containers.launch(request('root.b', sh('true'), { container: bad })), {
    code: 'bad-container',
  });
});

test('what a plain process cannot be given is refused, not left out', async (t) => {
  const { containers } = host(t);
  await launchRoot(containers);
  const volume = { container_path: 'x', host_path: '/tmp', mode: 'RW' } as const;
  const launch = (id: string, container: object, debug: boolean, command = sh('true')) =>
    containers.launch(
      request(id, command, { class: debug ? 'debug' : 'default', container: container as { type: 'MESOS' } }),
    );
  await assert.rejects(launch('root.a', { type: 'DOCKER' }, false), {
    message: 'The provided ContainerInfo is not supported',
  });
  await assert.rejects(launch('root.b', { type: 'MESOS', volumes: [volume] }, true), {
    message: 'Volumes not supported for DEBUG containers',
  });
  await assert.rejects(launch('root.c', { type: 'MESOS', volumes: [volume] }, false), {
    code: 'bad-container',
  });
  await assert.rejects(launch('root.d', { type: 'MESOS', mesos: { image: {} } }, true), {
    message: "A 'rootfs' cannot be set for DEBUG containers",
  });
  await assert.rejects(launch('root.e', { type: 'MESOS', linux_info: { ipc_mode: 'PRIVATE' } }, true), {
    message: 'Private IPC mode is not supported for DEBUG containers',
  });
  await assert.rejects(
    launch('root.f', { type: 'MESOS' }, false, sh('true', { uris: [{ value: '/nowhere' }] })),
    {
      message: "Failed to fetch all URIs for container 'root.f': exited with status 1",
    },
  );
  assert.equal(containers.list().length, 1, 'nothing is left of them');
});

test('bad ids, NUL bytes and too much of anything are refused', async (t) => {
  const { containers } = host(t);
  for (const value of ['', '.', '..', 'a/b', 'a b', 'a.b', 'a\\b', 'a\0b', 'x'.repeat(243)]) {
    await assert.rejects(containers.launch({ ...request('r', sh('true')), id: { value } }), {
      code: 'bad-container',
    });
  }
  await assert.rejects(containers.launch(request('r', sh('a\0b'))), { code: 'bad-container' });
  await assert.rejects(containers.launch(request('r', sh('true', { environment: env({ 'a=b': 'x' }) }))), {
    code: 'bad-container',
  });
  await assert.rejects(containers.launch(request('r', sh('x'.repeat(1024 * 1024)))), {
    code: 'container-limit',
  });
  let id = { value: 'x' };
  for (let depth = 0; depth < 40; depth += 1) id = { value: 'x', parent: id } as typeof id;
  await assert.rejects(containers.launch({ ...request('r', sh('true')), id }), { code: 'container-limit' });
  assert.deepEqual(containers.list(), []);
});

test('the command is shown with its secrets masked', async (t) => {
  const { containers } = host(t);
  assert.ok(isSecretName('password'));
  const shown = (command: CommandInfo) => containers.launch(request('root', command));
  await shown({
    value: 'sleep',
    shell: false,
    arguments: ['sleep', '1000', '--password', 'hunter2', '--token=abc'],
  });
  const [view] = containers.list();
  assert.equal(view?.command, 'sleep 1000 --password *** --token=***');
});
