import { defineLimit } from '../../base/index.js';

export const retransformLifetime = defineLimit({
  name: 'retransform-lifetime',
  unit: 's',
  default: 1800,
  summary:
    'How long a function that `retransform` replaced stays replaced, unless --lifetime says otherwise.',
});

export const retransformsAtOnce = defineLimit({
  name: 'retransforms-at-once',
  unit: 'count',
  default: 50,
  summary: 'Functions of one process that are replaced at a time.',
});
