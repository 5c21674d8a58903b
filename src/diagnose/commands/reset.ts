import type { Target } from '../../target/index.js';
import type { Command, CommandContext } from '../command.js';
import { resetInstruments } from '../resetInstruments.js';

export const reset: Command = {
  name: 'reset',
  summary: 'Take all instruments out of the process',
  description:
    'Undoes what watch, monitor and stack installed, for all sessions; commands that still observe such a function end and say so. ' +
    'A function is put back at once, or passes calls on untouched until the main thread has a free moment for it. ' +
    'A process that is not attached is left alone.',
  examples: [
    { line: 'reset', shows: 'how many modules or classes and functions were put back' },
    { line: 'reset *Cart', shows: 'the same for matching classes only' },
  ],
  options: [{ short: 'E', long: 'regex', kind: 'flag', summary: 'The pattern is a regular expression' }],
  args: [{ name: 'class-pattern', required: false, summary: 'Modules or classes', completes: 'module' }],
  needs: 'none',
  risk: 'observe',
  results: [
    {
      type: 'reset',
      fields: [
        {
          name: 'affect',
          type: '{classCount,methodCount,cost,listenerId,later?}',
          summary:
            'Modules or classes, and functions, that were put back; `cost` in ms; `later`: of these, the ones that pass calls on untouched until the main thread comes to them',
        },
      ],
    },
  ],
  cost: 'Less than before: each wrapped function becomes the original again.',
  async *run(context) {
    const text = context.args.positional[0];
    const pattern = text === undefined ? undefined : { text, regex: context.args.options.regex === true };
    yield await resetInstruments(context.services, await attachedTarget(context), pattern);
  },
  render: (result) => {
    const { classCount, methodCount, cost, later } = result.affect as Record<string, number>;
    const rest = later ? `; ${later} of them at the main thread's next free moment` : '';
    return `Affect(class count: ${classCount}, method count: ${methodCount}) cost in ${cost} ms${rest}`;
  },
};

async function attachedTarget({ process, services }: CommandContext): Promise<Target | undefined> {
  const info = await process();
  return services.targets.attached().find((target) => target.process.pid === info?.pid);
}
