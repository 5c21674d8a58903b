import { Command, InvalidArgumentError } from 'commander';
import { formatDateTime } from '../base/index.js';
import type { FleetAlarm } from '../client/index.js';
import type { CliContext } from './context.js';
import { addFleetFlags, type FleetFlags, jsonText, withServer } from './fleetConnect.js';
import { printTable } from './fleetTable.js';

interface AlarmFlags extends FleetFlags {
  readonly limit: number;
}

/** `remora alarms`: what agents raised. */
export function alarmsCommand(context: CliContext): Command {
  const command = new Command('alarms')
    .description('alarms that agents raised, newest first')
    .argument('[agent]', 'only those of this agent, by its id')
    .option('-n, --limit <number>', 'how many', parseLimit, 20);
  return addFleetFlags(command).action((agent: string | undefined, flags: AlarmFlags) =>
    withServer(context, flags, async (client) => {
      const alarms = await client.alarms({ agent, limit: flags.limit });
      if (flags.json) return context.terminal.print(jsonText(alarms));
      const columns = [
        { title: 'TIME', min: 19, text: ({ time }: FleetAlarm) => formatDateTime(time).slice(0, 19) },
        {
          title: 'AGENT',
          min: 16,
          paint: context.terminal.style.bold,
          text: ({ agent: id }: FleetAlarm) => id,
        },
        { title: 'TYPE', min: 10, text: ({ type }: FleetAlarm) => type },
        { title: 'DETAIL', text: ({ detail }: FleetAlarm) => detail },
      ];
      return printTable(context, columns, alarms, 'No alarm has been raised.');
    }),
  );
}

function parseLimit(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 1000)
    throw new InvalidArgumentError('Give a number, 1 to 1000.');
  return value;
}
