import { RemoraError } from '../../base/index.js';
import type { ProcessFacts } from '../../target/index.js';
import type { Command } from '../command.js';

const WAIT_MS = 500;

export const pwd: Command = {
  name: 'pwd',
  summary: 'Show the working folder of the process',
  examples: [{ line: 'pwd', shows: 'the folder that relative paths of `cat` begin at' }],
  options: [],
  args: [],
  needs: 'target',
  risk: 'read',
  results: [
    { type: 'pwd', fields: [{ name: 'workingDir', type: 'string', summary: 'As the process sees it' }] },
  ],
  cost: 'One question to its main thread; where that is blocked, the folder it had when it was found is shown.',
  async *run({ target, signal }) {
    const attached = await target();
    const facts = await attached
      .main<ProcessFacts>('processFacts', {}, { signal, timeoutMs: WAIT_MS })
      .catch((error: unknown) => {
        if (error instanceof RemoraError && error.code !== 'target-let-go') return undefined;
        throw error;
      });
    yield { type: 'pwd', workingDir: facts?.cwd ?? attached.process.cwd };
  },
  render: ({ workingDir }) => String(workingDir),
};
