import type { StackNode, StackTree } from './stackTree.js';
import { asAmount, asList, asPlace, asRecord } from './untrusted.js';

/** What one sampling heap profile gave. */
export interface HeapSlice {
  readonly samples: number;
  /** Scaled up by V8 from the samples to what they stand for. */
  readonly bytes: number;
}

/** Adds a sampling heap profile of V8 (`HeapProfiler.SamplingHeapProfile`) to a tree: samples and bytes. */
export function addHeapProfile(tree: StackTree, value: unknown): HeapSlice {
  const profile = asRecord(value);
  const byNode = new Map<unknown, number>();
  for (const item of asList(profile.samples)) {
    const { nodeId } = asRecord(item);
    byNode.set(nodeId, (byNode.get(nodeId) ?? 0) + 1);
  }
  let samples = 0;
  let bytes = 0;
  const head = asRecord(profile.head);
  const open: [node: Record<string, unknown>, into: StackNode][] = [[head, tree.root]];
  // Parsed JSON is a tree: no circle to fear, but depth, hence no recursion.
  for (let next = open.pop(); next; next = open.pop()) {
    const [node, into] = next;
    const size = asAmount(node.selfSize);
    const count = byNode.get(node.id) ?? 0;
    if (size > 0 || count > 0) {
      // What V8 itself allocated outside any function stands at the root, which is no function.
      const at = into === tree.root ? tree.child(into, asPlace({ functionName: '(V8 API)' })) : into;
      tree.add(at, at.place.line, count, size);
      samples += count;
      bytes += size;
    }
    for (const item of asList(node.children)) {
      const child = asRecord(item);
      open.push([child, tree.child(into, asPlace(child.callFrame))]);
    }
  }
  return { samples, bytes };
}
