import { defineLimit } from '../../base/index.js';

export const anchorObjects = defineLimit({
  name: 'scope-search-objects',
  unit: 'count',
  default: 50_000,
  summary: 'Objects looked at for a function by which the variables of a module can be read, or for loggers.',
});

export const anchorMs = defineLimit({
  name: 'scope-search-ms',
  unit: 'ms',
  default: 200,
  summary: "How long one such search may keep the target's main thread.",
});
