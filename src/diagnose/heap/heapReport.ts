import type { Snapshot } from './snapshotReader.js';

export interface ClassRow {
  readonly id: number;
  readonly instances: number;
  readonly bytes: number;
  readonly className: string;
}

export interface ObjectRow {
  readonly id: number;
  readonly bytes: number;
  readonly className: string;
  /** Its number in the snapshot, as V8 gives it. */
  readonly object: string;
}

export interface HeapReport {
  readonly classNumber: number;
  readonly objectNumber: number;
  readonly bytes: number;
  readonly classes: readonly ClassRow[];
  readonly objects: readonly ObjectRow[];
}

export interface ChainRow {
  readonly instances: number;
  readonly bytes: number;
  /** From the instance upwards: `.orders of Basket`, `[] of Array`. */
  readonly chain: readonly string[];
}

export interface ReferenceReport {
  readonly instanceCount: number;
  readonly bytes: number;
  readonly chains: readonly ChainRow[];
}

/** Instances and bytes by class, and the largest objects; what V8 made up for the snapshot counts as nothing. */
export function heapReport(snapshot: Snapshot, classNum: number, objectNum: number): HeapReport {
  const counts = new Map<string, { instances: number; bytes: number }>();
  const largest: { node: number; bytes: number }[] = [];
  let objects = 0;
  let total = 0;
  for (let node = 0; node < snapshot.nodeCount; node++) {
    const bytes = snapshot.size[node] ?? 0;
    if (snapshot.nodeTypes[snapshot.type[node] ?? 0] === 'synthetic') continue;
    objects += 1;
    total += bytes;
    const name = classOf(snapshot, node);
    const counted = counts.get(name);
    if (counted) {
      counted.instances += 1;
      counted.bytes += bytes;
    } else {
      counts.set(name, { instances: 1, bytes });
    }
    keepLargest(largest, { node, bytes }, objectNum);
  }
  const classes = [...counts].sort(([, a], [, b]) => b.bytes - a.bytes).slice(0, classNum);
  return {
    classNumber: counts.size,
    objectNumber: objects,
    bytes: total,
    classes: classes.map(([className, { instances, bytes }], at) => ({
      id: at + 1,
      instances,
      bytes,
      className,
    })),
    objects: largest.map(({ node, bytes }, at) => ({
      id: at + 1,
      bytes,
      className: classOf(snapshot, node),
      object: `@${snapshot.id[node]}`,
    })),
  };
}

/** The shortest chain of references from the root to each instance, `levels` of them from below; -1 = all. */
export function referenceReport(
  snapshot: Snapshot,
  className: string,
  levels: number,
  most: number,
): ReferenceReport {
  const { first, parent, edgeTo } = shortestPaths(snapshot);
  const groups = new Map<string, { instances: number; bytes: number; chain: string[] }>();
  let instanceCount = 0;
  let all = 0;
  for (let node = 0; node < snapshot.nodeCount; node++) {
    if (snapshot.nodeTypes[snapshot.type[node] ?? 0] !== 'object') continue;
    if (snapshot.strings[snapshot.name[node] ?? 0] !== className || isPrototype(snapshot, node, first))
      continue;
    const bytes = snapshot.size[node] ?? 0;
    instanceCount += 1;
    all += bytes;
    const chain = chainOf(snapshot, node, levels, parent, edgeTo);
    const key = chain.join('\n');
    const group = groups.get(key);
    if (group) {
      group.instances += 1;
      group.bytes += bytes;
    } else {
      groups.set(key, { instances: 1, bytes, chain });
    }
  }
  const chains = [...groups.values()].sort((a, b) => b.instances - a.instances).slice(0, most);
  return { instanceCount, bytes: all, chains };
}

const NONE = 0xffffffff;

interface Paths {
  /** The first edge of each node. */
  readonly first: Uint32Array;
  readonly parent: Uint32Array;
  readonly edgeTo: Uint32Array;
}

/** Breadth first from the root, by references that keep alive. */
function shortestPaths(snapshot: Snapshot): Paths {
  const { nodeCount, edges, to, edgeType, edgeTypes } = snapshot;
  const weak = edgeTypes.indexOf('weak');
  const shortcut = edgeTypes.indexOf('shortcut');
  const first = new Uint32Array(nodeCount + 1);
  for (let node = 0; node < nodeCount; node++) first[node + 1] = (first[node] ?? 0) + (edges[node] ?? 0);
  const parent = new Uint32Array(nodeCount).fill(NONE);
  const edgeTo = new Uint32Array(nodeCount).fill(NONE);
  const queue = new Uint32Array(nodeCount);
  let last = 1;
  parent[0] = 0;
  for (let at = 0; at < last; at++) {
    const node = queue[at] ?? 0;
    for (let edge = first[node] ?? 0; edge < (first[node + 1] ?? 0) && edge < to.length; edge++) {
      const next = to[edge] ?? 0;
      if (next >= nodeCount || parent[next] !== NONE) continue;
      if (edgeType[edge] === weak || edgeType[edge] === shortcut) continue;
      parent[next] = node;
      edgeTo[next] = edge;
      queue[last++] = next;
    }
  }
  return { first, parent, edgeTo };
}

const LONGEST_CHAIN = 100;

function chainOf(
  snapshot: Snapshot,
  instance: number,
  levels: number,
  parent: Uint32Array,
  edgeTo: Uint32Array,
): string[] {
  const chain: string[] = [];
  let node = instance;
  const most = levels < 0 ? LONGEST_CHAIN : levels;
  while (chain.length < most) {
    const above = parent[node];
    if (above === undefined || above === NONE || node === 0) break;
    chain.push(`${edgeText(snapshot, edgeTo[node] ?? 0)} of ${holderText(snapshot, above)}`);
    node = above;
  }
  if (chain.length === 0 && parent[instance] === NONE) chain.push('nothing that keeps it alive');
  return chain;
}

function edgeText({ edgeTypes, edgeType, edgeName, strings }: Snapshot, edge: number): string {
  const type = edgeTypes[edgeType[edge] ?? 0];
  const name = edgeName[edge] ?? 0;
  // Elements of one list are told together.
  if (type === 'element') return '[]';
  if (type === 'hidden') return '(hidden)';
  const text = strings[name] ?? '';
  if (type === 'context') return `variable ${text}`;
  // Places in a table of V8's own.
  if (/^\d+( |$)/.test(text)) return '[]';
  return type === 'internal' ? `(${text})` : `.${text}`;
}

function holderText(snapshot: Snapshot, node: number): string {
  const type = snapshot.nodeTypes[snapshot.type[node] ?? 0];
  const name = snapshot.strings[snapshot.name[node] ?? 0] ?? '';
  if (type === 'synthetic') return name || '(root)';
  if (type === 'closure') return `function ${name || '(anonymous)'}`;
  return name || `(${type})`;
}

function classOf({ nodeTypes, type, name, strings }: Snapshot, node: number): string {
  const kind = nodeTypes[type[node] ?? 0] ?? '';
  // Only of these is the name a class; of the others it is a text, a function, a piece of V8.
  if (kind === 'object' || kind === 'native') return strings[name[node] ?? 0] || '(anonymous)';
  return `(${kind})`;
}

/** A class's prototype object has the class's name, too; it owns the property `constructor`. */
function isPrototype(
  { edgeType, edgeTypes, edgeName, strings }: Snapshot,
  node: number,
  first: Uint32Array,
): boolean {
  for (let edge = first[node] ?? 0; edge < (first[node + 1] ?? 0); edge++) {
    if (edgeTypes[edgeType[edge] ?? 0] === 'property' && strings[edgeName[edge] ?? 0] === 'constructor')
      return true;
  }
  return false;
}

function keepLargest(
  list: { node: number; bytes: number }[],
  row: { node: number; bytes: number },
  most: number,
): void {
  const least = list[list.length - 1];
  if (list.length >= most && (least === undefined || least.bytes >= row.bytes)) return;
  let at = list.length;
  while (at > 0 && (list[at - 1] as { bytes: number }).bytes < row.bytes) at -= 1;
  list.splice(at, 0, row);
  if (list.length > most) list.pop();
}
