import { defineLimit } from '../../base/index.js';

export const traceSites = defineLimit({
  name: 'trace-sites',
  unit: 'count',
  default: 500,
  summary: 'Calls and awaits that are timed in one traced function; those written below them are not.',
});

export const traceLength = defineLimit({
  name: 'trace-length',
  unit: 'count',
  default: 200_000,
  summary: 'Characters of a function that `trace` looks into; longer ones are timed as a whole.',
});

export const traceFunctions = defineLimit({
  name: 'trace-functions',
  unit: 'count',
  default: 50,
  summary: 'Functions that one `trace` looks into, the named ones and those that `--depth` adds to them.',
});

export const traceNodes = defineLimit({
  name: 'trace-nodes',
  unit: 'count',
  default: 2000,
  summary: 'Nodes of one call tree; what is called beyond them is counted, and told.',
});

export const traceFrames = defineLimit({
  name: 'trace-frames',
  unit: 'count',
  default: 60,
  summary: 'Functions below one another in one call tree, those inside functions and recursion among them.',
});

export const traceLife = defineLimit({
  name: 'trace-life',
  unit: 's',
  default: 120,
  summary:
    'How long a call tree waits for its end; looked at when the next one begins, then given as far as it has come.',
});
