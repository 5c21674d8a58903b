import { formatDateTime } from '../../base/index.js';
import type { FlameData } from '../flamePage/flameData.js';
import { FRAME_KINDS, packageIn, shortFile } from './frameKind.js';
import type { FrameNode } from './frameTree.js';
import { flameNodes } from './limits.js';
import type { Drawing } from './profile.js';
import { isMemory } from './profile.js';

/** Narrow nodes are cut where the limit or `minWidth` says so; their cost stays with their callers. */
export function flameData(drawing: Drawing): FlameData {
  const { root, profile, title } = drawing;
  const strings = new Map<string, number>();
  const text = (value: string): number => {
    const known = strings.get(value);
    if (known !== undefined) return known;
    strings.set(value, strings.size);
    return strings.size - 1;
  };
  const frameIds = new Map<string, number>();
  const frames: number[] = [];
  const frameOf = (node: FrameNode): number => {
    const key = `${node.kind}${node.line}:${node.name}\n${node.file}`;
    const known = frameIds.get(key);
    if (known !== undefined) return known;
    const place =
      node.file === ''
        ? ''
        : `${shortFile(node.file, profile.process.cwd)}${node.line > 0 ? `:${node.line}` : ''}`;
    const name = packageIn(node.file);
    frames.push(
      text(node.name),
      text(place),
      text(node.file),
      FRAME_KINDS.indexOf(node.kind),
      name === undefined ? -1 : text(name),
    );
    frameIds.set(key, frameIds.size);
    return frameIds.size - 1;
  };
  let cut = 0;
  const nodesOf = (root: FrameNode): number[] => {
    const kept = narrowed(root, drawing.minWidth, frameOf);
    cut += kept.cut;
    return kept.nodes;
  };
  const nodes = nodesOf(root);
  const awaited = drawing.awaited ? nodesOf(drawing.awaited.root) : [];
  return {
    title,
    facts: facts(drawing),
    unit: isMemory(profile.event) ? 'bytes' : 'ns',
    kinds: FRAME_KINDS,
    reverse: drawing.reverse,
    cut,
    strings: [...strings.keys()],
    frames,
    nodes,
    awaited,
  };
}

/** The nodes as numbers, without those that are too narrow: their cost is their caller's. */
function narrowed(
  root: FrameNode,
  minWidth: number,
  frameOf: (node: FrameNode) => number,
): { readonly nodes: number[]; readonly cut: number } {
  const least = leastTotal(root, minWidth);
  const nodes: number[] = [];
  let cut = 0;
  const open: { readonly node: FrameNode; readonly depth: number }[] = [{ node: root, depth: 0 }];
  for (let at = open.pop(); at; at = open.pop()) {
    const { node, depth } = at;
    let [self, samples] = [node.value, node.samples];
    const below: FrameNode[] = [];
    for (const child of node.children.values()) {
      if (child.total >= least && child.total > 0) below.push(child);
      else {
        cut += 1;
        self += child.total;
        samples += child.totalSamples;
      }
    }
    nodes.push(frameOf(node), depth, Math.round(self), samples);
    below.sort((a, b) => a.total - b.total);
    for (const child of below) open.push({ node: child, depth: depth + 1 });
  }
  return { nodes, cut };
}

/** The total from which on a node is drawn, so that no more than the limit are. */
function leastTotal(root: FrameNode, minWidth: number): number {
  const totals: number[] = [];
  const open = [root];
  for (let node = open.pop(); node; node = open.pop()) {
    totals.push(node.total);
    open.push(...node.children.values());
  }
  const wished = (root.total * minWidth) / 100;
  if (totals.length <= flameNodes.value) return wished;
  totals.sort((a, b) => b - a);
  // Strictly more than the first that would be too many: its equals are left out, too.
  return Math.max(wished, (totals[flameNodes.value] ?? 0) * (1 + Number.EPSILON) + Number.MIN_VALUE);
}

function facts({ profile, root, heading, awaited }: Drawing): string[] {
  const { process, began, durationMs, threads, notices, remora } = profile;
  return [
    `${heading} of ${process.name} (process ${process.pid}, Node.js ${process.nodeVersion || 'of unknown version'})`,
    `${formatDateTime(began)}, ${(durationMs / 1000).toFixed(1)} s, ${root.totalSamples} samples`,
    ...(awaited ? [awaitedFact(awaited)] : []),
    `threads: ${threads.map(({ thread }) => thread).join(', ')}`,
    `command: ${process.command.join(' ').slice(0, 300)}`,
    ...notices,
    `taken by ${remora}`,
  ];
}

function awaitedFact({ root: { total, totalSamples } }: Drawing): string {
  return `${(total / 1e9).toFixed(1)} s awaited by async functions in about ${totalSamples} awaits (they wait side by side)`;
}
