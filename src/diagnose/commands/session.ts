import type { Target } from '../../target/index.js';
import type { Command } from '../command.js';
import { INSTALLED_FIELD, type Installed, installedIn, installedLines } from '../observe/installed.js';
import { renderKeyValue } from '../render/index.js';
import { shownHolders } from '../shownHolders.js';

interface HeldProcess {
  readonly pid: number;
  readonly name: string;
  readonly channel: string;
  readonly attachedAt: string;
  readonly holders: readonly string[];
  readonly notices: readonly string[];
  readonly instruments?: Installed;
}

export const session: Command = {
  name: 'session',
  summary: 'Show this session and the processes that are held',
  examples: [{ line: 'session', shows: 'the session id, its process, and every process this agent holds' }],
  options: [],
  args: [],
  needs: 'none',
  risk: 'read',
  results: [
    {
      type: 'session',
      fields: [
        { name: 'sessionId', type: 'string', summary: 'This session' },
        { name: 'javaPid', type: 'int?', summary: "Pid of the session's process; absent before it has one" },
        { name: 'userId', type: 'string?', summary: 'The label that the client gave' },
        {
          name: 'processes',
          type: '{pid,name,channel,attachedAt,holders[],notices[],instruments?}[]',
          summary: 'Processes attached now, who holds each, and what its user must know',
        },
        { ...INSTALLED_FIELD, name: 'processes[].instruments' },
      ],
    },
  ],
  cost: 'None, unless functions are observed: then one question to the Worker in the process.',
  async *run({ sessionId, services }) {
    const view = services.session(sessionId);
    const attached = services.targets.attached();
    const only = attached.length === 1 ? attached[0] : undefined;
    yield {
      type: 'session',
      sessionId,
      javaPid: (view?.target ?? only)?.process.pid,
      userId: view?.userId,
      processes: await Promise.all(
        attached.map(async (target) => ({
          ...heldProcess(target, sessionId),
          instruments: await installedIn(services, target),
        })),
      ),
    };
  },
  render: (result, style, width) => {
    const pairs: [string, string | undefined][] = [
      ['SESSION_ID', String(result.sessionId)],
      ['PID', result.javaPid === undefined ? undefined : String(result.javaPid)],
      ['USER_ID', result.userId === undefined ? undefined : String(result.userId)],
    ];
    for (const held of result.processes as readonly HeldProcess[]) {
      const lines = [`since ${held.attachedAt} by ${held.channel}`, ...held.holders, ...held.notices];
      if (held.instruments) lines.push(...installedLines(held.instruments));
      pairs.push([`${held.name} (${held.pid})`, lines.join('\n')]);
    }
    return renderKeyValue(pairs, style, width);
  },
};

function heldProcess(target: Target, sessionId: string) {
  return {
    pid: target.process.pid,
    name: target.process.name,
    channel: target.channel,
    attachedAt: new Date(target.attachedAt),
    holders: shownHolders(target, sessionId),
    notices: target.notices,
  };
}
