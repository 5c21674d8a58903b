import { Command } from 'commander';
import { processTable } from '../diagnose/render/index.js';
import { connect } from './connect.js';
import type { CliContext } from './context.js';
import { EXIT } from './exitCode.js';

export function psCommand(context: CliContext): Command {
  return new Command('ps')
    .description('list every Node.js process and whether it can be attached')
    .option('--json', 'one JSON array on standard output')
    .option('--names', 'pids and names only, one process a line')
    .action(async (options: { json?: boolean; names?: boolean }) => {
      const { terminal } = context;
      const { client } = await connect(context);
      const found = [...(await client.processes())].sort((a, b) => a.pid - b.pid);
      if (options.json) await terminal.print(JSON.stringify(found, undefined, 2));
      else if (options.names) {
        for (const process of found.filter((each) => !each.own)) {
          await terminal.printForeign(`${process.pid}\t${process.name.replace(/\s/g, ' ')}`);
        }
      } else if (found.length === 0) terminal.note('No Node.js process was found that this user may see.');
      else await terminal.print(processTable(found, terminal.foldWidth, terminal.style));
      context.exitCode = EXIT.ok;
    });
}
