/** As whom a container runs (DESIGN 5; wire/mesos-agent.md 3.5). */
import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Caller } from '../../src/base/index.js';
import { chooseUser, lookUp, type User } from '../../src/containers/users.js';
import { caller, host, idOf, isRoot, never, request, session, sh } from './support/host.js';

const root: User = { name: 'root', uid: 0, gid: 0, listed: true };
const plain: User = { name: 'plain', uid: 4711, gid: 4711, listed: false };
const asUid = (uid: number): Caller => ({ ...caller, user: `uid:${uid}` });
const token: Caller = { kind: 'token', user: 'uid:0', role: 'admin', address: '10.0.0.1:1' };

test('a plain agent starts containers as itself, whoever asks, and refuses other users', () => {
  const own = plain;
  assert.deepEqual(chooseUser({ caller: token, allowRoot: false, own }), { user: plain });
  assert.deepEqual(chooseUser({ wanted: '4711', caller, allowRoot: false, own }), { user: plain });
  assert.throws(() => chooseUser({ wanted: 'root', caller, allowRoot: true, own }), {
    code: 'user-not-allowed',
  });
});

test('a root agent takes the named user, else the parent’s, else the caller’s; root only where allowed', () => {
  const own = root;
  const nobody = lookUp('nobody');
  assert.ok(nobody);
  assert.deepEqual(chooseUser({ wanted: 'nobody', inherited: plain, caller, allowRoot: false, own }), {
    user: nobody,
  });
  assert.deepEqual(chooseUser({ inherited: plain, caller: asUid(0), allowRoot: false, own }), {
    user: plain,
  });
  assert.deepEqual(chooseUser({ caller: asUid(nobody.uid), allowRoot: false, own }), { user: nobody });
  assert.deepEqual(chooseUser({ wanted: 'no-such-user', caller, allowRoot: false, own }), {
    unknown: 'no-such-user',
  });
  for (const request of [{ wanted: 'root' }, { wanted: '0' }, { inherited: root }, {}]) {
    const all = { ...request, caller: asUid(0), own };
    assert.throws(() => chooseUser({ ...all, allowRoot: false }), { code: 'root-not-allowed' });
    assert.deepEqual(chooseUser({ ...all, allowRoot: true }), { user: lookUp('0') });
  }
  assert.throws(
    () => chooseUser({ caller: token, allowRoot: true, own }),
    { code: 'no-user' },
    'a name is no uid',
  );
});

const skip = isRoot ? false : 'needs root: only a root agent starts containers as another user';

test('a container of another user has its ids and groups, owns its sandbox, and can use its stdio', {
  skip,
}, async (t) => {
  const { containers, folder } = host(t, { allowRootContainers: false });
  await containers.launch(request('root', sh('echo x > own; exec sleep 1000', { user: 'nobody' })));
  const nobody = lookUp('nobody');
  const text =
    'id -u; id -g; id -G; echo out > /dev/stdout; echo err > /dev/stderr; cat /proc/self/status | grep -E "^Cap(Eff|Prm|Inh|Amb)"; ls; pwd';
  const result = await session(containers, 'root.s', sh(text));
  const sandbox = join(folder, 'sandboxes', 'root');
  const lines = result.stdout.split('\n');
  assert.deepEqual(lines.slice(0, 4), [`${nobody?.uid}`, `${nobody?.gid}`, `${nobody?.gid}`, 'out']);
  for (const line of lines.slice(4, 8)) assert.match(line, /:\s0+$/, 'no capability is left');
  assert.ok(lines.includes('own') && lines.includes(sandbox), result.stdout);
  assert.equal(result.stderr, 'err\n');
  assert.equal(statSync(sandbox).uid, nobody?.uid);
  assert.equal(statSync(sandbox).mode & 0o777, 0o750);
  assert.equal(statSync(join(sandbox, 'stdout')).uid, nobody?.uid);
  const tty = { type: 'MESOS', tty_info: {} } as const;
  const terminal = await session(containers, 'root.t', sh('id -u; echo x > /dev/tty'), { container: tty });
  assert.equal(terminal.stdout, `${nobody?.uid}\r\nx\r\n`, terminal.stderr);
});

test('no variable of the caller reaches a helper that is still root', { skip }, async (t) => {
  const { containers, folder } = host(t, { allowRootContainers: false });
  const marks = join(folder, 'marks');
  mkdirSync(marks);
  const variables = [
    { name: 'LD_PRELOAD', value: join(folder, 'none.so') },
    { name: 'PATH', value: join(folder, 'evil') },
    { name: 'ENV', value: join(folder, 'env.sh') },
    { name: 'BASH_ENV', value: join(folder, 'env.sh') },
  ];
  mkdirSync(join(folder, 'evil'));
  writeFileSync(join(folder, 'env.sh'), `id -u >> ${marks}/env`);
  for (const tool of ['sh', 'sleep', 'mv', 'cat', 'setpriv', 'awk']) {
    writeFileSync(join(folder, 'evil', tool), `#!/bin/sh\n/usr/bin/id -u >> ${marks}/${tool}\n`, {
      mode: 0o755,
    });
  }
  const command = { value: '/bin/true', shell: false, user: 'nobody', environment: { variables } };
  await containers.launch(request('root', command));
  await containers.wait(idOf('root'), never);
  assert.equal((await import('node:fs')).readdirSync(marks).join(), '');
  assert.equal(
    readFileSync(join(folder, 'sandboxes', 'root', 'stderr'), 'utf8').includes('none.so'),
    true,
    'it was set',
  );
});

test('a working directory that its user may not enter is told', { skip }, async (t) => {
  const { containers } = host(t, { allowRootContainers: false });
  await containers.launch(request('root', sh('exec sleep 1000', { user: 'nobody' })));
  const result = await session(containers, 'root.s', sh('pwd', { user: 'daemon' }), {}).catch(
    (error: Error) => error,
  );
  assert.ok(!(result instanceof Error), String(result));
  assert.match(result.stderr, /^Failed to chdir into current working directory '.*\/root'\n$/);
  assert.equal(result.termination?.exitStatus, 256);
});

test('a user who puts links where we expect folders and files gains nothing', { skip }, async (t) => {
  const { containers, folder } = host(t, { allowRootContainers: false });
  await containers.launch(request('root', sh('exec sleep 1000', { user: 'nobody' })));
  const sandbox = join(folder, 'sandboxes', 'root');
  const victim = join(folder, 'victim');
  mkdirSync(victim, { mode: 0o700 });
  writeFileSync(join(victim, 'file'), 'precious');
  rmSync(join(sandbox, 'containers'), { recursive: true, force: true });
  symlinkSync(victim, join(sandbox, 'containers'));
  await assert.rejects(containers.launch(request('root.a', sh('true'))), {
    code: 'launch-failed',
    message: /Failed to create nested sandbox/,
  });
  await containers.remove(idOf('root.file'));
  await containers.remove(idOf('root.a'));
  assert.equal(readFileSync(join(victim, 'file'), 'utf8'), 'precious');
  rmSync(join(sandbox, 'containers'));
  const inside = join(sandbox, 'containers', 'b');
  await containers.launch(request('root.b', sh('true', { user: 'nobody' })));
  await containers.wait(idOf('root.b'), never);
  rmSync(join(inside, 'stdout'));
  symlinkSync(join(victim, 'file'), join(inside, 'stdout'));
  await containers.launch(request('root.b', sh('echo overwritten')));
  await containers.wait(idOf('root.b'), never);
  assert.equal(readFileSync(join(victim, 'file'), 'utf8'), 'precious');
  assert.equal(lstatSync(join(inside, 'stdout')).isSymbolicLink(), false);
  assert.equal(readFileSync(join(inside, 'stdout'), 'utf8'), 'overwritten\n');
});

test("another user's sandbox of the same id is not handed over", { skip }, async (t) => {
  const { containers } = host(t, { allowRootContainers: false });
  await containers.launch(request('root', sh('echo secret > mine', { user: 'nobody' })));
  await containers.wait(idOf('root'), never);
  await assert.rejects(containers.launch(request('root', sh('cat mine', { user: 'daemon' }))), {
    code: 'sandbox-failed',
  });
});
