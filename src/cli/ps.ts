import { Command } from 'commander';
import type { ProcessInfo } from '../client/index.js';
import type { Style } from '../diagnose/index.js';
import { connect } from './connect.js';
import type { CliContext } from './context.js';
import { EXIT } from './exitCode.js';
import { tableLines } from './table.js';
import { formatBytes, formatDuration } from './units.js';

export function psCommand(context: CliContext): Command {
  return new Command('ps')
    .description('list every Node.js process and whether it can be attached')
    .option('--json', 'one JSON array on standard output')
    .option('--names', 'pids and names only, one process a line')
    .action(async (options: { json?: boolean; names?: boolean }) => {
      const { client } = await connect(context);
      const found = [...(await client.processes())].sort((a, b) => a.pid - b.pid);
      const { terminal } = context;
      if (options.json) await terminal.print(JSON.stringify(found, undefined, 2));
      else if (options.names) {
        for (const process of found.filter((each) => !each.own)) {
          await terminal.printForeign(`${process.pid}\t${process.name}`);
        }
      } else if (found.length === 0) terminal.note('No Node.js process was found that this user may see.');
      else await terminal.print(processTable(found, terminal.foldWidth, terminal.style).join('\n'));
      context.exitCode = EXIT.ok;
    });
}

/** One line a process, for people. */
export function processTable(
  processes: readonly ProcessInfo[],
  width: number | undefined,
  style: Style,
): string[] {
  const paintState = (text: string, row: number) => {
    const process = processes[row];
    if (process?.attached) return style.cyan(text);
    return process?.attachable ? style.green(text) : style.dim(text);
  };
  return tableLines(
    [
      { title: 'PID', right: true },
      { title: 'USER', shrinkTo: 6, drop: 3 },
      { title: 'NAME', shrinkTo: 10, paint: style.bold },
      { title: 'NODE', drop: 5 },
      { title: 'UPTIME', right: true, drop: 6 },
      { title: 'CPU%', right: true, drop: 7 },
      { title: 'RSS', right: true, drop: 4 },
      { title: 'CONTAINER', shrinkTo: 6, drop: 1 },
      { title: 'INSPECTOR', drop: 2 },
      { title: 'ATTACHABLE', shrinkTo: 10, paint: paintState },
    ],
    processes.map((process) => [
      String(process.pid),
      process.user,
      process.name,
      process.nodeVersion || '?',
      formatDuration(process.uptimeMs),
      process.cpuPercent.toFixed(1),
      formatBytes(process.rssBytes),
      process.container?.slice(0, 12) ?? '-',
      process.inspector.state === 'open' ? `${process.inspector.host}:${process.inspector.port}` : 'closed',
      attachState(process),
    ]),
    width,
    style.dim,
  );
}

function attachState(process: ProcessInfo): string {
  if (process.attached) return 'attached';
  if (process.attachable) return 'yes';
  return process.reason ? `no: ${process.reason}` : 'no';
}
