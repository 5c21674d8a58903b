/** Which variables a program declares, and which of them each of its names means. */
import type { AnyNode, Node } from 'acorn';
import { hoist } from './blockFunctions.js';
import type { FunctionNode } from './nodes.js';
import type { PrivateName, Reference, Use } from './reference.js';
import type { Scope } from './scope.js';
import { Walk } from './walk.js';

export interface Analysis {
  readonly top: Scope;
  /** A scope stands before those inside it. */
  readonly scopes: readonly Scope[];
  readonly references: readonly Reference[];
  /** Of these, the ones of names that it declares nowhere around them. */
  readonly undeclared: ReadonlyMap<string, readonly Reference[]>;
  readonly uses: readonly Use[];
  readonly privateNames: readonly PrivateName[];
  /** Functions, among other things: `(() => {})()`, `(function () {}).call(this)`, and what those are given. */
  readonly calledWhereMade: ReadonlySet<Node>;
  /** It has a direct `eval`, or `with`: what a name means is known when it runs. */
  readonly isDynamic: boolean;
}

export interface AnalysisOptions {
  /** A module, or code that stands in one. */
  readonly isStrict?: boolean;
  /** Parameters of a function that the program is put into: `require` and the like. */
  readonly parameters?: readonly string[];
}

/** @throws RangeError when the tree is too deep */
export function analyse(tree: Node, options: AnalysisOptions = {}): Analysis {
  const walk = new Walk(tree as AnyNode, options);
  hoist(walk.blockFunctions);
  const undeclared = resolve(walk.references);
  for (const name of walk.exported) {
    const variable = walk.top.variables.get(name);
    if (variable) variable.isExported = true;
  }
  const { top, scopes, references, uses, privateNames, calledWhereMade } = walk;
  const isDynamic = top.hasEval || scopes.some(({ kind }) => kind === 'with');
  return { top, scopes, references, undeclared, uses, privateNames, calledWhereMade, isDynamic };
}

/** Tells each reference its variable, and the other way round. */
function resolve(references: readonly Reference[]): Map<string, Reference[]> {
  const undeclared = new Map<string, Reference[]>();
  for (const reference of references) {
    const { name, scope } = reference;
    const variable = scope.find(name);
    if (variable) {
      reference.variable = variable;
      variable.references.push(reference);
      if (variable.scope.function !== scope.function) variable.isCaptured = true;
    } else {
      const others = undeclared.get(name);
      if (others) others.push(reference);
      else undeclared.set(name, [reference]);
    }
  }
  return undeclared;
}

/** That of a function's parameters. */
export function scopeOf({ scopes }: Analysis, node: FunctionNode): Scope | undefined {
  return scopes.find((scope) => scope.kind === 'function' && scope.node === node);
}

/** That of a function's variables, where its parameters have one of their own. */
export function bodyOf({ scopes }: Analysis, node: Node): Scope | undefined {
  return scopes.find(({ kind, parent }) => kind === 'body' && parent?.node === node);
}

/** The innermost around an offset. */
export function scopeAt({ scopes, top }: Analysis, offset: number): Scope {
  return scopes.findLast(({ start, end }) => start <= offset && offset < end) ?? top;
}
