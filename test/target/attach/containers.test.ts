import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setLimit } from '../../../src/base/index.js';
import {
  eventually,
  type NodeMajor,
  nodeBinary,
  nodeMajors,
  spawnTarget,
  targetsFolder,
} from '../../support/index.js';
import {
  assertLetGo,
  needsRoot,
  newTargets,
  pidByMain,
  settledThreads,
  type TestLike,
  temporaryFolder,
} from './attaching.js';

interface Contained {
  readonly pid: number;
  readonly port: number;
  readonly threads: number;
  stderr(): string;
}

/** The Node process below a wrapper that forks. */
function innermost(pid: number): number | undefined {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean);
  const child = Number(children[0]);
  if (!child) return undefined;
  const command = readFileSync(`/proc/${child}/cmdline`, 'utf8');
  return command.includes('idle.cjs') && !command.startsWith('sh\0') ? child : innermost(child);
}

/** Starts a target in namespaces of its own, the way container runtimes do. */
async function contained(
  t: TestLike,
  node: NodeMajor,
  flags: readonly string[],
  setUp: string,
): Promise<Contained> {
  const script = `ip link set lo up; ${setUp}; exec "$0" --inspect-port=9229 "$1"`;
  const program = join(targetsFolder, 'idle.cjs');
  // spawnTarget starts a Node of its own: here that is the namespaces' shell, which execs the one that counts.
  const wrapper = await spawnTarget({
    node,
    file: 'idle.cjs',
    wrapper: ['unshare', ...flags, '--fork', '--kill-child', 'sh', '-c', script, nodeBinary(node), program],
    test: t,
  });
  const pid = await eventually(() => innermost(wrapper.pid), { what: 'the process in the namespaces' });
  return { pid, port: wrapper.port, threads: await settledThreads(pid), stderr: () => wrapper.stderr() };
}

const CONTAINER = ['--pid', '--mount', '--net', '--ipc', '--uts', '--mount-proc'];

/** Shell text that gives the target a temporary folder of its own, empty, where the host has `folder`. */
function privateTmp(folder: string): string {
  return `mount -t tmpfs tmpfs ${folder}; export TMPDIR=${folder}`;
}

describe('a target in other namespaces', { concurrency: 2, skip: needsRoot }, () => {
  for (const node of nodeMajors) {
    it(`Node ${node}: pid, mount and network, with a temporary folder of its own`, async (t) => {
      const folder = temporaryFolder(t, 'tmp');
      const process = await contained(t, node, CONTAINER, privateTmp(folder));
      const target = await newTargets(t).attach(String(process.pid));
      assert.equal(target.channel, 'worker');
      assert.deepEqual(readdirSync(folder), [], 'nothing came to be in the host');
      const inside = await pidByMain(target);
      assert.notEqual(inside, process.pid, 'it has another pid inside');
      await target.letGo('done');
      await assertLetGo(process);
    });
  }

  it('a user namespace as well', async (t) => {
    const flags = ['--user', '--map-root-user', ...CONTAINER];
    const process = await contained(t, 22, flags, privateTmp(temporaryFolder(t, 'tmp')));
    const target = await newTargets(t).attach(String(process.pid));
    assert.equal(target.channel, 'worker');
    await target.letGo('done');
    await assertLetGo(process);
  });

  it('a temporary folder that is an absolute symbolic link into the host is never followed there', async (t) => {
    const host = temporaryFolder(t, 'host');
    const inside = temporaryFolder(t, 'inside');
    // Inside, HOST is a tmpfs of its own, and TMPDIR a link to it: followed by us it would end in the host's folder.
    symlinkSync(host, join(inside, 'link'));
    const process = await contained(
      t,
      22,
      CONTAINER,
      `mount -t tmpfs tmpfs ${host}; export TMPDIR=${join(inside, 'link')}`,
    );
    const target = await newTargets(t).attach(String(process.pid));
    assert.equal(target.channel, 'worker');
    assert.deepEqual(readdirSync(host), [], 'nothing came to be in the host');
    await target.letGo('done');
    await assertLetGo(process);
  });

  it('a folder that is swapped for a link after it was named is not entered', async (t) => {
    const host = temporaryFolder(t, 'host');
    const folder = temporaryFolder(t, 'tmp');
    let heard = 0;
    const server = createServer(() => {
      heard += 1;
    });
    await new Promise<void>((resolve) => server.listen(join(host, 's'), resolve));
    t.after(() => void server.close());
    const process = await contained(
      t,
      22,
      CONTAINER,
      // As soon as the probe's folder is there it becomes a link to the host's folder of the same absolute path.
      `${privateTmp(folder)}; mount -t tmpfs tmpfs ${host}; (while :; do for f in ${folder}/remora-????????????????; do [ -d "$f" ] && [ ! -L "$f" ] && mv "$f" "$f.was" && ln -s ${host} "$f"; done; done) & true`,
    );
    setLimit('attach-worker-wait=1500');
    t.after(() => setLimit('attach-worker-wait=10000'));
    await newTargets(t)
      .attach(String(process.pid))
      .then((target) => target.letGo('done'))
      .catch(() => undefined);
    assert.equal(heard, 0, 'the socket of the host was never connected to');
    assert.ok(existsSync(join(host, 's')));
  });

  it('no folder that it may write to: the inspector connection is kept through the relay', async (t) => {
    const readOnly = ['/tmp', '/dev/shm', '/run', '/var/tmp']
      .map((path) => `mount --rbind ${path} ${path} && mount -o remount,bind,ro ${path}`)
      .join('; ');
    const process = await contained(t, 22, CONTAINER, readOnly);
    const target = await newTargets(t).attach(String(process.pid));
    assert.equal(target.channel, 'cdp');
    assert.match(target.notices.join('\n'), /no folder/);
    assert.ok((await pidByMain(target)) < process.pid);
    await target.letGo('done');
    await assertLetGo(process);
  });
});
