import type { Result, Style } from '../../command.js';
import { renderTree, type TreeNode } from '../../render/tree.js';
import { AWAIT, type MethodNode, type ThreadNode, type TraceNode } from './nodes.js';

/**
 * A trace for people: `[share cost] class:method() #line`, as the reference writes it. The way to where most of the time
 * goes by is painted.
 */
export function renderTrace({ root }: Result, style: Style): string {
  const { threadName, threadId, daemon, priority, timestamp, children } = root as ThreadNode;
  const head = `ts=${String(timestamp)};thread_name=${threadName};id=${threadId};is_daemon=${daemon};priority=${priority}`;
  const heaviest = new Set(children.flatMap(heaviestPath));
  return renderTree({
    label: style.dim(head),
    children: children.map((node) => shown(node, undefined, heaviest, style)),
  });
}

/** Down from a node, always to the child that took most, until a node's own code took more than any of them. */
export function heaviestPath(root: MethodNode): MethodNode[] {
  const path = [root];
  for (let node: MethodNode | undefined = root; node; ) {
    const { selfCost, children = [] }: MethodNode = node;
    let next: MethodNode | undefined;
    for (const child of children) {
      if (child.type === 'method' && child.totalCost > (next?.totalCost ?? selfCost)) next = child;
    }
    if (next) path.push(next);
    node = next;
  }
  return path;
}

function shown(
  node: MethodNode,
  parent: MethodNode | undefined,
  heaviest: ReadonlySet<TraceNode>,
  style: Style,
): TreeNode {
  const children = (node.children ?? []).map((child): TreeNode => {
    if (child.type === 'method') return shown(child, node, heaviest, style);
    const message = child.message === undefined ? '' : ` [${oneLine(child.message)}]`;
    return { label: style.red(`throw:${child.exception}${lineText(child.lineNumber)}${message}`) };
  });
  if (node.omitted) children.push({ label: style.dim(`... ${node.omitted} more, not shown`) });
  return { label: label(node, parent, heaviest, style), children };
}

function label(
  node: MethodNode,
  parent: MethodNode | undefined,
  heaviest: ReadonlySet<TraceNode>,
  style: Style,
): string {
  const isHeavy = heaviest.has(node);
  const isHeaviest = isHeavy && !node.children?.some((child) => heaviest.has(child));
  const cost = costText(node, parent);
  const name = nameText(node);
  const marks = [
    ...(node.mark === undefined ? [] : [style.red(`[${node.mark}${failText(node)}]`)]),
  ];
  return [
    isHeaviest ? style.bold(style.red(cost)) : isHeavy ? style.yellow(cost) : style.dim(cost),
    isHeavy ? style.bold(name) : name,
    ...marks,
  ].join(' ');
}

function costText(node: MethodNode, parent: MethodNode | undefined): string {
  const parts: string[] = [];
  if (parent && parent.totalCost > 0) parts.push(`${((node.totalCost * 100) / parent.totalCost).toFixed(2)}%`);
  if (node.times > 1) {
    parts.push(
      `min=${ms(node.minCost)},max=${ms(node.maxCost)},total=${ms(node.totalCost)},count=${node.times}`,
    );
  } else {
    parts.push(ms(node.totalCost));
  }
  if (node.waitCost && node.methodName !== AWAIT) parts.push(`waited=${ms(node.waitCost)}`);
  return `[${parts.join(' ')}]`;
}

function nameText({ className, methodName, lineNumber, fileName }: MethodNode): string {
  const line = lineNumber > 0 && fileName !== undefined ? ` #${fileName}:${lineNumber}` : lineText(lineNumber);
  if (methodName === AWAIT && className === '') return `await${line}`;
  return `${className}:${methodName}()${line}`;
}

function lineText(line: number): string {
  return line > 0 ? ` #${line}` : '';
}

/** The error of a node that has no node of its own for it. */
function failText({ throwExp, children = [] }: MethodNode): string {
  if (throwExp === undefined || children.some(({ type }) => type === 'throw')) return '';
  return `: ${oneLine(throwExp)}`;
}

/** As the reference: milliseconds; to the microsecond where that says something. */
function ms(nanoseconds: number): string {
  const value = nanoseconds / 1e6;
  return `${value >= 100 ? value.toFixed(1) : value >= 0.01 ? value.toFixed(2) : value.toFixed(4)}ms`;
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').slice(0, 200);
}
