import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RemoraError } from '../../../src/base/index.js';
import { type Target, Targets, type TargetsOptions } from '../../../src/target/index.js';
import {
  eventually,
  isAlive,
  listeningPorts,
  type NodeMajor,
  type SpawnedTarget,
  type SpawnOptions,
  spawnTarget,
  threadCount,
} from '../../support/index.js';

/** `t` of node:test, as far as helpers need it. */
export interface TestLike {
  after(fn: () => Promise<void> | void): void;
}

export const isRoot = process.getuid?.() === 0;
export const needsRoot = isRoot ? false : 'needs root';

/** A folder of its own that goes with the test. */
export function temporaryFolder(t: TestLike, name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `remora-test-${name}-`));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** An agent's `Targets` in this process, with a memory of its own. */
export function newTargets(t: TestLike, options: Partial<TargetsOptions> = {}): Targets {
  const targets = new Targets({
    owner: `test agent ${process.pid}`,
    folder: temporaryFolder(t, 'agent'),
    ...options,
  });
  t.after(() => targets.close('the test is over'));
  return targets;
}

const handedOut = new Set<number>();

/** A port below the range from which the kernel takes ports for connections, free and not asked for before. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (handedOut.has(port)) continue;
    handedOut.add(port);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (free) return port;
  }
}

export interface Subject extends SpawnedTarget {
  readonly inspectPort: number;
  /** Threads before anybody attached. */
  readonly threads: number;
}

/** Starts a target whose inspector would take a port that nobody else wants. */
export async function subject(
  t: TestLike,
  node: NodeMajor,
  options: Partial<SpawnOptions> = {},
): Promise<Subject> {
  const inspectPort = await freePort();
  const target = await spawnTarget({
    node,
    file: 'idle.cjs',
    ...options,
    nodeArgs: [`--inspect-port=${inspectPort}`, ...(options.nodeArgs ?? [])],
    test: t,
  });
  return Object.assign(target, { inspectPort, threads: await settledThreads(target.pid) });
}

/** Threads of V8's pool start one after the other: the count once it holds still. */
export async function settledThreads(pid: number): Promise<number> {
  let last = -1;
  let same = 0;
  return await eventually(
    () => {
      const now = threadCount(pid);
      same = now === last ? same + 1 : 0;
      last = now;
      return same >= 3 && now;
    },
    { what: 'the threads to settle' },
  );
}

export function get(port: number): Promise<string> {
  return fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(10_000) }).then((answer) =>
    answer.text(),
  );
}

/** Asks the probe for something that only the target's main thread knows. */
export async function pidByMain(target: Target): Promise<number> {
  return (await target.main<{ pid: number }>('runtime')).pid;
}

/** No port of the target is open but its own, or those that were before. */
export async function assertPortClosed(
  target: { pid: number; port: number },
  ports = [target.port],
): Promise<void> {
  assert.deepEqual(listeningPorts(target.pid), ports, 'only its own port is open');
}

/** Waits until the target is as it was: alive, no thread and no port of ours. */
export async function assertLetGo(
  target: { readonly pid: number; readonly port: number; readonly threads: number },
  ports?: number[],
): Promise<void> {
  await eventually(() => threadCount(target.pid) <= target.threads, {
    what: `${target.pid} to be back at ${target.threads} threads`,
    timeoutMs: 10_000,
  });
  assert.ok(isAlive(target.pid), 'the target lives');
  await assertPortClosed(target, ports);
}

/** The kernel's time of a file may be that of its last tick. */
const CLOCK_GRAIN_MS = 10;

/** Resolves when the agent with this memory is about to send its signal, or has. */
export async function signalled(folder: string, since: number): Promise<void> {
  const memory = join(folder, 'signalled');
  await eventually(
    () => readdirSync(memory).some((name) => statSync(join(memory, name)).ctimeMs >= since - CLOCK_GRAIN_MS),
    {
      what: 'the signal',
      timeoutMs: 10_000,
      intervalMs: 1,
    },
  );
}

/** Socket folders that a probe made and did not remove. */
export function probeFolders(folder = tmpdir()): string[] {
  return readdirSync(folder).filter((name) => /^remora-[0-9a-f]{16}$/.test(name));
}

/** Rejects unless the promise rejects with this code; returns the error. */
export async function rejection(promise: Promise<unknown>, code: string): Promise<RemoraError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof RemoraError, `a RemoraError, not ${String(error)}`);
    assert.equal(error.code, code, error.message);
    return error;
  }
  return assert.fail(`expected a rejection with ${code}`);
}
