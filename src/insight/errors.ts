import { RemoraError } from '../base/index.js';

export const insightErrors = {
  badParameter: (name: string, value: string, expected: string) =>
    new RemoraError('bad-parameter', `${name}=${value.slice(0, 100)} is not ${expected}`),
  notAnAgent: () =>
    new RemoraError('not-an-agent', 'this process is a server and attaches to none', {
      hint: 'Ask the agent on the host of that process; without ?process= it is this server that is profiled',
    }),
  aboveCeiling: () =>
    new RemoraError('above-ceiling', 'this agent does not observe processes', {
      hint: 'Start it with --allow read,observe',
    }),
  aborted: () => new RemoraError('aborted', 'the client has gone; the profile was given up'),
};
