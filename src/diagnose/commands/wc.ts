import type { Command } from '../command.js';
import { pipeAlone } from '../errors.js';
import { WC_OPTIONS } from '../pipes/index.js';

export const wc: Command = {
  name: 'wc',
  summary: 'Count the lines of a command, behind a pipe',
  description: 'The results stay as they are; the count comes as one more result of type `text`.',
  examples: [{ line: 'help | wc -l', shows: 'how many lines the list has' }],
  options: WC_OPTIONS,
  args: [],
  needs: 'none',
  risk: 'read',
  results: [],
  cost: 'None: no process is asked.',
  // biome-ignore lint/correctness/useYield: it only ever says no
  *run() {
    throw pipeAlone('wc');
  },
  render: () => undefined,
};
