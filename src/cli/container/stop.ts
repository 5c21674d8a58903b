import { constants } from 'node:os';
import { Command } from 'commander';
import { RemoraError } from '../../base/index.js';
import type { ContainersClient } from '../../client/index.js';
import { parseSeconds } from '../attach.js';
import type { CliContext } from '../context.js';
import { addConnectionFlags, type ConnectionFlags, containersClient } from './connection.js';
import { forEachContainer } from './each.js';
import { noSuchContainer } from './errors.js';
import { parseSignal } from './signals.js';

interface StopFlags extends ConnectionFlags {
  readonly signal: number;
  readonly time: number;
}

export function stopCommand(context: CliContext): Command {
  const command = new Command('stop')
    .description('end containers: a signal first, and SIGKILL when they do not end by it')
    .argument('<container...>', 'the containers')
    .option(
      '-s, --signal <signal>',
      'the signal that asks them to end',
      parseSignal,
      constants.signals.SIGTERM,
    )
    .option('--time <seconds>', 'what they get to end by themselves', parseSeconds, 10);
  return addConnectionFlags(command).action(async (ids: readonly string[], flags: StopFlags) => {
    const client = containersClient(context, flags);
    await forEachContainer(context, ids, (id) => stop(client, id, flags.signal, flags.time * 1000));
  });
}

/** Resolves when the container has ended. One that has ended already is no error. */
async function stop(client: ContainersClient, id: string, signal: number, timeMs: number): Promise<void> {
  const ended = client.wait(id);
  ended.catch(() => undefined);
  if (!(await kill(client, id, signal))) {
    if (!(await ended)) throw noSuchContainer(id);
    return;
  }
  const late = Symbol('late');
  const timer = new Promise<typeof late>((resolve) => setTimeout(() => resolve(late), timeMs).unref());
  if ((await Promise.race([ended, timer])) !== late) return;
  await kill(client, id, constants.signals.SIGKILL);
  await ended;
}

/** False: there is none, or it has ended. */
export async function kill(client: ContainersClient, id: string, signal: number): Promise<boolean> {
  try {
    await client.kill(id, signal);
    return true;
  } catch (error) {
    if (error instanceof RemoraError && error.code === 'container-not-found') return false;
    throw error;
  }
}
