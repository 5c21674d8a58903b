import type { Command } from '../command.js';
import { redactLine } from '../facts/redactLine.js';
import { INSTALLED_FIELD, type Installed, installedIn, installedLines } from '../observe/installed.js';
import { renderTable } from '../render/index.js';
import { shownHolders } from '../shownHolders.js';

interface TargetRow {
  readonly pid: number;
  readonly name: string;
  readonly channel: string;
  readonly since: string;
  readonly holders: readonly string[];
  readonly notices: readonly string[];
  readonly nodeVersion: string;
  readonly instruments?: Installed;
}

export const target: Command = {
  name: 'target',
  summary: 'List the processes that this agent holds, and for whom',
  description: 'A process is let go when nobody has used it for a while (`--linger`), or by `stop`.',
  examples: [{ line: 'target', shows: 'every attached process, who holds it, and what its user must know' }],
  options: [],
  args: [],
  needs: 'none',
  risk: 'read',
  results: [
    {
      type: 'target',
      fields: [
        {
          name: 'targets',
          type: '{pid,name,channel,since,holders[],notices[],nodeVersion,instruments?}[]',
          summary:
            '`channel` is `worker` or `cdp`; `holders` are sessions, jobs and configs; empty = it is about to be let go',
        },
        { ...INSTALLED_FIELD, name: 'targets[].instruments' },
      ],
    },
  ],
  cost: 'None, unless functions are observed: then one question to the Worker in the process.',
  async *run({ sessionId, services }) {
    yield {
      type: 'target',
      targets: await Promise.all(
        services.targets.attached().map(async (each) => ({
          pid: each.process.pid,
          name: redactLine(each.process.name),
          channel: each.channel,
          since: new Date(each.attachedAt),
          holders: shownHolders(each, sessionId),
          notices: each.notices,
          nodeVersion: each.process.nodeVersion,
          instruments: await installedIn(services, each),
        })),
      ),
    };
  },
  render: (result, style, width) => {
    const rows = result.targets as readonly TargetRow[];
    if (rows.length === 0) return 'No process is attached.';
    const columns = [
      { title: 'PID', align: 'right' as const },
      { title: 'NAME', min: 12, paint: style.cyan },
      { title: 'NODE', min: 8 },
      { title: 'CHANNEL', min: 7 },
      { title: 'SINCE', min: 19 },
      { title: 'HOLDERS', min: 14 },
      { title: 'NOTICES', min: 20 },
    ];
    const cells = rows.map((row) => [
      String(row.pid),
      row.name,
      row.nodeVersion,
      row.channel,
      row.since.slice(0, 19),
      row.holders.join('\n') || '-',
      [...row.notices, ...(row.instruments ? installedLines(row.instruments) : [])].join('\n') || '-',
    ]);
    return renderTable(columns, cells, style, width);
  },
};
