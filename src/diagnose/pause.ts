import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandContext } from './command.js';

/**
 * The time between two looks at a process, and all the time in which the job is suspended; then `ms` once more, so that
 * figures are those of a whole interval. Over at once when the job is told to end; never rejects.
 */
export async function pause(
  { signal, suspension }: Pick<CommandContext, 'signal' | 'suspension'>,
  ms: number,
): Promise<void> {
  for (let again = true; again && !signal.aborted; ) {
    await sleep(ms, undefined, { signal }).catch(() => undefined);
    again = suspension?.isSuspended === true;
    await suspension?.whileSuspended();
  }
}
