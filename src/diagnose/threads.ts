import { setTimeout as sleep } from 'node:timers/promises';
import { type NativeWait, nativeWait, type Target, threadSwitches, waitChannel } from '../target/index.js';
import { type StackFrame, stackTrace, wireFrames } from './frames.js';
import { stackWait } from './limits.js';
import type { ThreadRow } from './threadRows.js';

/** The JavaScript stack of a thread; `native` when the main thread did not answer. */
export interface ThreadStack {
  readonly frames: readonly StackFrame[];
  readonly native?: NativeWait;
}

export interface MainStack extends ThreadStack {
  /** Grows when the event loop turns after an `arm` that was done. */
  readonly turns: number;
  readonly armed: boolean;
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
export async function answerWithin<T>(
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
export function threadInfo(pid: number, row: ThreadRow, stack?: ThreadStack) {
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
export function busyThread(pid: number, row: ThreadRow, stack?: ThreadStack) {
  return { ...row, ...lockFields(pid, row.id, stack) };
}

function lockFields(pid: number, tid: number, stack: ThreadStack | undefined) {
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
