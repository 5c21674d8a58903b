import type { AnyNode } from 'acorn';

const LONGEST_TEXT = 80;
/** Of one name or literal, before it is cut with the whole. */
const LONGEST_PART = 400;
const DEEPEST = 50;

/** What is called as it is written, without what it is given. */
export function calleeText(source: string, node: AnyNode): string {
  const text = partText(source, node, 0).replace(/\s+/g, ' ');
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT - 1)}…` : text;
}

function partText(source: string, node: AnyNode, depth: number): string {
  const part = (each: unknown): string => partText(source, each as AnyNode, depth + 1);
  if (depth > DEEPEST) return '…';
  switch (node.type) {
    case 'ChainExpression':
      return part(node.expression);
    case 'CallExpression':
    case 'NewExpression': {
      const dot = node.type === 'CallExpression' && node.optional ? '?.' : '';
      const word = node.type === 'NewExpression' ? 'new ' : '';
      return `${word}${part(node.callee)}${dot}(${node.arguments.length > 0 ? '…' : ''})`;
    }
    case 'MemberExpression': {
      const property = source.slice(node.property.start, node.property.end);
      const dot = node.optional ? '?.' : '';
      return node.computed
        ? `${part(node.object)}${dot}[${property}]`
        : `${part(node.object)}${dot || '.'}${property}`;
    }
    case 'SequenceExpression':
      return part(node.expressions.at(-1));
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      return '(function)';
    default:
      return source.slice(node.start, Math.min(node.end, node.start + LONGEST_PART));
  }
}
