import type { Naming, ThreadTree } from '../../target/index.js';
import { IDLE_NAME, type StackNode } from '../../wire/index.js';
import { type FrameKind, frameKind } from './frameKind.js';
import { matchesAny, type StackFilter } from './stackFilter.js';

/** A function of a call tree as people see it: in the names and places of their own source. */
export interface FrameNode {
  readonly name: string;
  /** Absolute path, `node:...`, or '' for what is part of V8. */
  readonly file: string;
  /** Where the function begins; 0 = unknown. */
  readonly line: number;
  readonly kind: FrameKind;
  readonly children: Map<string, FrameNode>;
  /** What was seen in this very function. */
  samples: number;
  value: number;
  /** With all below it. */
  totalSamples: number;
  total: number;
}

export interface FrameTreeOptions {
  readonly filter: StackFilter;
  /** Each thread below a frame of its own. */
  readonly perThread: boolean;
  /** Frames deeper than this are counted where the stack is cut. */
  readonly depth: number;
}

/** The trees of all threads as one. */
export function frameTree(
  threads: readonly ThreadTree[],
  naming: Naming,
  options: FrameTreeOptions,
): FrameNode {
  const root = makeNode('all', '', 0, 'thread');
  for (const { thread, tree } of threads) {
    const top = options.perThread ? child(root, thread, '', 0, 'thread') : root;
    addThread(top, tree.root, naming, options);
  }
  sumUp(root);
  return root;
}

interface Step {
  readonly from: StackNode;
  readonly into: FrameNode;
  readonly depth: number;
  readonly included: boolean;
  readonly isIdle: boolean;
}

function addThread(top: FrameNode, root: StackNode, naming: Naming, options: FrameTreeOptions): void {
  const { depth: deepest, filter } = options;
  const { include, exclude } = filter;
  const verdicts = new Map<object, { readonly included: boolean; readonly excluded: boolean }>();
  const open: Step[] = [];
  const enter = (parent: Step, from: StackNode): void => {
    const shown = naming.functionAt(from.place);
    const isIdle = parent.isIdle || (from.parent?.parent === undefined && shown.name === IDLE_NAME);
    let verdict = verdicts.get(from.place);
    if (!verdict) {
      verdict = { included: matchesAny(include, shown), excluded: matchesAny(exclude, shown) };
      verdicts.set(from.place, verdict);
    }
    if (verdict.excluded) return;
    const kind = isIdle ? 'idle' : frameKind(shown.name, shown.file);
    const into =
      parent.depth >= deepest
        ? parent.into
        : child(parent.into, shown.name, shown.file, shown.startLine, kind);
    const included = parent.included || verdict.included;
    if (included) {
      for (const [samples, value] of from.self.values()) {
        into.samples += samples;
        into.value += value;
      }
    }
    open.push({ from, into, depth: parent.depth + 1, included, isIdle });
  };
  open.push({ from: root, into: top, depth: 0, included: include.length === 0, isIdle: false });
  for (let at = open.pop(); at; at = open.pop())
    for (const next of at.from.children.values()) enter(at, next);
}

function child(node: FrameNode, name: string, file: string, line: number, kind: FrameKind): FrameNode {
  const key = `${line}:${name}\n${file}`;
  let made = node.children.get(key);
  if (!made) {
    made = makeNode(name, file, line, kind);
    node.children.set(key, made);
  }
  return made;
}

function makeNode(name: string, file: string, line: number, kind: FrameKind): FrameNode {
  return { name, file, line, kind, children: new Map(), samples: 0, value: 0, totalSamples: 0, total: 0 };
}

/** Totals, without recursion: stacks are as deep as the program pleases. What is empty goes. */
function sumUp(root: FrameNode): void {
  const order: FrameNode[] = [root];
  for (let at = 0; at < order.length; at++) order.push(...(order[at] as FrameNode).children.values());
  for (let at = order.length - 1; at >= 0; at--) {
    const node = order[at] as FrameNode;
    node.totalSamples = node.samples;
    node.total = node.value;
    for (const [key, below] of node.children) {
      if (below.total === 0 && below.totalSamples === 0) {
        node.children.delete(key);
        continue;
      }
      node.totalSamples += below.totalSamples;
      node.total += below.total;
    }
  }
}

/** Widest first. */
export function childrenOf(node: FrameNode): FrameNode[] {
  return [...node.children.values()].sort((a, b) => b.total - a.total || (a.name < b.name ? -1 : 1));
}

/** Every node with its callers, outermost first; the root is left out. */
export function* stacksOf(root: FrameNode): Generator<readonly FrameNode[]> {
  const open: (readonly FrameNode[])[] = childrenOf(root)
    .reverse()
    .map((node) => [node]);
  for (let stack = open.pop(); stack; stack = open.pop()) {
    yield stack;
    const below = childrenOf(stack.at(-1) as FrameNode).reverse();
    for (const node of below) open.push([...stack, node]);
  }
}
