import assert from 'node:assert/strict';
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { memoryHeadroom, readProcess } from '../../../src/target/find/index.js';
import { isRoot, LATEST, nobody, start, startNode } from './process.js';

const major = LATEST;
const MB = 1024 * 1024;

test('without a limit the host says how much is free', async (t) => {
  const { pid } = await startNode(t, major);
  const room = memoryHeadroom(pid);
  assert.ok(room.bytes > 0);
  assert.match(room.limitedBy, /^(host|cgroup \/|address space)/);
  // Gone, or never there: what the host has is still true.
  assert.ok(memoryHeadroom(2 ** 22 + 1).bytes > 0);
});

test('an address space limit counts', async (t) => {
  const { pid } = await start(t, ['sh', '-c', 'ulimit -v 100000; echo ready; sleep 20; true']);
  const room = memoryHeadroom(pid);
  assert.equal(room.limitedBy, 'address space limit');
  assert.ok(room.bytes > 80 * MB && room.bytes < 98 * MB, String(room.bytes));
});

const ROOT = '/sys/fs/cgroup/memory';

function makeCgroup(name: string): string {
  const folder = `${ROOT}/${name}`;
  mkdirSync(folder);
  return folder;
}

test("a cgroup limit counts, a parent's too", async (t) => {
  if (!isRoot) return t.skip('needs root to make a cgroup');
  const name = `remora-test-${process.pid}`;
  let parent: string;
  try {
    parent = makeCgroup(name);
  } catch (error) {
    return t.skip(`no version 1 memory cgroup can be made here: ${String(error)}`);
  }
  const child = makeCgroup(`${name}/inner`);
  const { pid, child: target } = await startNode(t, major);
  // Hooks run in the order they were added: the target is gone by now.
  t.after(async () => {
    for (const folder of [child, parent]) await removed(folder);
  });
  writeFileSync(`${child}/cgroup.procs`, String(pid));

  writeFileSync(`${parent}/memory.limit_in_bytes`, String(64 * MB));
  const room = memoryHeadroom(pid);
  assert.equal(room.limitedBy, `cgroup /${name}`);
  assert.ok(room.bytes > 32 * MB && room.bytes <= 64 * MB, String(room.bytes));
  assert.equal((await readProcess(pid, nobody))?.attachable, true);

  writeFileSync(`${child}/memory.limit_in_bytes`, String(12 * MB));
  assert.equal(memoryHeadroom(pid).limitedBy, `cgroup /${name}/inner`);
  const refused = await readProcess(pid, nobody);
  assert.equal(refused?.attachable, false);
  assert.match(
    refused?.reason ?? '',
    /^only \d+ MB of memory are free \(cgroup \/remora-test-\d+\/inner\), 16 MB/,
  );
  assert.equal(target.exitCode, null);
});

/** The kernel takes a moment to let go of the last process. */
async function removed(folder: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      rmdirSync(folder);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  rmdirSync(folder);
}
