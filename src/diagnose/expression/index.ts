export { type CallExpression, compileCallExpression, forCalls } from './callExpression.js';
export { type CompiledExpression, compileExpression } from './compile.js';
export { type Evaluated, type EvaluateOptions, evaluateExpression } from './evaluate.js';
export {
  callExpressionFuel,
  expressionDepth,
  expressionFuel,
  expressionLength,
  expressionTime,
} from './limits.js';
export { compileLineExpression, lineExpressionNames } from './lineExpression.js';
export { fromOgnl } from './ognlSpelling.js';
export type { RewriteOptions } from './rewrite.js';
