import type { Command } from '../command.js';

export const version: Command = {
  name: 'version',
  summary: "Show Remora's version",
  examples: [{ line: 'version', shows: 'the version of the agent that answers' }],
  options: [],
  args: [],
  needs: 'none',
  risk: 'read',
  results: [
    { type: 'version', fields: [{ name: 'version', type: 'string', summary: "The agent's version" }] },
  ],
  cost: 'None: no process is asked.',
  *run({ services }) {
    yield { type: 'version', version: services.version };
  },
  render: ({ version: text }) => String(text),
};
