import type { FrameNode } from '../frameTree.js';
import type { Drawing } from '../profile.js';
import { oneLine } from './frameText.js';

function callFrame({ name, file, line }: FrameNode): object {
  // V8 counts from 0, and has -1 for what is nowhere.
  return {
    functionName: oneLine(name),
    scriptId: '0',
    url: file.startsWith('/') ? `file://${encodeURI(file)}` : file,
    lineNumber: line - 1,
    columnNumber: -1,
  };
}

/** Every node, callers first. */
function preorder(root: FrameNode): FrameNode[] {
  const order: FrameNode[] = [];
  const open = [root];
  for (let node = open.pop(); node; node = open.pop()) {
    order.push(node);
    open.push(...[...node.children.values()].reverse());
  }
  return order;
}

/**
 * A `.cpuprofile` as DevTools, VS Code and speedscope read it. The samples stand in the order of the tree: which came when
 * is not kept.
 */
export function cpuProfile({ root, profile }: Drawing): string {
  const order = preorder(root);
  const ids = new Map(order.map((node, index) => [node, index + 1]));
  const nodes = order.map((node) => ({
    id: ids.get(node),
    callFrame: callFrame(node === root ? { ...node, name: '(root)' } : node),
    hitCount: node.samples,
    children: [...node.children.values()].map((child) => ids.get(child)),
  }));
  const samples: number[] = [];
  const timeDeltas: number[] = [];
  for (const node of order) {
    for (let index = 0; index < node.samples; index++) {
      samples.push(ids.get(node) ?? 1);
      timeDeltas.push(Math.round(node.value / node.samples / 1000));
    }
  }
  const startTime = profile.began * 1000;
  const endTime =
    startTime +
    Math.max(
      Math.round(profile.durationMs * 1000),
      timeDeltas.reduce((a, b) => a + b, 0),
    );
  return JSON.stringify({ nodes, startTime, endTime, samples, timeDeltas });
}

/** A `.heapprofile` as DevTools and VS Code read it. */
export function heapProfile({ root }: Drawing): string {
  interface Node {
    callFrame: object;
    selfSize: number;
    id: number;
    children: Node[];
  }
  const order = preorder(root);
  const made = new Map<FrameNode, Node>();
  for (const [index, node] of order.entries()) {
    const frame = callFrame(node === root ? { ...node, name: '(root)' } : node);
    made.set(node, { callFrame: frame, selfSize: Math.round(node.value), id: index + 1, children: [] });
  }
  for (const node of order) {
    for (const child of node.children.values()) made.get(node)?.children.push(made.get(child) as Node);
  }
  const samples = order
    .filter(({ samples: count }) => count > 0)
    .map((node, index) => ({ size: Math.round(node.value), nodeId: made.get(node)?.id, ordinal: index + 1 }));
  return JSON.stringify({ head: made.get(root), samples });
}
