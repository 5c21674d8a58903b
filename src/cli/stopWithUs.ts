import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientSession } from '../client/index.js';

/** What the agent gets to put the command to rest, and its last results to be shown; then we stop anyhow. */
const REST_MS = 2000;
const SHOW_MS = 100;

/**
 * Ctrl-Z in the shell that started us: the command is suspended before we stop, and continued when we are (`fg`, `bg`,
 * SIGCONT). Returns what ends that.
 */
export function stopWithUs(session: ClientSession, beforeStop: () => void): () => void {
  let isStopping = false;
  const stop = async (): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    const suspended = session.suspend().catch(() => false);
    const isSuspended = await Promise.race([suspended, sleep(REST_MS, false, { ref: false })]);
    await sleep(SHOW_MS);
    beforeStop();
    process.off('SIGTSTP', listener);
    process.kill(process.pid, 'SIGTSTP');
    // Passes when we go on, or at once where nobody could continue us, and the kernel leaves the signal out.
    await sleep(SHOW_MS);
    process.on('SIGTSTP', listener);
    isStopping = false;
    if (isSuspended) await session.start('fg').catch(() => undefined);
  };
  const listener = () => void stop();
  process.on('SIGTSTP', listener);
  return () => process.off('SIGTSTP', listener);
}
