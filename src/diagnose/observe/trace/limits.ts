import { defineLimit } from '../../../base/index.js';

export const traceDepth = defineLimit({
  name: 'trace-depth',
  unit: 'count',
  default: 10,
  summary: 'Levels of functions that `trace` looks into at most, whatever its --depth says.',
});
