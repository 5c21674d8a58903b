import type { FrameKind } from '../../../../src/diagnose/profiler/frameKind.js';
import { frameKind } from '../../../../src/diagnose/profiler/frameKind.js';
import { Frames } from '../../../../src/diagnose/profiler/frames.js';
import type { FrameNode } from '../../../../src/diagnose/profiler/frameTree.js';
import { type Drawing, EVENT_TITLES, titleOf } from '../../../../src/diagnose/profiler/profile.js';
import type { Naming, ProcessInfo } from '../../../../src/target/index.js';

/** `[name, file, self samples, ...children]` */
export interface Shape extends ReadonlyArray<string | number | Shape> {}

export function nodeOf(
  name: string,
  file: string,
  samples: number,
  kind: FrameKind = frameKind(name, file),
): FrameNode {
  const value = samples * 1e7;
  return {
    name,
    file,
    line: file === '' ? 0 : 7,
    kind,
    children: new Map(),
    samples,
    value,
    totalSamples: samples,
    total: value,
  };
}

export function treeOf(shape: Shape): FrameNode {
  const [name, file, samples, ...children] = shape;
  const node = nodeOf(String(name), String(file), Number(samples));
  for (const child of children) addChild(node, treeOf(child as Shape));
  return node;
}

export function addChild(node: FrameNode, child: FrameNode): void {
  node.children.set(`${node.children.size}`, child);
  node.total += child.total;
  node.totalSamples += child.totalSamples;
}

export function drawing(root: FrameNode, more: Partial<Drawing> = {}): Drawing {
  const process = {
    name: 'shop',
    pid: 4242,
    cwd: '/srv/shop',
    nodeVersion: '22.1.0',
    command: ['node', 'shop.js'],
  };
  const profile: Drawing['profile'] = {
    event: 'cpu',
    process: process as unknown as ProcessInfo,
    threads: [],
    naming: {} as Naming,
    frames: new Frames(),
    perThread: false,
    began: 0,
    durationMs: 10_000,
    interval: 1e7,
    remora: 'Remora 1.2.3',
    notices: [],
  };
  return {
    profile,
    heading: EVENT_TITLES[profile.event],
    counts: 'samples',
    root,
    filter: { include: [], exclude: [] },
    title: titleOf(profile),
    reverse: false,
    minWidth: 0,
    total: false,
    top: 200,
    ...more,
  };
}

/** A call tree of so many functions, wide and deep as those of servers are. The same each time. */
export function largeTree(nodes: number): FrameNode {
  let seed = 12345;
  const random = (): number => {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff;
    return seed / 0x7fffffff;
  };
  const names: (readonly [string, string])[] = Array.from({ length: 800 }, (_, index) => [
    `${['handle', 'render', 'quote', 'load', 'parse', 'emit'][index % 6]}${['Order', 'Cart', 'Page', 'Row'][index % 4]}${index}`,
    [
      `/srv/shop/src/file${index % 40}.ts`,
      `/srv/shop/node_modules/pkg${index % 25}/index.js`,
      'node:events',
      '',
    ][index % 4] ?? '',
  ]);
  const made: { node: FrameNode; depth: number }[] = [{ node: nodeOf('all', '', 0, 'thread'), depth: 0 }];
  const order = [made[0]?.node as FrameNode];
  const parents = new Map<FrameNode, FrameNode>();
  while (order.length < nodes) {
    const at = Math.floor(random() ** 2 * made.length);
    const { node, depth } = made[made.length - 1 - at] ?? { node: order[0] as FrameNode, depth: 0 };
    if (depth > 90) continue;
    const [name, file] = names[Math.floor(random() * names.length)] ?? ['', ''];
    const child = nodeOf(name, file, 1 + Math.floor(random() * 20));
    node.children.set(String(node.children.size), child);
    parents.set(child, node);
    made.push({ node: child, depth: depth + 1 });
    order.push(child);
  }
  for (const node of order.reverse()) {
    const parent = parents.get(node);
    if (!parent) continue;
    parent.total += node.total;
    parent.totalSamples += node.totalSamples;
  }
  return order.at(-1) as FrameNode;
}
