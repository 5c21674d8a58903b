import { defineLimit } from '../../base/index.js';

export const replacementLength = defineLimit({
  name: 'replacement-length',
  unit: 'count',
  default: 1_000_000,
  summary: 'Characters of the longest new source of a function or a module that `retransform` takes.',
});
