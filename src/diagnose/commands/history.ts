import type { Command } from '../command.js';

export const history: Command = {
  name: 'history',
  summary: 'Show the command lines you sent, newest last',
  description: 'The last 500 lines of all callers are kept in memory; you see and clear your own.',
  examples: [
    { line: 'history', shows: 'your command lines, this one included' },
    { line: 'history 5', shows: 'the last five' },
    { line: 'history -c', shows: 'nothing more: your lines are gone' },
  ],
  options: [{ short: 'c', long: 'clear', kind: 'flag', summary: 'Forget your command lines' }],
  args: [{ name: 'n', required: false, summary: 'Only the last n lines' }],
  needs: 'none',
  risk: 'read',
  results: [
    {
      type: 'history',
      fields: [{ name: 'history', type: 'string[]', summary: 'Command lines, oldest first' }],
    },
  ],
  cost: 'None: no process is asked.',
  *run({ args, caller, services }) {
    if (args.options.clear) {
      services.history.clear(caller.user);
      yield { type: 'history', history: [] };
      return;
    }
    const lines = services.history.lines(caller.user);
    const count = Number(args.positional[0]);
    yield { type: 'history', history: count > 0 ? lines.slice(-count) : lines };
  },
  render: (result) => {
    const lines = result.history as readonly string[];
    const digits = String(lines.length).length;
    return lines.map((line, index) => `${String(index + 1).padStart(digits)}  ${line}`).join('\n');
  },
};
