import type { Target } from '../../target/index.js';
import type { Command, CommandContext } from '../command.js';
import { resetInstruments } from '../resetInstruments.js';

export const stop: Command = {
  name: 'stop',
  summary: 'Let the process go and end this session; the agent stays',
  description: 'A process that other sessions, jobs or configs still use stays attached for them.',
  examples: [{ line: 'stop', shows: 'what was undone, and which process was let go' }],
  options: [],
  args: [],
  needs: 'none',
  risk: 'read',
  results: [
    {
      type: 'shutdown',
      fields: [
        { name: 'graceful', type: 'boolean', summary: 'Always true' },
        { name: 'message', type: 'string', summary: 'What ends, and what stays' },
      ],
    },
  ],
  cost: 'Less than before: the process is as it was.',
  async *run(context) {
    const { services, sessionId } = context;
    const target = await sessionTarget(context);
    const others = target?.holders.filter((holder) => !holder.includes(sessionId)) ?? [];
    yield { type: 'message', message: 'Resetting all enhanced classes ...' };
    // Instruments of others are theirs.
    yield await resetInstruments(services, others.length > 0 ? undefined : target);
    services.endSession(sessionId, 'stop');
    if (target && others.length === 0) await target.letGo('stop');
    yield { type: 'shutdown', graceful: true, message: farewell(target, others) };
  },
  render: ({ message }) => String(message),
};

async function sessionTarget({ process, sessionId, services }: CommandContext): Promise<Target | undefined> {
  const held = services.session(sessionId)?.target;
  if (held) return held;
  const info = await process();
  return services.targets.attached().find((target) => target.process.pid === info?.pid);
}

function farewell(target: Target | undefined, others: readonly string[]): string {
  if (!target) return 'No process was held. This session ends; the agent stays.';
  const name = `${target.process.name} (pid ${target.process.pid})`;
  if (others.length === 0) return `${name} was let go. This session ends; the agent stays.`;
  const rest = others.length === 1 ? '1 other holder' : `${others.length} other holders`;
  return `${name} stays attached for ${rest} ('target' lists them). This session ends; the agent stays.`;
}
