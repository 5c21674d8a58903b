import { type Command, CommandFailure } from '../command.js';
import { inQuotes } from '../retransform/line.js';

/** Of the JVM's two ways to replace classes, `retransform` is the one that can be undone. */
export const redefine: Command = {
  name: 'redefine',
  summary: 'Answer with the `retransform` line that replaces functions by a new source',
  description:
    'On the JVM `redefine` loads compiled classes for good. Here functions are replaced by `retransform`, which takes ' +
    'sources (TypeScript as it is) and can be undone; this command changes nothing and says how to go on.',
  examples: [{ line: 'redefine /app/src/pricing.ts', shows: 'the line to use instead' }],
  options: [
    { short: 'c', long: 'classloader', kind: 'string', summary: 'Of the JVM alone; ignored' },
    { long: 'classLoaderClass', kind: 'string', summary: 'Of the JVM alone; ignored' },
  ],
  args: [{ name: 'files', required: true, multiple: true, summary: 'Files', completes: 'module' }],
  needs: 'none',
  risk: 'read',
  results: [],
  cost: 'None.',
  // biome-ignore lint/correctness/useYield: it only says what to do instead.
  *run({ args: { positional } }) {
    throw new CommandFailure(
      `Node.js has no classes to redefine for good. The same, and undone by \`retransform -d ID\`: retransform ${positional.map(inQuotes).join(' ')}`,
    );
  },
  render: () => undefined,
};
