import type { Command } from '../command.js';
import { terminalOnly } from '../errors.js';

export const cls: Command = {
  name: 'cls',
  summary: 'Clear the screen',
  description: 'A word of the prompt (`remora attach`, `/ws`); over HTTP there is no screen and no key.',
  examples: [{ line: 'cls', shows: 'an empty screen' }],
  options: [],
  args: [],
  needs: 'none',
  risk: 'read',
  results: [],
  cost: 'None: no process is asked.',
  // biome-ignore lint/correctness/useYield: it only ever says no
  *run() {
    throw terminalOnly('cls');
  },
  render: () => undefined,
};
