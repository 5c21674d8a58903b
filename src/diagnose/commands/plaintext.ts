import type { Command } from '../command.js';
import { pipeAlone } from '../errors.js';

export const plaintext: Command = {
  name: 'plaintext',
  summary: 'Take the colours off the text of a command, behind a pipe',
  description: 'Text behind any pipe has no colours here; this one does nothing else.',
  examples: [{ line: 'help | plaintext', shows: 'the list without colours' }],
  options: [],
  args: [],
  needs: 'none',
  risk: 'read',
  results: [],
  cost: 'None: no process is asked.',
  // biome-ignore lint/correctness/useYield: it only ever says no
  *run() {
    throw pipeAlone('plaintext');
  },
  render: () => undefined,
};
