import { type Command, CommandFailure } from '../command.js';
import { GREP_ALONE } from '../errors.js';
import { GREP_ARGS, GREP_OPTIONS } from '../pipes/index.js';

export const grep: Command = {
  name: 'grep',
  summary: 'Filter the text of a command, behind a pipe',
  description: 'The results stay as they are; the filtered lines come as one more result of type `text`.',
  examples: [
    { line: 'help | grep -i session', shows: 'the lines of the list that name sessions' },
    { line: "options | grep -e 'probe|job'", shows: 'lines that match a regular expression' },
  ],
  options: GREP_OPTIONS,
  args: GREP_ARGS,
  needs: 'none',
  risk: 'read',
  results: [],
  cost: 'None: no process is asked.',
  // biome-ignore lint/correctness/useYield: it only ever says no
  async *run() {
    throw new CommandFailure(GREP_ALONE);
  },
  render: () => undefined,
};
