import type { ProcessInfo } from '../../target/index.js';
import type { Command } from '../command.js';
import { redactCommand, redactLine } from '../facts/redactLine.js';
import { processTable } from '../render/index.js';

export const ps: Command = {
  name: 'ps',
  summary: 'List every Node.js process of this host and whether it can be attached',
  description: 'Nothing is done to a process that is listed. Secrets in command lines are masked.',
  examples: [
    {
      line: 'ps',
      shows: 'each process with its user, name, Node version, use of CPU and memory, and its inspector',
    },
    { line: 'ps | grep shop', shows: 'the lines that name the shop' },
  ],
  options: [],
  args: [],
  needs: 'none',
  risk: 'read',
  results: [
    {
      type: 'ps',
      fields: [
        {
          name: 'processes',
          type: '{pid,startTicks,startTime,uid,user,name,command[],cwd,exe,nodeVersion,uptimeMs,cpuPercent,rssBytes,container?,inspector,attachable,reason?,own,attached}[]',
          summary:
            'By pid. `startTime` ms since the epoch, `cpuPercent` of one core since the start, `inspector` `{state,host?,port?}`, `reason` why it is not attachable, `own` Remora itself, `attached` held by this agent',
        },
      ],
    },
  ],
  cost: 'None: /proc is read; an inspector port that is open already is asked for its version once.',
  async *run({ services }) {
    const processes = await services.targets.list();
    yield {
      type: 'ps',
      processes: processes.map((each) => ({
        ...each,
        name: redactLine(each.name),
        command: redactCommand(each.command),
      })),
    };
  },
  render: (result, style, width) => {
    const processes = result.processes as readonly ProcessInfo[];
    return processes.length === 0 ? undefined : processTable(processes, width, style);
  },
};
