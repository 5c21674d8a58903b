import { type Command, CommandFailure } from '../command.js';
import { inQuotes } from '../retransform/line.js';

export const mc: Command = {
  name: 'mc',
  summary: 'Answer with the `retransform` line that takes a source as it is',
  description:
    'On the JVM `mc` compiles sources for `redefine`. `retransform` compiles by itself, TypeScript too; this command ' +
    'changes nothing and says how to go on.',
  examples: [{ line: 'mc /app/src/pricing.ts', shows: 'the line to use instead' }],
  options: [
    { short: 'c', long: 'classloader', kind: 'string', summary: 'Of the JVM alone; ignored' },
    { long: 'classLoaderClass', kind: 'string', summary: 'Of the JVM alone; ignored' },
    { long: 'encoding', kind: 'string', summary: 'Ignored: sources are UTF-8' },
    { short: 'd', long: 'directory', kind: 'string', summary: 'Ignored: no file is written' },
  ],
  args: [{ name: 'files', required: true, multiple: true, summary: 'Sources', completes: 'module' }],
  needs: 'none',
  risk: 'read',
  results: [],
  cost: 'None.',
  // biome-ignore lint/correctness/useYield: it only says what to do instead.
  *run({ args: { positional } }) {
    throw new CommandFailure(
      `Memory compiler error, exception message: there is nothing to compile beforehand. retransform takes sources as they are: retransform ${positional.map(inQuotes).join(' ')}`,
    );
  },
  render: () => undefined,
};
