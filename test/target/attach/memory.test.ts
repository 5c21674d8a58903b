import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, nodeMajors, residentBytes, type SpawnedTarget } from '../../support/index.js';
import { assertLetGo, newTargets, pidByMain, rejection, subject, type TestLike } from './attaching.js';

const MB = 1024 * 1024;

/** The folder of the version 1 memory controller where a group of our own can be made; undefined elsewhere. */
function memoryController(): string | undefined {
  const mount = /^\S+ (\S+) cgroup \S*\bmemory\b/m.exec(readFileSync('/proc/mounts', 'utf8'))?.[1];
  if (!mount) return undefined;
  const probe = join(mount, `remora-test-${process.pid}`);
  try {
    mkdirSync(probe);
    rmdirSync(probe);
    return mount;
  } catch {
    return undefined;
  }
}

const controller = memoryController();
let next = 1;

/** Puts a process into a group that leaves it this much memory. */
async function limit(t: TestLike, target: SpawnedTarget, headroom: number): Promise<void> {
  const folder = join(controller ?? '', `remora-test-${process.pid}-${next++}`);
  mkdirSync(folder);
  t.after(async () => {
    await target.kill();
    await eventually(
      () => {
        rmdirSync(folder);
        return true;
      },
      { what: 'the cgroup to be empty' },
    );
  });
  writeFileSync(join(folder, 'cgroup.procs'), String(target.pid));
  // Memory stays charged to the group it was taken in: the new one starts with next to nothing in use.
  writeFileSync(join(folder, 'memory.limit_in_bytes'), String(headroom));
}

describe('a target short of memory', {
  concurrency: 4,
  skip: !controller && 'needs a cgroup to make',
}, () => {
  for (const node of nodeMajors) {
    it(`Node ${node}: 40 MB: no Worker, the inspector connection is kept, and said so`, async (t) => {
      const process = await subject(t, node);
      await limit(t, process, 40 * MB);
      const target = await newTargets(t).attach(String(process.pid));
      assert.equal(target.channel, 'cdp');
      assert.match(target.notices.join('\n'), /memory headroom.*no Worker/s);
      assert.match(target.notices.join('\n'), /stays open on port/);
      assert.equal(await pidByMain(target), process.pid);
      await target.letGo('done');
      await assertLetGo(process);
    });

    it(`Node ${node}: 10 MB: refused, unless forced`, async (t) => {
      const process = await subject(t, node);
      await limit(t, process, 10 * MB);
      const targets = newTargets(t);
      const error = await rejection(targets.attach(String(process.pid)), 'not-attachable');
      assert.match(error.message, /MB of memory/);
      assert.equal(process.stderr(), '');
      const target = await targets.attach(String(process.pid), { force: true });
      assert.equal(target.channel, 'cdp');
      assert.equal(await pidByMain(target), process.pid);
      await target.letGo('done');
      await assertLetGo(process);
    });
  }
});

describe('a target over many attaches', { concurrency: 8 }, () => {
  for (const [node, file, cycles] of nodeMajors.flatMap(
    (major) =>
      [
        [major, 'idle.cjs', 60],
        [major, 'blocked-loop.cjs', 20],
      ] as const,
  )) {
    it(`Node ${node}, ${file}: ${cycles} cycles: no crash, and threads and memory come back`, async (t) => {
      const process = await subject(t, node, { file });
      const targets = newTargets(t);
      let early = 0;
      for (let cycle = 0; cycle < cycles; cycle += 1) {
        if (file === 'blocked-loop.cjs' && cycle % 2 === 0) process.write('block atomics 1.2');
        const target = await targets.attach(String(process.pid));
        if (cycle % 3 === 0) assert.equal(await pidByMain(target), process.pid);
        await target.letGo('done');
        if (cycle === Math.floor(cycles / 3)) early = residentBytes(process.pid);
      }
      await sleep(500);
      await assertLetGo(process);
      const grown = residentBytes(process.pid) - early;
      t.diagnostic(`RSS grew by ${(grown / MB).toFixed(1)} MB over the last two thirds`);
      assert.ok(grown < 48 * MB, `RSS grew by ${grown / MB} MB`);
    });
  }
});
