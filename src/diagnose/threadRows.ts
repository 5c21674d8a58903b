import { type Target, type ThreadStat, threadStats, waitChannel } from '../target/index.js';
import type { CommandContext } from './command.js';
import { ownThread } from './facts/ownThread.js';
import { pause } from './pause.js';

export const THREAD_STATES = [
  'NEW',
  'RUNNABLE',
  'BLOCKED',
  'WAITING',
  'TIMED_WAITING',
  'TERMINATED',
] as const;
export type ThreadState = (typeof THREAD_STATES)[number];

/** A row of `thread` and `dashboard` (wire/arthas.md 3.4): an OS thread. */
export interface ThreadRow {
  /** The kernel's thread id. */
  readonly id: number;
  readonly name: string;
  readonly group: 'main' | 'worker' | 'v8' | 'libuv' | 'node';
  /** Of a worker thread, its number in node:worker_threads. */
  readonly threadId?: number;
  readonly priority: number;
  readonly state: ThreadState;
  /** Percent of one core over the sample interval. */
  readonly cpu: number;
  readonly deltaTime: number;
  readonly time: number;
  readonly interrupted: boolean;
  readonly daemon: boolean;
}

/** The threads of a process and what each has used of the CPU since it was last asked. Nothing is asked of it. */
export class ThreadMeter {
  readonly #pid: number;
  readonly #without: number | undefined;
  #before: ReadonlyMap<number, number> | undefined;
  #at = 0;

  /** `without`: a thread that is not the application's. */
  constructor(pid: number, without: number | undefined) {
    this.#pid = pid;
    this.#without = without;
  }

  /** The first time `cpu` is 0 and the order that of all CPU time; later they are of the time since. */
  rows(): ThreadRow[] {
    const stats = threadStats(this.#pid).filter(({ tid }) => tid !== this.#without);
    const now = performance.now();
    const before = this.#before;
    const elapsed = before === undefined ? 0 : now - this.#at;
    // A thread that is new has used all its time in this interval.
    const rows = stats.map((stat) =>
      rowOf(this.#pid, stat, before === undefined ? stat.cpuMs : (before.get(stat.tid) ?? 0), elapsed),
    );
    this.#before = new Map(stats.map(({ tid, cpuMs }) => [tid, cpuMs]));
    this.#at = now;
    return rows.sort((a, b) => b.cpu - a.cpu || b.time - a.time || a.id - b.id);
  }
}

/** The OS threads of a target with what they did in `sampleMs`, busiest first. */
export async function sampleThreads(
  target: Target,
  sampleMs: number,
  withProbe: boolean,
  context?: Pick<CommandContext, 'signal' | 'suspension'>,
): Promise<ThreadRow[]> {
  const meter = new ThreadMeter(target.process.pid, withProbe ? undefined : await ownThread(target));
  const rows = meter.rows();
  if (sampleMs === 0 || !context) return rows;
  await pause(context, sampleMs);
  context.signal.throwIfAborted();
  return meter.rows();
}

export function countStates(rows: readonly ThreadRow[]): Map<ThreadState, number> {
  return new Map(
    THREAD_STATES.map((state) => [state, rows.filter((row) => row.state === state).length] as const),
  );
}

function rowOf(pid: number, thread: ThreadStat, beforeMs: number, elapsedMs: number): ThreadRow {
  const { tid, cpuMs, priority } = thread;
  const isMain = tid === pid;
  const deltaMs = Math.max(0, cpuMs - beforeMs);
  return {
    id: tid,
    // The main thread bears the process's title, or what Node calls it: one name for all versions.
    name: isMain ? 'main' : thread.name,
    group: isMain ? 'main' : groupOf(thread.name),
    priority,
    state: stateOf(thread.state, () => waitChannel(pid, tid)),
    cpu: elapsedMs > 0 ? Math.round((deltaMs / elapsedMs) * 10_000) / 100 : 0,
    deltaTime: Math.round(deltaMs),
    time: Math.round(cpuMs),
    interrupted: false,
    daemon: !isMain,
  };
}

/** By the names that Node gives from 22 or 24 on; before, all are called `node`. */
function groupOf(name: string): ThreadRow['group'] {
  if (/V8Worker|DelayedTask/.test(name)) return 'v8';
  return name === 'libuv-worker' ? 'libuv' : 'node';
}

function stateOf(letter: string, wchan: () => string | undefined): ThreadState {
  switch (letter) {
    case 'R':
      return 'RUNNABLE';
    case 'Z':
    case 'X':
      return 'TERMINATED';
    case 'S':
    case 'I':
      return wchan()?.includes('nanosleep') ? 'TIMED_WAITING' : 'WAITING';
    default:
      // D waits for a device, T and t were stopped from outside: neither goes on by itself.
      return 'BLOCKED';
  }
}
