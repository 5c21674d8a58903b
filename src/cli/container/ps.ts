import { Command } from 'commander';
import type { CliContext } from '../context.js';
import { EXIT } from '../exitCode.js';
import { addConnectionFlags, type ConnectionFlags, containersClient } from './connection.js';
import { containerTable } from './table.js';

interface PsFlags extends ConnectionFlags {
  readonly all?: boolean;
  readonly json?: boolean;
  readonly names?: boolean;
}

export function psCommand(context: CliContext): Command {
  const command = new Command('ps')
    .description('list the containers')
    .option('-a, --all', 'also those that have ended')
    .option('--json', 'one JSON array on standard output')
    .option('-q, --names', 'names only, one a line');
  return addConnectionFlags(command).action(async (flags: PsFlags) => {
    const { terminal } = context;
    const all = await containersClient(context, flags).list();
    const found = all.filter((entry) => flags.all || !entry.end).sort((a, b) => (a.id < b.id ? -1 : 1));
    if (flags.json) await terminal.print(JSON.stringify(found, undefined, 2));
    else if (flags.names) for (const { id } of found) await terminal.printForeign(id);
    else if (found.length > 0)
      await terminal.print(containerTable(found, terminal.foldWidth, terminal.style));
    else terminal.note(nothing(all.length));
    context.exitCode = EXIT.ok;
  });
}

function nothing(ended: number): string {
  if (ended > 0) return `No container runs; ${ended} have ended (remora container ps -a).`;
  return 'No container runs. Start one: remora container run -- sleep 60';
}
