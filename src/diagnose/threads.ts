import { setTimeout as sleep } from 'node:timers/promises';
import { RemoraError } from '../base/index.js';
import {
  type NativeWait,
  nativeWait,
  type Target,
  type ThreadStat,
  threadIdHere,
  threadStats,
  threadSwitches,
  waitChannel,
} from '../target/index.js';
import { type StackFrame, stackTrace, wireFrames } from './frames.js';
import { stackWait } from './limits.js';

export const THREAD_STATES = [
  'NEW',
  'RUNNABLE',
  'BLOCKED',
  'WAITING',
  'TIMED_WAITING',
  'TERMINATED',
] as const;
export type ThreadState = (typeof THREAD_STATES)[number];

/** A row of `thread` (wire/arthas.md 3.4). */
export interface ThreadRow {
  readonly id: number;
  readonly name: string;
  readonly group: 'main' | 'v8' | 'libuv' | 'node';
  readonly priority: number;
  readonly state: ThreadState;
  /** Percent of one core over the sample interval. */
  readonly cpu: number;
  readonly deltaTime: number;
  readonly time: number;
  readonly interrupted: boolean;
  readonly daemon: boolean;
}

/** The main thread's JavaScript stack; `native` when it did not answer. */
export interface MainStack {
  readonly frames: readonly StackFrame[];
  readonly native?: NativeWait;
  /** Grows when the event loop turns after an `arm` that was done. */
  readonly turns: number;
  readonly armed: boolean;
}

/** The OS threads of a target with what they did in `sampleMs`, busiest first. */
export async function sampleThreads(
  target: Target,
  sampleMs: number,
  withProbe: boolean,
  signal?: AbortSignal,
): Promise<ThreadRow[]> {
  const { pid } = target.process;
  const hidden = withProbe ? undefined : await probeThread(target);
  const before = new Map(threadStats(pid).map((thread) => [thread.tid, thread.cpuMs]));
  const began = performance.now();
  if (sampleMs > 0) await sleep(sampleMs, undefined, { signal });
  const threads = threadStats(pid);
  const elapsed = performance.now() - began;
  return threads
    .filter(({ tid }) => tid !== hidden)
    .map((thread) => rowOf(pid, thread, before.get(thread.tid) ?? 0, elapsed))
    .sort((a, b) => b.cpu - a.cpu || b.time - a.time || a.id - b.id);
}

export function countStates(rows: readonly ThreadRow[]): Map<ThreadState, number> {
  return new Map(
    THREAD_STATES.map((state) => [state, rows.filter((row) => row.state === state).length] as const),
  );
}

/** What an interrupt finds. With `arm` the next one tells by `turns` whether the event loop has turned. */
export async function mainStack(target: Target, arm: boolean, signal?: AbortSignal): Promise<MainStack> {
  const answer = await answerWithin(
    target.main<Partial<RawStack> | null>('stack', { arm }),
    stackWait.value,
    signal,
  );
  if (answer === undefined) {
    return { frames: [], native: nativeWait(target.process.pid), turns: 0, armed: false };
  }
  return {
    frames: await stackTrace(target, answer?.frames),
    turns: typeof answer?.turns === 'number' ? answer.turns : 0,
    armed: answer?.armed === true,
  };
}

interface RawStack {
  readonly frames: unknown;
  readonly turns: unknown;
  readonly armed: unknown;
}

/** Undefined when there is none in that time: the first call also brings the probe's script there. */
async function answerWithin<T>(
  answer: Promise<T>,
  ms: number,
  signal: AbortSignal | undefined,
): Promise<T | undefined> {
  const impatience = new AbortController();
  const either = signal ? AbortSignal.any([signal, impatience.signal]) : impatience.signal;
  answer.catch(() => undefined);
  try {
    return await Promise.race([answer, sleep(ms, undefined, { signal: either })]);
  } finally {
    impatience.abort();
  }
}

/** `threadInfo` of the wire: what Linux does not count is -1. */
export function threadInfo(pid: number, row: ThreadRow, stack?: MainStack) {
  return {
    threadId: row.id,
    threadName: row.name,
    threadState: row.state,
    priority: row.priority,
    daemon: row.daemon,
    ...lockFields(pid, row.id, stack),
  };
}

/** A row of `thread -n`. */
export function busyThread(pid: number, row: ThreadRow, stack?: MainStack) {
  return { ...row, ...lockFields(pid, row.id, stack) };
}

function lockFields(pid: number, tid: number, stack: MainStack | undefined) {
  const switches = threadSwitches(pid, tid);
  return {
    blockedCount: switches?.forced ?? -1,
    blockedTime: -1,
    waitedCount: switches?.voluntary ?? -1,
    waitedTime: -1,
    inNative: stack === undefined || stack.native !== undefined,
    suspended: false,
    lockName: waitChannel(pid, tid),
    lockOwnerId: -1,
    stackTrace: wireFrames(stack?.frames ?? []),
    lockedMonitors: [],
    lockedSynchronizers: [],
    native: stack?.native,
  };
}

/** The id of our own Worker's thread, in our pid namespace; undefined when there is none or nobody says. */
async function probeThread(target: Target): Promise<number | undefined> {
  try {
    const { tid } = await target.worker<{ tid: number }>('ownThread');
    return Number.isSafeInteger(tid) && tid > 0 ? threadIdHere(target.process.pid, tid) : undefined;
  } catch (error) {
    if (error instanceof RemoraError && error.code === 'needs-worker') return undefined;
    throw error;
  }
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
