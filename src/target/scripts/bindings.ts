/**
 * By which variable a function or class is known where it is made, and how often it is made: what decides how an
 * instrument can get hold of it (DESIGN 3.6). Names of people (functionsOf.ts) and names of the language have little in
 * common.
 */
import type { Node } from 'acorn';
import { analyse, type FunctionNode, type Scope, type Variable, type VariableKind } from '../scopes/index.js';
import type { BindingInfo } from './script.js';

export interface MadeAs {
  /** The variable it is the value of, undefined when it is none's. */
  readonly binding?: BindingInfo;
  /** Made anew with each call of a function around it, each turn of a loop, each instance of a class. */
  readonly isPerCall: boolean;
}

/** Functions and classes of a tree. */
export function bindingsOf(tree: Node): Map<Node, MadeAs> {
  const { scopes, calledWhereMade } = analyse(tree);
  const runs = new Runs(calledWhereMade);
  const variables = variablesOf(scopes);
  const found = new Map<Node, MadeAs>();
  for (const { kind, node, around } of scopes) {
    if (kind !== 'function' && kind !== 'class') continue;
    const variable = variables.get(node);
    const isPerCall = !runs.isOnce(around);
    found.set(node, variable ? { binding: bindingOf(variable, runs), isPerCall } : { isPerCall });
  }
  return found;
}

/** By the function or class that is their value. */
function variablesOf(scopes: readonly Scope[]): Map<Node, Variable> {
  const found = new Map<Node, Variable>();
  for (const { variables } of scopes) {
    for (const variable of variables.values()) {
      for (const { value } of variable.declarations) if (value) found.set(value, variable);
      for (const { value } of variable.references) if (value) found.set(value, variable);
    }
  }
  return found;
}

function bindingOf({ name, kind, scope, values, references, copy }: Variable, runs: Runs): BindingInfo {
  // A function that reads its own variable counts, too: it may arm a timer anew.
  const reads = references.filter((each) => each.kind !== 'write' && each.kind !== 'init');
  return {
    name,
    kind: KINDS[kind],
    isTop: runs.isOnce(scope),
    isReassigned: values > 1,
    isReadLater: reads.some((each) => runs.isAgain(each.scope, scope)),
    isHandedOn: reads.some((each) => each.kind !== 'call') || (copy?.references.length ?? 0) > 0,
  };
}

const KINDS: Readonly<Record<VariableKind, BindingInfo['kind']>> = {
  ...{ var: 'var', let: 'let', const: 'const', class: 'class', function: 'function', parameter: 'parameter' },
  ...{ catch: 'let', self: 'const', import: 'const', namespace: 'const', arguments: 'var' },
};

/** How often code runs: how often a function does is not known, unless it is called where it stands. */
class Runs {
  readonly #known = new Map<Scope, boolean>();
  readonly #calledWhereMade: ReadonlySet<Node>;

  constructor(calledWhereMade: ReadonlySet<Node>) {
    this.#calledWhereMade = calledWhereMade;
  }

  isOnce(scope: Scope): boolean {
    let known = this.#known.get(scope);
    if (known === undefined) {
      known = !scope.parent || (this.isOnce(scope.parent) && !this.#repeats(scope));
      this.#known.set(scope, known);
    }
    return known;
  }

  /** From a variable's scope to one inside: what stands there may run again, or has yet to run. */
  isAgain(inside: Scope, of: Scope): boolean {
    for (let scope: Scope | undefined = inside; scope && scope !== of; scope = scope.parent) {
      if (this.#repeats(scope) || (scope.kind === 'function' && !this.isOnce(scope))) return true;
    }
    return false;
  }

  #repeats({ kind, node }: Scope): boolean {
    if (kind === 'loop') return true;
    if (kind === 'field') return node.type === 'PropertyDefinition' && !node.static;
    return kind === 'function' && !this.#calledWhereMade.has(node) && !isModuleOfBundle(node as FunctionNode);
  }
}

/** A module as bundlers wrap it: `(module, exports, __webpack_require__) => {}`, `"cart.js"(exports, module) {}`. */
function isModuleOfBundle({ params: [first] }: FunctionNode): boolean {
  return first?.type === 'Identifier' && /^(exports|module|__(unused_)?webpack_\w+)$/.test(first.name);
}
