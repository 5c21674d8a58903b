import type { AnyNode, Node, Program } from 'acorn';

const LONGEST_KEY = 80;

/** `a.b.c` of a chain of plain members; undefined for anything else. */
export function memberPath(node: AnyNode): string | undefined {
  if (node.type === 'Identifier') return node.name;
  if (node.type === 'ThisExpression') return 'this';
  if (node.type !== 'MemberExpression') return undefined;
  const holder = memberPath(node.object as AnyNode);
  if (holder === undefined) return undefined;
  const { property } = node;
  if (property.type === 'PrivateIdentifier') return `${holder}.#${property.name}`;
  if (!node.computed && property.type === 'Identifier') return `${holder}.${property.name}`;
  return property.type === 'Literal' ? `${holder}.${String(property.value)}` : undefined;
}

export function nameOfPattern(node: AnyNode): string {
  return node.type === 'Identifier' ? node.name : '';
}

/** A member's key as text: `total`, `[Symbol.iterator]`; without the `#` of a private name. */
export function keyText(key: Node, computed: boolean, source: string): string {
  const node = key as AnyNode;
  if (computed) return `[${source.slice(node.start, Math.min(node.end, node.start + LONGEST_KEY))}]`;
  if (node.type === 'Identifier' || node.type === 'PrivateIdentifier') return node.name;
  return node.type === 'Literal' ? String(node.value) : '';
}

/** `x` of `Object.assign(x, {...})` and `Object.assign(x.prototype, {...})`, '' otherwise. */
export function argumentOwner(node: Extract<AnyNode, { type: 'CallExpression' }>): string {
  if (memberPath(node.callee as AnyNode) !== 'Object.assign') return '';
  const [first] = node.arguments;
  const path = first ? memberPath(first as AnyNode) : undefined;
  return path === undefined ? '' : path.replace(/\.prototype$/, '');
}

/** Names of the top level that a script exports in a way that can be read off it, ESM or CommonJS. */
export function exportedNames(program: Program): Set<string> {
  const names = new Set<string>();
  for (const statement of program.body) {
    if (statement.type === 'ExportNamedDeclaration') {
      for (const { local } of statement.specifiers) if (local.type === 'Identifier') names.add(local.name);
    } else if (statement.type === 'ExportDefaultDeclaration') {
      const { declaration } = statement;
      if (declaration.type === 'Identifier') names.add(declaration.name);
    } else if (statement.type === 'ExpressionStatement') {
      addCommonJs(statement.expression as AnyNode, names);
    }
  }
  return names;
}

function addCommonJs(node: AnyNode, names: Set<string>): void {
  if (node.type !== 'AssignmentExpression' || !/^(module\.)?exports(\.|$)/.test(memberPath(node.left) ?? ''))
    return;
  const { right } = node;
  if (right.type === 'Identifier') names.add(right.name);
  // `exports.a = exports.b = b`
  if (right.type === 'AssignmentExpression') addCommonJs(right, names);
  if (right.type !== 'ObjectExpression') return;
  for (const property of right.properties) {
    if (property.type === 'Property' && property.value.type === 'Identifier') names.add(property.value.name);
  }
}
