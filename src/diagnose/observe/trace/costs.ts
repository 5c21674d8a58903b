import type { TraceNode as Seen } from '../../../target/index.js';
import type { MethodNode } from './nodes.js';

type Costs = Pick<
  MethodNode,
  'cost' | 'minCost' | 'maxCost' | 'totalCost' | 'times' | 'selfCost' | 'waitCost'
>;

/** What a call cost its caller: until it went on, where it waited for the call's promise. */
export function costsOf(node: Seen, awaited: Seen | undefined, later: number): Costs {
  const times = Math.max(1, count(node.count));
  const totalCost = totalOf(node, awaited, later);
  const isOne = times === 1;
  const minCost = isOne ? totalCost : Math.min(totalCost, count(node.min) + count(awaited?.min));
  const maxCost = isOne ? totalCost : Math.min(totalCost, count(node.max) + count(awaited?.max) + later);
  return {
    cost: isOne ? totalCost : Math.round(totalCost / times),
    ...{ minCost, maxCost, totalCost, times },
    selfCost: selfCost(node),
    waitCost: waitCost(node, awaited, later) || undefined,
  };
}

/**
 * Of a function that was looked into: what went by after its own code was over, until the promise was settled that it had
 * returned.
 */
export function laterThanItself(node: Seen, awaited: Seen | undefined, later: number): number {
  if (node.settled === undefined) return 0;
  return Math.max(0, totalOf(node, awaited, later) - count(node.settled));
}

/** The call whose promise it returned, where that can be told. */
export function returnedBy({ children }: Seen): Seen | undefined {
  const returned = children.filter(({ isReturned }) => isReturned);
  return returned.length === 1 ? returned[0] : undefined;
}

export function isLookedInto({ kind, self, children }: Seen): boolean {
  return kind === 'function' || self !== undefined || children.length > 0;
}

export function count(value: number | undefined): number {
  return value !== undefined && Number.isFinite(value) && value > 0 ? Math.round(value) : 0;
}

function totalOf(node: Seen, awaited: Seen | undefined, later: number): number {
  const toPromise = count(node.total);
  if (awaited || later > 0) return toPromise + count(awaited?.total) + later;
  return Math.max(toPromise, count(node.settled));
}

/** What went by in no node below it; undefined where it was not looked into. */
function selfCost(node: Seen): number | undefined {
  if (!isLookedInto(node)) return undefined;
  let below = 0;
  for (const child of node.children) if (!child.isCallback) below += count(child.total);
  return Math.max(0, count(node.settled ?? node.total) - below);
}

function waitCost(node: Seen, awaited: Seen | undefined, later: number): number {
  if (!isLookedInto(node)) return count(awaited?.total) + later;
  const inItself = node.children
    .filter(({ kind }) => kind === 'await' || kind === 'import')
    .reduce((sum, { total }) => sum + count(total), 0);
  return inItself + laterThanItself(node, awaited, later);
}
