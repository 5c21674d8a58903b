import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandContext } from './command.js';

/**
 * The time between two looks at a process: `ms`, and for as long as the job is suspended. Over at once when it is told to
 * end; never rejects.
 */
export async function pause(
  { signal, suspension }: Pick<CommandContext, 'signal' | 'suspension'>,
  ms: number,
): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
  await suspension?.whileSuspended();
}
