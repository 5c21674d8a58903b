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
