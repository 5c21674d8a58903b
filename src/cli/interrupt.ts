import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientSession } from '../client/index.js';

const RETRY_MS = 50;

/**
 * Interrupts the session's job, trying again while the agent does not know it yet: Ctrl-C may come between sending a
 * command and its start.
 */
export async function interruptJob(session: ClientSession, done: () => boolean): Promise<void> {
  while (!done()) {
    const interrupted = await session.interrupt().catch(() => false);
    if (interrupted) return;
    await sleep(RETRY_MS);
  }
}
