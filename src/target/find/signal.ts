/** What SIGUSR1 would do to a process, judged without sending it. */
import { setTimeout } from 'node:timers/promises';
import { readProcNumbers, readProcText } from './proc.js';
import { signalTree } from './signalTree.js';
import { hasSignal, type ProcessStatus, parseStatus, processStatus } from './status.js';

export interface SignalVerdict {
  /**
   * `send`: Node's own handler is there and no other. `own-handler`: the application handles SIGUSR1; it would run.
   * `would-kill`: nothing catches it. `ignored`: it is blocked or ignored (`--disable-sigusr1`, permission model), so
   * sending does nothing now. `unknown`: caught, but by whom could not be read.
   */
  readonly verdict: 'send' | 'own-handler' | 'would-kill' | 'ignored' | 'unknown';
  /** One sentence without a full stop. */
  readonly why: string;
}

const SIGUSR1 = 10;
const RECHECK_MS = 10;
const RECHECKS = 20;

/** Never rejects; a process that is gone is `unknown`. Source: DESIGN 3.1, libuv src/unix/signal.c. */
export async function signalVerdict(pid: number): Promise<SignalVerdict> {
  const before = await uncaughtVerdict(pid);
  if (before) return before;
  const tree = await signalTree(pid);
  // The answer holds only if the signal is still caught: a handler may have been taken away while we read.
  const after = await uncaughtVerdict(pid);
  if (after) return after;
  if ('unreadable' in tree) {
    return { verdict: 'unknown', why: `cannot tell whether it handles SIGUSR1 itself: ${tree.unreadable}` };
  }
  if (tree.signals.includes(SIGUSR1)) {
    return { verdict: 'own-handler', why: 'the application has its own SIGUSR1 handler, which would run' };
  }
  return { verdict: 'send', why: "SIGUSR1 is caught, and by Node's own handler alone" };
}

async function uncaughtVerdict(pid: number): Promise<SignalVerdict | undefined> {
  const status = processStatus(pid);
  if (!status) return { verdict: 'unknown', why: 'the process is gone' };
  const verdict = verdictOfMasks(status);
  if (verdict || !hasSignal(status.blocked, SIGUSR1)) return verdict;
  // libuv blocks every signal for a moment around a fork and when a watcher starts: look again before believing it.
  for (let look = 0; look < RECHECKS; look += 1) {
    await setTimeout(RECHECK_MS);
    if (!blockedEverywhere(pid)) return undefined;
  }
  return { verdict: 'ignored', why: 'SIGUSR1 is blocked in every thread, so it would stay pending' };
}

/** Judges by the masks of the main thread; undefined when something catches the signal. */
export function verdictOfMasks(status: ProcessStatus): SignalVerdict | undefined {
  if (hasSignal(status.caught, SIGUSR1)) return undefined;
  if (hasSignal(status.ignored, SIGUSR1)) return { verdict: 'ignored', why: 'SIGUSR1 is ignored' };
  if (hasSignal(status.blocked, SIGUSR1)) {
    return {
      verdict: 'ignored',
      why: 'SIGUSR1 is blocked and nothing handles it (--disable-sigusr1, or a permission model without --allow-inspector)',
    };
  }
  return {
    verdict: 'would-kill',
    why: 'nothing handles SIGUSR1, so it would kill the process (still starting, or a handler was removed)',
  };
}

function blockedEverywhere(pid: number): boolean {
  return readProcNumbers(`/proc/${pid}/task`).every((tid) => {
    const text = readProcText(`/proc/${pid}/task/${tid}/status`);
    const status = text === undefined ? undefined : parseStatus(text);
    return !status || hasSignal(status.blocked, SIGUSR1);
  });
}
