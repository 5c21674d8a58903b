import type { CompiledText } from '../../target/index.js';
import { VARIABLES } from '../../target/index.js';
import { type CompiledExpression, compileExpression } from './compile.js';
import { badExpression } from './errors.js';
import { callExpressionFuel } from './limits.js';
import { fromOgnl, variablesHint } from './ognlSpelling.js';

/** What is only known when the call is over, or differs between its two ends. */
const AT_END = ['returnObj', 'throwExp', 'isBefore', 'isThrow', 'isReturn', 'cost'];
const GLOBALS = new Set(Object.getOwnPropertyNames(globalThis));

/** An express or condition of a command that observes calls. */
export interface CallExpression {
  readonly text: string;
  /** The patterns of `module('...')`; `forCalls` wants a file for each. */
  readonly modules: readonly string[];
  readonly compiled: CompiledExpression;
  /** What it is given, in its order; absent = the variables of a call. */
  readonly variables?: readonly string[];
}

/**
 * Checks and rewrites an expression that is asked at every call: JavaScript, or the OGNL that documents use (`#cost`,
 * `{params, returnObj}`).
 * @throws RemoraError `bad-expression`, `expression-too-long`
 */
export function compileCallExpression(text: string, { unsafe = false } = {}): CallExpression {
  const compiled = compileExpression(text, {
    unsafe,
    spelled: (given) => fromOgnl(given, VARIABLES, unsafe),
  });
  for (const [name, at] of compiled.roots) {
    if (isVariable(name) || GLOBALS.has(name)) continue;
    throw badExpression(text, `'${name}' is not known here`, at, variablesHint(VARIABLES));
  }
  return { text, modules: compiled.modules, compiled };
}

/** The form that goes into the process. `files` = those of `expression.modules`, in their order. */
export function forCalls({ compiled, variables }: CallExpression, files: readonly string[]): CompiledText {
  return {
    source: compiled.source,
    files,
    atEntry: AT_END.every((name) => !compiled.roots.has(name)),
    fuel: callExpressionFuel.value,
    name: compiled.name,
    variables,
  };
}

function isVariable(name: string): boolean {
  return (VARIABLES as readonly string[]).includes(name);
}
