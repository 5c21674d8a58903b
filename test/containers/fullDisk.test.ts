/** Full disks: what cannot be kept is told or left out, and no container is lost for it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { host, idOf, isRoot, launchRoot, never, request, session, sh, tempFolder } from './support/host.js';

const skip = isRoot ? false : 'needs root: it mounts a small file system';

/** A file system of 1 MB; undefined where this machine mounts none. */
function smallDisk(t: TestContext): string | undefined {
  const folder = tempFolder();
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=711', 'tmpfs', disk], { stdio: 'ignore' });
  } catch {
    rmSync(folder, { recursive: true });
    t.skip('this machine mounts no tmpfs');
    return undefined;
  }
  return disk;
}

/** Hooks run in the order of their making: to be called once there are containers. */
function unmountAfter(t: TestContext, disk: string): void {
  t.after(() => {
    execFileSync('umount', ['-l', disk]);
    rmSync(dirname(disk), { recursive: true, force: true });
  });
}

test('a full sandbox disk ends the sandbox file, not the session', { skip }, async (t) => {
  const disk = smallDisk(t);
  if (disk === undefined) return;
  const { containers } = host(t, { sandboxFolder: join(disk, 'sandboxes') });
  unmountAfter(t, disk);
  await launchRoot(containers);
  const result = await session(
    containers,
    'root.s',
    sh('head -c 5000000 /dev/zero | tr "\\0" x; echo; echo end'),
  );
  assert.equal(result.stdout.length, 5_000_005);
  assert.deepEqual(result.termination, { exitStatus: 0 });
  const again = await session(containers, 'root.t', sh('echo still; exit 2')).catch((error: Error) => error);
  if (again instanceof Error) assert.match(again.message, /Failed to create nested sandbox|ENOSPC/);
  else assert.deepEqual(again.termination, { exitStatus: 512 });
});

test('a full disk for records refuses launches, loses no end, and is fine again with space', {
  skip,
}, async (t) => {
  const disk = smallDisk(t);
  if (disk === undefined) return;
  const folder = join(disk, 'private');
  const { containers, folder: other } = host(t, { folder });
  unmountAfter(t, disk);
  await launchRoot(containers);
  await containers.launch(request('root.a', sh('read x; exit 3'), { attachable: true }));
  const filler = join(disk, 'filler');
  const room = 1024 * 1024;
  try {
    writeFileSync(filler, Buffer.alloc(room));
  } catch {
    // That was the point.
  }
  assert.ok(statSync(filler).size > 0);
  await assert.rejects(containers.launch(request('root.b', sh('exec sleep 1000'))), {
    code: 'launch-failed',
  });
  assert.equal(
    containers.list().some(({ id }) => id.value === 'b'),
    false,
  );
  const writer = await containers.attachInput(idOf('root.a'));
  const end = containers.wait(idOf('root.a'), never);
  await writer.write(Buffer.from('\n'));
  // The keeper cannot write the status; that it has ended is known all the same.
  const status = (await end)?.exitStatus;
  assert.ok(status === 768 || status === undefined, String(status));
  assert.ok(statSync(other).isDirectory());
  rmSync(filler);
  chmodSync(disk, 0o711);
  assert.equal(await containers.launch(request('root.b', sh('exit 4'))), 'launched');
  assert.deepEqual(await containers.wait(idOf('root.b'), never), { exitStatus: 1024 });
  assert.ok(readdirSync(join(folder, 'run')).length > 0);
});
