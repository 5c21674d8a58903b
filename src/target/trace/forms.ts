/** What the form of an expression tells about what may be written around it. */
import type { AnyNode, Node } from 'acorn';
import type { FunctionNode } from '../scopes/index.js';

/**
 * What these are given runs there and then, or soon, and nobody asks for its text: so it may be another. Anything else may
 * be sent away as text, compared, or kept for good.
 */
const RUNS_ITS_CALLBACK = new Set([
  ...['map', 'forEach', 'filter', 'reduce', 'reduceRight', 'some', 'every', 'find', 'findIndex', 'findLast'],
  ...['flatMap', 'then', 'catch', 'finally', 'Promise', 'from', 'setTimeout', 'setImmediate'],
  ...['queueMicrotask', 'nextTick'],
]);

/** Offset of the brace that arguments begin with. */
export function afterCallee(source: string, from: number): number {
  const rest = /(?:[\s)]|\?\.|\/\*[\s\S]*?\*\/|\/\/[^\n\r\u2028\u2029]*)*/y;
  rest.lastIndex = from;
  rest.test(source);
  return rest.lastIndex;
}

export function isFunction(node: AnyNode): node is FunctionNode {
  return node.type === 'FunctionExpression' || node.type === 'ArrowFunctionExpression';
}

export function isLoop({ type }: AnyNode): boolean {
  return /^(?:For|While|DoWhile)/.test(type);
}

/** Of a comma's values the last alone would be passed on. */
export function parenthesised({ type }: Node, text: string): string {
  return type === 'SequenceExpression' ? `(${text})` : text;
}

/** Evaluating it has no effect, or none but to make a closure. */
export function isSimple(node: AnyNode): boolean {
  if (node.type === 'MemberExpression') {
    return !node.computed && isSimple(node.object as AnyNode);
  }
  return node.type === 'Identifier' || node.type === 'ThisExpression' || node.type === 'Super';
}

/** `?.` in the chain that it ends. */
export function hasOptional(node: AnyNode): boolean {
  let at = node;
  for (;;) {
    if (at.type === 'CallExpression' || at.type === 'MemberExpression') {
      if (at.optional) return true;
      at = (at.type === 'CallExpression' ? at.callee : at.object) as AnyNode;
    } else if (at.type === 'TaggedTemplateExpression') at = at.tag as AnyNode;
    else return false;
  }
}

export function runsItsCallback(callee: AnyNode): boolean {
  const name =
    callee.type === 'Identifier'
      ? callee.name
      : callee.type === 'MemberExpression' && callee.property.type === 'Identifier' && !callee.computed
        ? callee.property.name
        : '';
  return RUNS_ITS_CALLBACK.has(name);
}

/** Offset after the arrow of an arrow function. */
export function afterArrow(source: string, node: FunctionNode): number {
  let at = node.params.at(-1)?.end ?? node.start;
  for (;;) {
    const arrow = source.indexOf('=>', at);
    const comment = /\/\*[\s\S]*?\*\/|\/\/[^\n\r\u2028\u2029]*/y;
    const slash = source.indexOf('/', at);
    if (slash < 0 || slash > arrow) return arrow + 2;
    comment.lastIndex = slash;
    at = comment.test(source) ? comment.lastIndex : slash + 1;
  }
}
