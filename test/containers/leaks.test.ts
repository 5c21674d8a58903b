/** Nothing stays behind: processes, FIFOs, descriptors, cgroups, records. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cgroupHome } from '../../src/containers/runtimes/membership.js';
import { eventually } from '../support/index.js';
import { host, idOf, launchRoot, never, readAll, request, sh } from './support/host.js';

const TTY = { type: 'MESOS', tty_info: {} } as const;
const ROUND = 10;
const ROUNDS = 20;

function descriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

/** Processes that hold or name anything below the folder, and our own children. */
function processesOf(folder: string): string[] {
  return execFileSync('ps', ['-eo', 'pid,ppid,args'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(folder) || line.trim().split(/\s+/)[1] === String(process.pid))
    .filter((line) => !/ ps -eo/.test(line));
}

test('200 containers launched and ended leave no process, no FIFO, no descriptor, no cgroup', async (t) => {
  const { containers, folder } = host(t);
  await launchRoot(containers);
  const one = async (id: string, index: number): Promise<void> => {
    const kinds = [
      { class: 'debug' as const },
      { class: 'debug' as const, container: TTY },
      {},
      { attachable: true },
      { container: TTY },
    ];
    const kind = kinds[index % kinds.length] ?? {};
    await containers.launch(request(id, sh('sleep 0.2 & echo $$'), kind));
    if (kind.class === 'debug') await readAll(await containers.attachOutput(idOf(id)));
    assert.deepEqual(await containers.wait(idOf(id), never), { exitStatus: 0 }, id);
    if (index % 2 === 0) await containers.remove(idOf(id));
  };
  await Promise.all(Array.from({ length: ROUND }, (_, index) => one(`root.w${index}`, index)));
  const before = descriptors();
  for (let round = 0; round < ROUNDS; round += 1) {
    await Promise.all(Array.from({ length: ROUND }, (_, index) => one(`root.c${round}-${index}`, index)));
  }
  await eventually(() => descriptors() <= before, { what: `${before} descriptors as before` });
  await containers.destroy(idOf('root'));
  await eventually(() => processesOf(folder).length === 0, { what: 'no process' });
  assert.deepEqual(readdirSync(join(folder, 'private', 'run')), []);
  const home = cgroupHome(join(folder, 'private'));
  if (home === undefined) t.diagnostic('no cgroup here');
  else {
    const left = readdirSync(home, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    assert.deepEqual(
      left.map(({ name }) => name),
      [],
    );
  }
});

test('launches that fail leave nothing', async (t) => {
  const { containers, folder } = host(t);
  await launchRoot(containers);
  const before = descriptors();
  for (let index = 0; index < 20; index += 1) {
    const bad = { type: 'MESOS', mesos: { image: {} } } as const;
    await assert.rejects(containers.launch(request(`root.f${index}`, sh('true'), { container: bad })));
    await assert.rejects(containers.launch(request(`none.f${index}`, sh('true'))));
    await containers.launch(request(`root.g${index}`, { value: 'nosuch', shell: false }));
    assert.deepEqual(await containers.wait(idOf(`root.g${index}`), never), { exitStatus: 256 });
    await containers.remove(idOf(`root.g${index}`));
  }
  assert.equal(readdirSync(join(folder, 'private', 'run')).length, 1);
  await eventually(() => descriptors() <= before, { what: 'descriptors as before' });
});

test('close ends sessions and lets the others go on', async (t) => {
  const { containers, folder } = host(t);
  await launchRoot(containers);
  await containers.launch(request('root.s', sh('exec sleep 1000'), { class: 'debug' }));
  await containers.launch(request('root.a', sh('exec sleep 1000'), { attachable: true }));
  const own = readAll(await containers.attachOutput(idOf('root.s')));
  const other = readAll(await containers.attachOutput(idOf('root.a')));
  const refused = assert.rejects(other, { code: 'reader-detached' });
  await containers.close();
  await own;
  await refused;
  await assert.rejects(containers.launch(request('root.b', sh('true'))), { code: 'agent-closing' });
  const next = host(t, { folder: join(folder, 'private'), sandboxFolder: join(folder, 'sandboxes') });
  assert.deepEqual(await next.containers.wait(idOf('root.s'), never), { exitStatus: 9 });
  await next.containers.destroy(idOf('root'));
});
