/** The tree of containers: parents, ends, records (wire/mesos-agent.md 3.6, 4.3 to 4.6). */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Containers } from '../../src/containers/index.js';
import { eventually } from '../support/index.js';
import { host, idOf, isRoot, launchRoot, never, readAll, request, session, sh } from './support/host.js';

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

function viewOf(containers: Containers, id: string) {
  return containers.list().find((view) => JSON.stringify(view.id) === JSON.stringify(idOf(id)));
}

test('a launch below nothing is refused with the text of the sheet', async (t) => {
  const { containers } = host(t);
  await assert.rejects(containers.launch(request('a.b', sh('true'))), {
    code: 'no-parent',
    message: 'Parent container a does not exist',
  });
  await launchRoot(containers);
  await session(containers, 'root.gone', sh('true'));
  await assert.rejects(containers.launch(request('root.gone.b', sh('true'))), {
    message: 'Parent container root.gone does not exist',
  });
});

test('a launch below a container that is being destroyed is refused', async (t) => {
  const { containers } = host(t);
  await launchRoot(containers);
  // Its output waits for a reader, so it cannot be gone before we look.
  await containers.launch(request('root.a', sh('echo x'), { class: 'debug' }));
  await eventually(() => viewOf(containers, 'root.a')?.state === 'destroying', { what: 'its end' });
  await assert.rejects(containers.launch(request('root.a.b', sh('true'))), {
    code: 'parent-destroying',
    message: "Parent container root.a is in 'DESTROYING' state",
  });
  assert.equal((await readAll(await containers.attachOutput(idOf('root.a')))).stdout, 'x\n');
});

test('launches of one id at once start one container', async (t) => {
  const { containers } = host(t);
  const outcomes = await Promise.all(
    [1, 2, 3, 4].map(() => containers.launch(request('root', sh('exec sleep 1000')))),
  );
  assert.deepEqual(outcomes.sort(), ['exists', 'exists', 'exists', 'launched']);
  const below = await Promise.all(
    ['a', 'b'].map((id) => containers.launch(request(`root.${id}`, sh('exec sleep 1000')))),
  );
  assert.deepEqual(below, ['launched', 'launched']);
});

test('a child may be launched while its parent still starts', async (t) => {
  const { containers } = host(t);
  const [parent, child] = await Promise.all([
    containers.launch(request('root', sh('exec sleep 1000'))),
    containers.launch(request('root.a', sh('exec sleep 1000'))),
  ]);
  assert.deepEqual([parent, child], ['launched', 'launched']);
});

test('destroy ends children first, all by SIGKILL, and leaves the parent', async (t) => {
  const { containers } = host(t);
  await launchRoot(containers);
  const trapped = "trap '' TERM INT HUP; while :; do sleep 1; done";
  for (const id of ['root.a', 'root.a.b', 'root.a.b.c']) await containers.launch(request(id, sh(trapped)));
  const order: string[] = [];
  const waits = ['root.a', 'root.a.b', 'root.a.b.c'].map(async (id) => {
    const termination = await containers.wait(idOf(id), never);
    order.push(id);
    return termination?.exitStatus;
  });
  await containers.destroy(idOf('root.a'));
  assert.deepEqual(await Promise.all(waits), [9, 9, 9]);
  assert.deepEqual(order, ['root.a.b.c', 'root.a.b', 'root.a']);
  assert.equal(viewOf(containers, 'root')?.state, 'running');
});

test("a parent's end takes its children with it: its exit, and a signal", async (t) => {
  const { containers } = host(t);
  for (const [id, command, status] of [
    ['exits', 'sleep 0.3; exit 4', 1024],
    ['signalled', 'exec sleep 1000', 15],
  ] as const) {
    await containers.launch(request(id, sh(command)));
    await containers.launch(request(`${id}.child`, sh('exec sleep 1000')));
    const parent = containers.wait(idOf(id), never);
    const child = containers.wait(idOf(`${id}.child`), never);
    if (id === 'signalled') await containers.kill(idOf(id), 15);
    assert.deepEqual([(await parent)?.exitStatus, (await child)?.exitStatus], [status, 9], id);
  }
});

for (const useCgroups of [true, false]) {
  const how = useCgroups ? 'by its cgroup' : 'by its environment';
  test(`a child that forked twice and made a session of its own ends with its container, ${how}`, async (t) => {
    const { containers, folder } = host(t, { useCgroups });
    await launchRoot(containers);
    const forksTwice = `(setsid sh -c '${useCgroups && isRoot ? 'env -i ' : ''}setsid sleep 1000 & echo $! > ${folder}/PIDS' &) ; sleep 0.2; exec sleep 1000`;
    for (const [id, kind] of [
      ['root.d', 'debug'],
      ['root.n', 'default'],
    ] as const) {
      const file = join(folder, 'sandboxes', id);
      await containers.launch(request(id, sh(forksTwice.replace(`${folder}/PIDS`, file)), { class: kind }));
      const pid = await eventually(() => Number(readFileSync(file, 'utf8')), { what: 'the pid' });
      assert.ok(isAlive(pid));
      await containers.destroy(idOf(id));
      assert.equal(isAlive(pid), false, id);
    }
  });
}

test('a process that escaped all the same holds up neither the end of its container nor our memory', async (t) => {
  const { containers, folder } = host(t, { useCgroups: false });
  await launchRoot(containers);
  const flee = (what: string) =>
    `(setsid env -i sh -c '(setsid ${what}) & echo $! > ${folder}/escaped' &); sleep 0.5; exit 3`;
  for (const what of ['sleep 60', 'cat /dev/zero']) {
    const result = session(containers, 'root.s', sh(flee(what)));
    const pid = await eventually(() => Number(readFileSync(`${folder}/escaped`, 'utf8')), {
      what: 'the pid',
    });
    t.after(() => killIfAlive(pid));
    assert.deepEqual((await result).termination, { exitStatus: 768 });
    killIfAlive(pid);
    rmSync(`${folder}/escaped`);
  }
});

test('children that stay behind end when the command does, and do not hold the stream open', async (t) => {
  const { containers } = host(t);
  await launchRoot(containers);
  const before = Date.now();
  const result = await session(containers, 'root.s', sh('sleep 1000 & (setsid sleep 1000 &); echo started'));
  assert.equal(result.stdout, 'started\n');
  assert.ok(Date.now() - before < 5000);
  await containers.launch(request('root.n', sh('setsid sleep 1000 & echo $! > pid; exit 7')));
  assert.deepEqual(await containers.wait(idOf('root.n'), never), { exitStatus: 1792 });
  const pid = Number(readFileSync(join(viewOf(containers, 'root.n')?.sandbox ?? '', 'pid'), 'utf8'));
  assert.equal(isAlive(pid), false);
});

test('a command that closes its own output still ends only with its exit', async (t) => {
  const { containers } = host(t);
  await launchRoot(containers);
  const result = await session(containers, 'root.s', sh('echo before; exec >&- 2>&-; sleep 0.3; exit 5'));
  assert.deepEqual(result, { stdout: 'before\n', stderr: '', termination: { exitStatus: 1280 } });
});

test('an end can be waited for afterwards, until remove or until the root ends', async (t) => {
  const { containers } = host(t);
  await launchRoot(containers);
  await session(containers, 'root.a', sh('exit 3'));
  assert.deepEqual(await containers.wait(idOf('root.a'), never), { exitStatus: 768 });
  const sandbox = viewOf(containers, 'root.a')?.sandbox ?? '';
  assert.ok(existsSync(sandbox));
  await containers.remove(idOf('root.a'));
  assert.equal(await containers.wait(idOf('root.a'), never), undefined);
  assert.equal(existsSync(sandbox), false);
  await containers.remove(idOf('root.a'));
  await session(containers, 'root.b', sh('exit 3'));
  await containers.destroy(idOf('root'));
  assert.equal(await containers.wait(idOf('root.b'), never), undefined);
  await assert.rejects(containers.remove(idOf('root.b')), {
    code: 'unknown-root',
    message: 'Unknown root container',
  });
});

test('a live container is not removed, nor one above a live one', async (t) => {
  const { containers } = host(t);
  await launchRoot(containers);
  await containers.launch(request('root.a', sh('exec sleep 1000')));
  const refused = { code: 'container-running', message: 'Nested container has not terminated yet' };
  await assert.rejects(containers.remove(idOf('root.a')), refused);
  await assert.rejects(containers.remove(idOf('root')), refused);
});

test('the sandbox of an ended root stays, and can be removed', async (t) => {
  const { containers } = host(t);
  await containers.launch(request('root', sh('echo x > file')));
  const sandbox = viewOf(containers, 'root')?.sandbox ?? '';
  await containers.wait(idOf('root'), never);
  assert.deepEqual(containers.list(), []);
  assert.equal(readFileSync(join(sandbox, 'file'), 'utf8'), 'x\n');
  await containers.remove(idOf('root'));
  assert.equal(existsSync(sandbox), false);
});

test('the id of an ended container can be launched again, in the same sandbox', async (t) => {
  const { containers } = host(t);
  await launchRoot(containers);
  await session(containers, 'root.a', sh('exit 1'));
  const again = await session(containers, 'root.a', sh('echo again; exit 2'));
  assert.deepEqual(again.termination, { exitStatus: 512 });
  assert.deepEqual(await containers.wait(idOf('root.a'), never), { exitStatus: 512 });
});

test('a signal goes to the first process; unknown and ended containers are told apart from it', async (t) => {
  const { containers } = host(t);
  await launchRoot(containers);
  assert.equal(await containers.kill(idOf('nobody')), false);
  await containers.launch(
    request('root.a', sh("trap 'echo got; exit 6' USR1; echo ready; while :; do sleep 0.05; done"), {
      class: 'debug',
    }),
  );
  const reader = await containers.attachOutput(idOf('root.a'));
  for await (const { data } of reader) {
    if (String(data).includes('ready')) assert.equal(await containers.kill(idOf('root.a'), 10), true);
    if (String(data).includes('got')) break;
  }
  assert.deepEqual(await containers.wait(idOf('root.a'), never), { exitStatus: 1536 });
  assert.equal(await containers.kill(idOf('root.a')), false);
  await assert.rejects(containers.kill(idOf('root'), 4711), {
    code: 'kill-failed',
    message: 'Unable to send signal to container: Invalid argument',
  });
});

test('a wait can be given up', async (t) => {
  const { containers } = host(t);
  await launchRoot(containers);
  const controller = new AbortController();
  const wait = containers.wait(idOf('root'), controller.signal);
  await sleep(20);
  controller.abort(new Error('enough'));
  await assert.rejects(wait, { message: 'enough' });
});

test('containers at once are bounded', async (t) => {
  const { setLimit } = await import('../../src/base/index.js');
  const { containers } = host(t);
  setLimit('containers=2');
  t.after(() => setLimit('containers=1000'));
  await launchRoot(containers);
  await containers.launch(request('root.a', sh('exec sleep 1000')));
  await assert.rejects(containers.launch(request('root.b', sh('true'))), { code: 'container-limit' });
});

test('two agents do not share a folder', (t) => {
  const { folder } = host(t);
  assert.throws(() => host(t, { folder: join(folder, 'private') }), { code: 'folder-in-use' });
});
