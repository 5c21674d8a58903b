import { defineLimit } from '../../base/index.js';

export const expressionLength = defineLimit({
  name: 'expression-length',
  unit: 'count',
  default: 10_000,
  summary: 'Characters of one expression.',
});

export const expressionDepth = defineLimit({
  name: 'expression-depth',
  unit: 'count',
  default: 100,
  summary: 'How deep an expression may nest.',
});

export const expressionFuel = defineLimit({
  name: 'expression-fuel',
  unit: 'count',
  default: 1_000_000,
  summary: 'Steps of one evaluation: calls, callbacks, elements copied.',
});

export const expressionTime = defineLimit({
  name: 'expression-time',
  unit: 'ms',
  default: 2000,
  summary: 'How long V8 lets one evaluation run on the main thread.',
});

export const callExpressionFuel = defineLimit({
  name: 'call-expression-fuel',
  unit: 'count',
  default: 10_000,
  summary: 'Steps of one evaluation of an express or a condition at a call that is observed.',
});
