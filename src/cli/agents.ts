import { Command } from 'commander';
import type { FleetAgent } from '../client/index.js';
import { formatBytes, formatDuration } from '../diagnose/render/index.js';
import type { CliContext } from './context.js';
import { addFleetFlags, type FleetFlags, jsonText, withServer } from './fleetConnect.js';
import { type FleetColumn, printTable } from './fleetTable.js';

/** As wide as its longest cell. */
const WHOLE = Number.MAX_SAFE_INTEGER;

/** `remora agents`: who reports to a config server, and how they do. */
export function agentsCommand(context: CliContext): Command {
  const command = new Command('agents')
    .description('the agents that report to a config server')
    .option('--group <name>', 'only those of a group', 'default');
  return addFleetFlags(command).action((flags: FleetFlags & { group: string }) =>
    withServer(context, flags, async (client) => {
      const agents = await client.agents(flags.group);
      if (flags.json) return context.terminal.print(jsonText(agents));
      const nothing =
        flags.group === 'default'
          ? 'No agent has reported yet.'
          : `No agent is in group ${flags.group}: none has one of its tags.`;
      return printTable(context, columns(context, agents), agents, nothing);
    }),
  );
}

function columns({ terminal }: CliContext, agents: readonly FleetAgent[]): FleetColumn<FleetAgent>[] {
  const { green, red, yellow, bold } = terminal.style;
  const paintState = (text: string, row: number): string => {
    const liveness = agents[row]?.liveness;
    if (liveness === 'online') return green(text);
    return liveness === 'offline' ? red(text) : yellow(text);
  };
  return [
    { title: 'AGENT', min: 16, paint: bold, text: ({ id }) => id },
    { title: 'TYPE', text: ({ type }) => type },
    { title: 'VERSION', text: ({ version }) => version },
    { title: 'IP', min: 15, text: ({ ip }) => ip },
    { title: 'STATE', min: 10, paint: paintState, text: ({ liveness, status }) => liveness || status },
    { title: 'SEEN', align: 'right', min: WHOLE, text: ({ heartbeatTime }) => ago(heartbeatTime) },
    { title: 'CPU', align: 'right', text: ({ details }) => shortNumber(details.CPU) },
    { title: 'MEMORY', align: 'right', text: ({ details }) => memory(details.Memory) },
    {
      title: 'TAGS',
      min: 12,
      text: ({ tags }) =>
        Object.entries(tags)
          .map((tag) => tag.join('='))
          .join(', '),
    },
  ];
}

function ago(time: number): string {
  return time === 0 ? '-' : `${formatDuration(Math.max(0, Date.now() - time))} ago`;
}

function shortNumber(text: string | undefined): string {
  const value = Number(text);
  return text === undefined || !Number.isFinite(value) ? (text ?? '') : String(Math.round(value * 100) / 100);
}

function memory(text: string | undefined): string {
  const value = Number(text);
  return text === undefined || !Number.isSafeInteger(value) || value < 0 ? (text ?? '') : formatBytes(value);
}
