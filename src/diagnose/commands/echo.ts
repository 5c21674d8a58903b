import type { Command } from '../command.js';

export const echo: Command = {
  name: 'echo',
  summary: 'Write a word back',
  examples: [{ line: "echo 'hello world'", shows: 'hello world' }],
  options: [],
  args: [
    { name: 'message', required: false, dashed: true, summary: 'One word; quote it when it has blanks' },
  ],
  needs: 'none',
  risk: 'read',
  results: [{ type: 'echo', fields: [{ name: 'content', type: 'string', summary: 'The word' }] }],
  cost: 'None: no process is asked.',
  *run({ args }) {
    yield { type: 'echo', content: args.positional[0] ?? '' };
  },
  render: ({ content }) => String(content),
};
