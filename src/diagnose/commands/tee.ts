import type { Command } from '../command.js';
import { pipeAlone } from '../errors.js';
import { TEE_ARGS, TEE_OPTIONS } from '../pipes/index.js';

export const tee: Command = {
  name: 'tee',
  summary: 'Write the text of a command into a file as well, behind a pipe',
  description:
    'The file comes into the output folder of the agent, never into the process; it needs the role operator. A `redirect` result tells where it is.',
  examples: [
    {
      line: 'thread | tee threads.txt | wc -l',
      shows: 'how many lines; the lines themselves are in /arthas-output/threads.txt',
    },
  ],
  options: TEE_OPTIONS,
  args: TEE_ARGS,
  needs: 'none',
  risk: 'read',
  results: [],
  cost: 'None: no process is asked.',
  // biome-ignore lint/correctness/useYield: it only ever says no
  *run() {
    throw pipeAlone('tee');
  },
  render: () => undefined,
};
