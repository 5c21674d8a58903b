import { constants } from 'node:os';
import { Command } from 'commander';
import type { CliContext } from '../context.js';
import { addConnectionFlags, type ConnectionFlags, containersClient } from './connection.js';
import { forEachContainer } from './each.js';
import { noSuchContainer } from './errors.js';
import { kill } from './stop.js';

interface RmFlags extends ConnectionFlags {
  readonly force?: boolean;
}

export function rmCommand(context: CliContext): Command {
  const command = new Command('rm')
    .description('remove what is left of containers that have ended: their records and folders')
    .argument('<container...>', 'the containers')
    .option('-f, --force', 'kill those that are still running first');
  return addConnectionFlags(command).action(async (ids: readonly string[], flags: RmFlags) => {
    const client = containersClient(context, flags);
    const known = new Set((await client.list()).map(({ id }) => id));
    await forEachContainer(context, ids, async (id) => {
      if (!known.has(id)) throw noSuchContainer(id);
      if (flags.force && (await kill(client, id, constants.signals.SIGKILL))) await client.wait(id);
      await client.remove(id);
    });
  });
}
