import type { StackNode, StackTree } from './stackTree.js';
import { asAmount, asList, asPlace, asRecord } from './untrusted.js';

const ROOT_NAME = '(root)';
/** Time in which the thread had nothing to do. */
export const IDLE_NAME = '(idle)';

const LONGEST_MICROS = 86_400e6;

/** What one `Profiler.stop` gave. */
export interface CpuSlice {
  /** Samples in all, idle ones included. */
  readonly samples: number;
  readonly durationNanos: number;
}

/**
 * Adds a CPU profile of V8 (`Profiler.Profile`) to a tree: samples and nanoseconds. Idle time is left out unless it is
 * asked for; it then is the child `(idle)` of the root. A sample stands
 * for the mean time between two of them, which is right also where the machine was too busy to take all that were asked.
 */
export function addCpuProfile(tree: StackTree, value: unknown, idle: 'idle' | 'busy' = 'busy'): CpuSlice {
  const profile = asRecord(value);
  const nodes = new Map<number, Record<string, unknown>>();
  let samples = 0;
  for (const item of asList(profile.nodes)) {
    const node = asRecord(item);
    if (typeof node.id !== 'number' || nodes.has(node.id)) continue;
    nodes.set(node.id, node);
    samples += asAmount(node.hitCount);
  }
  const micros = asAmount(timeOf(profile.endTime) - timeOf(profile.startTime), LONGEST_MICROS);
  const nanos = samples > 0 ? (micros * 1000) / samples : 0;
  const [first] = nodes.values();
  if (first) addNodes(tree, nodes, first, nanos, idle === 'idle');
  return { samples, durationNanos: micros * 1000 };
}

function addNodes(
  tree: StackTree,
  nodes: Map<number, Record<string, unknown>>,
  first: Record<string, unknown>,
  nanos: number,
  idle: boolean,
): void {
  const open: [node: Record<string, unknown>, parent: StackNode][] = [[first, tree.root]];
  // Each node once: a list of children that goes round in a circle must end.
  const seen = new Set<unknown>([first]);
  for (let next = open.pop(); next; next = open.pop()) {
    const [node, parent] = next;
    const place = asPlace(node.callFrame);
    const isRoot = parent === tree.root && place.functionName === ROOT_NAME;
    if (!idle && parent === tree.root && place.functionName === IDLE_NAME) continue;
    const into = isRoot ? tree.root : tree.child(parent, place);
    if (!isRoot) addTicks(tree, into, node, nanos);
    for (const id of asList(node.children)) {
      const child = nodes.get(id as number);
      if (!child || seen.has(child)) continue;
      seen.add(child);
      open.push([child, into]);
    }
  }
}

/** By line as far as V8 tells; the rest stands at the function itself. */
function addTicks(tree: StackTree, into: StackNode, node: Record<string, unknown>, nanos: number): void {
  let left = asAmount(node.hitCount);
  for (const item of asList(node.positionTicks)) {
    const { line, ticks } = asRecord(item);
    const count = Math.min(left, asAmount(ticks));
    if (count === 0) continue;
    tree.add(into, asAmount(line), count, count * nanos);
    left -= count;
  }
  if (left > 0) tree.add(into, into.place.line, left, left * nanos);
}

/** Microseconds of a clock of V8's own, far more than an amount may be. */
function timeOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
