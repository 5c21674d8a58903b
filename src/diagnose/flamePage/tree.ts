import { NODE_NUMBERS } from './data.js';

/** Columns of a call tree, callers first: what hundreds of thousands of nodes fit into. */
export interface Columns {
  readonly frame: Int32Array;
  readonly depth: Int32Array;
  readonly self: Float64Array;
  readonly samples: Float64Array;
}

/** A call tree laid out on a line: each node from `start` to `start + total`, its children inside it, widest first. */
export class Tree {
  readonly count: number;
  readonly frame: Int32Array;
  readonly depth: Int32Array;
  readonly self: Float64Array;
  readonly samples: Float64Array;
  readonly total: Float64Array;
  readonly start: Float64Array;
  readonly parent: Int32Array;
  /** The first node behind all that lies below. */
  readonly end: Int32Array;
  /** The nodes of each depth, by their start. */
  readonly levels: readonly Int32Array[];

  constructor({ frame, depth, self, samples }: Columns) {
    this.count = frame.length;
    this.frame = frame;
    this.depth = depth;
    this.self = self;
    this.samples = samples;
    this.total = Float64Array.from(self);
    this.start = new Float64Array(this.count);
    this.parent = new Int32Array(this.count).fill(-1);
    this.end = new Int32Array(this.count);
    this.#link();
    this.levels = this.#levels();
  }

  /** The node of a depth at a place of the line; -1 = none is there. */
  at(level: number, place: number): number {
    const nodes = this.levels[level];
    if (!nodes) return -1;
    const index = this.lastBefore(nodes, place);
    const node = nodes[index] ?? -1;
    return node >= 0 && place < (this.start[node] ?? 0) + (this.total[node] ?? 0) ? node : -1;
  }

  /** Index of the last node that starts at or before a place; -1 = none does. */
  lastBefore(nodes: Int32Array, place: number): number {
    let [low, high] = [0, nodes.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.start[nodes[middle] ?? 0] ?? 0) <= place) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** The cost of all nodes whose frame is marked, each cost counted once. */
  marked(marks: Uint8Array): { readonly total: number; readonly nodes: number[] } {
    let total = 0;
    const nodes: number[] = [];
    for (let node = 0; node < this.count; ) {
      if (marks[this.frame[node] ?? 0]) {
        total += this.total[node] ?? 0;
        nodes.push(node);
        node = this.end[node] ?? node + 1;
      } else node += 1;
    }
    return { total, nodes };
  }

  #link(): void {
    const path: number[] = [];
    for (let node = 0; node < this.count; node++) {
      const depth = this.depth[node] ?? 0;
      path.length = Math.min(path.length, depth);
      this.parent[node] = path[depth - 1] ?? -1;
      path[depth] = node;
    }
    const ends = new Int32Array(this.count);
    for (let node = this.count - 1; node >= 0; node--) {
      ends[node] = Math.max(ends[node] ?? 0, node + 1);
      const parent = this.parent[node] ?? -1;
      if (parent < 0) continue;
      this.total[parent] = (this.total[parent] ?? 0) + (this.total[node] ?? 0);
      ends[parent] = Math.max(ends[parent] ?? 0, ends[node] ?? 0);
    }
    this.end.set(ends);
    // Where the next child of each begins.
    const next = new Float64Array(this.count);
    for (let node = 0; node < this.count; node++) {
      const parent = this.parent[node] ?? -1;
      const start = parent < 0 ? 0 : (next[parent] ?? 0);
      this.start[node] = start;
      next[node] = start;
      if (parent >= 0) next[parent] = start + (this.total[node] ?? 0);
    }
  }

  #levels(): Int32Array[] {
    const counts: number[] = [];
    for (const depth of this.depth) counts[depth] = (counts[depth] ?? 0) + 1;
    const levels = Array.from(counts, (count = 0) => new Int32Array(count));
    const filled = new Int32Array(levels.length);
    for (let node = 0; node < this.count; node++) {
      const depth = this.depth[node] ?? 0;
      const level = levels[depth];
      if (!level) continue;
      level[filled[depth] ?? 0] = node;
      filled[depth] = (filled[depth] ?? 0) + 1;
    }
    return levels;
  }
}

/** The columns that the page was given. */
export function columnsOf(nodes: readonly number[]): Columns {
  const count = Math.floor(nodes.length / NODE_NUMBERS);
  const columns = makeColumns(count);
  for (let node = 0; node < count; node++) {
    columns.frame[node] = nodes[node * NODE_NUMBERS] ?? 0;
    columns.depth[node] = nodes[node * NODE_NUMBERS + 1] ?? 0;
    columns.self[node] = nodes[node * NODE_NUMBERS + 2] ?? 0;
    columns.samples[node] = nodes[node * NODE_NUMBERS + 3] ?? 0;
  }
  return columns;
}

function makeColumns(count: number): Columns {
  return {
    frame: new Int32Array(count),
    depth: new Int32Array(count),
    self: new Float64Array(count),
    samples: new Float64Array(count),
  };
}

/** So many nodes a reversed tree has at most; deeper callers are left out beyond. */
const MOST_REVERSED = 400_000;

/** The same costs merged from the other end: the functions that ran, below each of them its callers. */
export function reversed(tree: Tree): Columns {
  const key = new Map<number, number>();
  const frame = [tree.frame[0] ?? 0];
  const parent = [-1];
  const total = [0];
  const samples = [0];
  const width = 1 + tree.frame.reduce((most, each) => Math.max(most, each), 0);
  for (let node = 1; node < tree.count; node++) {
    const cost = tree.self[node] ?? 0;
    if (cost === 0) continue;
    let into = 0;
    for (let at = node; at > 0; at = tree.parent[at] ?? -1) {
      const wanted = into * width + (tree.frame[at] ?? 0);
      let found = key.get(wanted);
      if (found === undefined) {
        if (frame.length >= MOST_REVERSED) break;
        found = frame.push(tree.frame[at] ?? 0) - 1;
        parent.push(into);
        total.push(0);
        samples.push(0);
        key.set(wanted, found);
      }
      total[found] = (total[found] ?? 0) + cost;
      samples[found] = (samples[found] ?? 0) + (tree.samples[node] ?? 0);
      into = found;
    }
  }
  total[0] = tree.total[0] ?? 0;
  return inOrder(frame, parent, total, samples);
}

/** Callers first, widest child first; what no child has is a node's own. */
function inOrder(frame: number[], parent: number[], total: number[], samples: number[]): Columns {
  const children: number[][] = frame.map(() => []);
  for (let node = 1; node < frame.length; node++) children[parent[node] ?? 0]?.push(node);
  const columns = makeColumns(frame.length);
  const open: [node: number, depth: number][] = [[0, 0]];
  let at = 0;
  for (let next = open.pop(); next; next = open.pop()) {
    const [node, depth] = next;
    const below = (children[node] ?? []).sort((a, b) => (total[a] ?? 0) - (total[b] ?? 0));
    const cost = below.reduce((sum, child) => sum + (total[child] ?? 0), 0);
    columns.frame[at] = frame[node] ?? 0;
    columns.depth[at] = depth;
    columns.self[at] = Math.max(0, (total[node] ?? 0) - cost);
    columns.samples[at] = samples[node] ?? 0;
    at += 1;
    for (const child of below) open.push([child, depth + 1]);
  }
  return columns;
}

/** A function wherever it stands in the tree. */
export interface FunctionCost {
  readonly frame: number;
  self: number;
  total: number;
}

/** By self cost, the costliest first; a function that calls itself counts once for what lies below it. */
export function functionCosts(tree: Tree, frames: number): FunctionCost[] {
  const costs: FunctionCost[] = Array.from({ length: frames }, (_, frame) => ({ frame, self: 0, total: 0 }));
  const open = new Int32Array(frames);
  const path: number[] = [];
  for (let node = 0; node < tree.count; node++) {
    const depth = tree.depth[node] ?? 0;
    while (path.length > depth) {
      const left = path.pop() ?? 0;
      open[left] = (open[left] ?? 1) - 1;
    }
    const frame = tree.frame[node] ?? 0;
    const cost = costs[frame];
    if (cost) {
      cost.self += tree.self[node] ?? 0;
      if (open[frame] === 0) cost.total += tree.total[node] ?? 0;
    }
    open[frame] = (open[frame] ?? 0) + 1;
    path.push(frame);
  }
  return costs.sort((a, b) => b.self - a.self || b.total - a.total);
}
