import { type ScriptPlace, type StackNode, StackTree } from '../../wire/index.js';
import { awaitStacks } from './limits.js';

/** The leaf below a function that waits: its line is that of the `await`. */
export const AWAIT_NAME = '(await)';
const REST: ScriptPlace = { functionName: '(other awaits)', url: '', line: 0, column: 0 };
const LONGEST_STACK = 200;
/** So many errors away from nothing is more than chance. */
const ERRORS = 3;

interface Frame {
  readonly place: ScriptPlace;
  /** Where in the function. */
  readonly line: number;
  readonly column: number;
}

interface Stack {
  /** Callee first. */
  readonly frames: readonly Frame[];
  readonly sum: Sum;
}

interface Sum {
  awaits: number;
  nanos: number;
  /** The square of the error of `nanos`, about. */
  variance: number;
}

/** A function below a line of its caller. */
interface Node {
  readonly place: ScriptPlace;
  readonly callerLine: number;
  readonly children: Map<string, Node>;
  /** What it waited itself, by place. */
  readonly own: Map<string, { readonly at: Frame; readonly sum: Sum }>;
  readonly total: Sum;
}

/**
 * What async functions waited, put together from the pieces that the probe sends. While a function waits for another one, both
 * wait: the tree that comes of it counts this once, where the chain ends. Functions that are not async are left out, since
 * they are on the stack at the first await of a callee only.
 */
export class AwaitTree {
  readonly #stacks = new Map<string, Stack>();
  readonly #places = new Map<string, ScriptPlace>();
  readonly #async = new Set<ScriptPlace>();
  readonly #rest = none();

  /** `piece`: AwaitPiece of the probe, or anything. */
  add(piece: unknown): void {
    const { functions, stacks } = record(piece);
    const places = list(functions).map((value) => this.#placeOf(value));
    for (const item of list(stacks)) {
      const [numbers, awaits, nanos, squares] = list(item);
      const frames = framesOf(list(numbers), places, this.#async);
      this.#note(frames, { awaits: amount(awaits), nanos: amount(nanos), variance: amount(squares, 1e40) });
    }
  }

  /** `limit`: functions in it at most. Each value: awaits and nanoseconds, both estimates. */
  build(limit: number): StackTree {
    const root = makeNode(REST, 0);
    for (const stack of this.#stacks.values()) this.#insert(root, stack);
    const tree = new StackTree(limit);
    settle(root);
    copy(root, tree.root, tree);
    const { awaits, nanos } = this.#rest;
    if (nanos > 0) tree.add(tree.child(tree.root, REST), 0, Math.round(awaits), nanos);
    return tree;
  }

  #note(frames: readonly Frame[], sum: Sum): void {
    if (sum.nanos === 0) return;
    const key = frames.map(({ place, line, column }) => `${keyOf(place)}@${line}:${column}`).join('\n');
    const known = this.#stacks.get(key);
    if (known) addTo(known.sum, sum);
    else if (frames.length > 0 && this.#stacks.size < awaitStacks.value)
      this.#stacks.set(key, { frames, sum });
    else addTo(this.#rest, sum);
  }

  #insert(root: Node, { frames, sum }: Stack): void {
    let node = root;
    let callerLine = 0;
    for (let at = frames.length - 1; at >= 0; at--) {
      const { place, line } = frames[at] as Frame;
      if (!this.#async.has(place)) continue;
      const key = `${callerLine} ${keyOf(place)}`;
      let next = node.children.get(key);
      if (!next) {
        next = makeNode(place, callerLine);
        node.children.set(key, next);
      }
      node = next;
      callerLine = line;
    }
    const [at] = frames as readonly [Frame];
    const key = `${at.line}:${at.column}`;
    const own = node.own.get(key) ?? { at, sum: none() };
    node.own.set(key, own);
    addTo(own.sum, sum);
  }

  /** The same object for the same function. */
  #placeOf(value: unknown): ScriptPlace {
    const [name, url, line, column] = list(value);
    const place = {
      functionName: String(name ?? '').slice(0, 500),
      url: String(url ?? '').slice(0, 2000),
      line: amount(line),
      column: amount(column),
    };
    const key = keyOf(place);
    const known = this.#places.get(key);
    if (known) return known;
    if (this.#places.size < 4 * awaitStacks.value) this.#places.set(key, place);
    return place;
  }
}

function keyOf({ functionName, url, line, column }: ScriptPlace): string {
  return `${line}:${column}:${functionName} ${url}`;
}

function framesOf(
  numbers: readonly unknown[],
  places: readonly ScriptPlace[],
  waits: Set<ScriptPlace>,
): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at + 3 < numbers.length && frames.length < LONGEST_STACK; at += 4) {
    const place = places[amount(numbers[at])];
    if (!place) continue;
    if (numbers[at + 3] === 1) waits.add(place);
    frames.push({ place, line: amount(numbers[at + 1]), column: amount(numbers[at + 2]) });
  }
  const [top] = frames;
  if (top) waits.add(top.place);
  return frames;
}

function none(): Sum {
  return { awaits: 0, nanos: 0, variance: 0 };
}

function addTo(sum: Sum, { awaits, nanos, variance }: Sum): void {
  sum.awaits += awaits;
  sum.nanos += nanos;
  sum.variance += variance;
}

function makeNode(place: ScriptPlace, callerLine: number): Node {
  return { place, callerLine, children: new Map(), own: new Map(), total: none() };
}

/**
 * What a function waited at a line, less what the functions waited that it called there: nothing, unless it is more than
 * chance can make it. V8 gives for the call of one that has not yet waited the line of the call, and later that of the
 * `await`, which are two in a statement of several lines: a call belongs to the nearest line where something is waited.
 */
function settle(root: Node): void {
  const order = [root];
  for (let at = 0; at < order.length; at++) order.push(...(order[at] as Node).children.values());
  for (const node of order.reverse()) {
    const waited = new Map<number, Sum>();
    for (const { at, sum } of node.own.values()) addTo(entry(waited, at.line), sum);
    const called = new Map<number, Sum>();
    for (const { callerLine, total } of node.children.values()) {
      addTo(node.total, total);
      addTo(entry(called, nearest(callerLine, waited)), total);
    }
    for (const { at, sum } of node.own.values()) {
      const part = partLeft(waited.get(at.line) as Sum, called.get(at.line) ?? none());
      sum.awaits *= part;
      sum.nanos *= part;
      sum.variance *= part ** 2;
      addTo(node.total, sum);
    }
  }
}

function nearest(line: number, waited: ReadonlyMap<number, Sum>): number {
  let best = line;
  let distance = Number.POSITIVE_INFINITY;
  for (const each of waited.keys()) {
    if (Math.abs(each - line) >= distance) continue;
    best = each;
    distance = Math.abs(each - line);
  }
  return best;
}

function entry(sums: Map<number, Sum>, line: number): Sum {
  const sum = sums.get(line) ?? none();
  sums.set(line, sum);
  return sum;
}

/** Of what was waited, when so much of it is that of others. */
function partLeft(waited: Sum, below: Sum): number {
  const left = waited.nanos - below.nanos;
  const isChance = below.nanos > 0 && left < ERRORS * Math.sqrt(waited.variance + below.variance);
  return left <= 0 || isChance ? 0 : left / waited.nanos;
}

function copy(root: Node, into: StackNode, tree: StackTree): void {
  const open: [from: Node, into: StackNode][] = [[root, into]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [from, node] = next;
    for (const { at, sum } of from.own.values()) {
      const { awaits, nanos } = sum;
      if (nanos === 0) continue;
      const { url } = from.place;
      const leaf = tree.child(node, { functionName: AWAIT_NAME, url, line: at.line, column: at.column });
      tree.add(leaf, at.line, Math.max(1, Math.round(awaits)), nanos);
    }
    for (const child of from.children.values()) open.push([child, tree.child(node, child.place)]);
  }
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function amount(value: unknown, most = 1e18): number {
  return typeof value === 'number' && value >= 0 && value < most ? value : 0;
}
