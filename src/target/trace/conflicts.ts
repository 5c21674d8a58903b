import type { AnyNode } from 'acorn';
import { type Analysis, bodyOf, childrenOf, type FunctionNode } from '../scopes/index.js';

/**
 * A body that is put into a `try` becomes a block, in which a function and a `var` cannot have one name, nor two functions.
 */
export function conflictIn(node: FunctionNode): string | undefined {
  if (node.body.type !== 'BlockStatement') return undefined;
  const functions = new Set<string>();
  for (const statement of node.body.body) {
    if (statement.type !== 'FunctionDeclaration') continue;
    if (functions.has(statement.id.name)) return statement.id.name;
    functions.add(statement.id.name);
  }
  return functions.size === 0 ? undefined : varNamed(node.body as AnyNode, functions);
}

function varNamed(node: AnyNode, names: ReadonlySet<string>): string | undefined {
  if (node.type === 'VariableDeclaration' && node.kind === 'var') {
    for (const { id } of node.declarations) {
      const name = patternNamed(id as AnyNode, names);
      if (name) return name;
    }
  }
  for (const child of childrenOf(node)) {
    if (/Function|^Class/.test(child.type)) continue;
    const name = varNamed(child, names);
    if (name) return name;
  }
  return undefined;
}

function patternNamed(node: AnyNode, names: ReadonlySet<string>): string | undefined {
  if (node.type === 'Identifier') return names.has(node.name) ? node.name : undefined;
  for (const child of childrenOf(node)) {
    const name = patternNamed(child, names);
    if (name) return name;
  }
  return undefined;
}

/**
 * A name that the parameters use of what is around the function, while the body has a variable so called: a copy is
 * compiled in a frame of the body, where its parameters would meet that.
 */
export function hiddenIn(analysis: Analysis, node: FunctionNode): string | undefined {
  const body = bodyOf(analysis, node);
  if (!body) return undefined;
  const ofParameters = analysis.references.filter(({ start }) => start >= node.start && start < body.start);
  return ofParameters.find(({ name, variable }) => {
    const isOwn = variable !== undefined && variable.scope.start >= node.start;
    return !isOwn && body.variables.has(name);
  })?.name;
}
