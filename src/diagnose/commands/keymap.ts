import type { Command } from '../command.js';
import { terminalOnly } from '../errors.js';

export const keymap: Command = {
  name: 'keymap',
  summary: 'Show what the keys do at the prompt',
  description: 'A word of the prompt (`remora attach`, `/ws`); over HTTP there is no screen and no key.',
  examples: [{ line: 'keymap', shows: 'each key and what it does' }],
  options: [],
  args: [],
  needs: 'none',
  risk: 'read',
  results: [],
  cost: 'None: no process is asked.',
  // biome-ignore lint/correctness/useYield: it only ever says no
  *run() {
    throw terminalOnly('keymap');
  },
  render: () => undefined,
};
