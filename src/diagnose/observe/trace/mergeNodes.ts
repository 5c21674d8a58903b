import type { MethodNode, ThrowNode, TraceNode } from './nodes.js';

/** Different errors told of one node; the node counts the others. */
const MOST_THROWN = 3;

/**
 * What is called at one line is one node, as in the reference: several calls in it, and calls that a loop or a compiler
 * wrote several times. In the order of their first call; errors come last.
 */
export function mergeNodes(nodes: readonly TraceNode[]): TraceNode[] {
  const groups = new Map<string, MethodNode[]>();
  const thrown = new Map<string, ThrowNode>();
  for (const node of nodes) {
    if (node.type === 'throw') {
      if (thrown.size < MOST_THROWN) thrown.set(JSON.stringify(node), node);
      continue;
    }
    const { className, methodName, fileName, lineNumber, kind, callback } = node;
    const key = JSON.stringify([className, methodName, fileName, lineNumber, kind, callback]);
    const group = groups.get(key);
    if (group) group.push(node);
    else groups.set(key, [node]);
  }
  return [...[...groups.values()].map(mergeGroup), ...thrown.values()];
}

function mergeGroup(group: readonly MethodNode[]): MethodNode {
  const [first, ...others] = group as readonly [MethodNode, ...MethodNode[]];
  const last = group.at(-1) ?? first;
  if (others.length === 0) {
    return first.children ? { ...first, children: mergeNodes(first.children) } : first;
  }
  const sum = (of: (node: MethodNode) => number | undefined) =>
    group.reduce((total, node) => total + (of(node) ?? 0), 0);
  const failed = group.find((node) => node.throw);
  const children = group.flatMap((node) => node.children ?? []);
  return {
    ...first,
    cost: last.cost,
    minCost: Math.min(...group.map(({ minCost }) => minCost)),
    maxCost: Math.max(...group.map(({ maxCost }) => maxCost)),
    totalCost: sum(({ totalCost }) => totalCost),
    times: sum(({ times }) => times),
    selfCost: group.some(({ selfCost }) => selfCost !== undefined)
      ? sum(({ selfCost }) => selfCost)
      : undefined,
    waitCost: sum(({ waitCost }) => waitCost) || undefined,
    throw: failed ? true : undefined,
    throwExp: failed?.throwExp,
    mark: failed?.mark,
    inFlight: sum(({ inFlight }) => inFlight) || undefined,
    omitted: sum(({ omitted }) => omitted) || undefined,
    children: children.length > 0 ? mergeNodes(children) : undefined,
  };
}
