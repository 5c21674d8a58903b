import { formatDateTime } from '../../../base/index.js';
import { childrenOf, type FrameNode, stacksOf } from '../frameTree.js';
import { type Drawing, titleOf } from '../profile.js';
import { amountText, frameText, oneLine, percentText } from './frameText.js';

/** A function wherever it was called from. */
interface Row {
  readonly text: string;
  self: number;
  samples: number;
  total: number;
}

/** By self cost, the costliest first. */
export function functionRows({ root, profile }: Drawing): Row[] {
  const rows = new Map<string, Row>();
  const visit = (node: FrameNode): Row => {
    const key = `${node.line}:${node.name}\n${node.file}`;
    let row = rows.get(key);
    if (!row) {
      row = { text: frameText(node, profile), self: 0, samples: 0, total: 0 };
      rows.set(key, row);
    }
    return row;
  };
  for (const stack of stacksOf(root)) {
    const node = stack.at(-1) as FrameNode;
    if (node.kind === 'thread') continue;
    const row = visit(node);
    row.self += node.value;
    row.samples += node.samples;
    // A function that calls itself is counted once for all that lies below it.
    const isInner = stack.some(
      (above, index) =>
        index < stack.length - 1 &&
        above.name === node.name &&
        above.file === node.file &&
        above.line === node.line,
    );
    if (!isInner) row.total += node.total;
  }
  return [...rows.values()].sort((a, b) => b.self - a.self || b.total - a.total);
}

function* head({ profile, root, title, heading, counts }: Drawing, comment: string): Generator<string> {
  const { process, began, durationMs, threads, notices } = profile;
  if (title !== titleOf(profile)) yield `${comment}${oneLine(title)}\n`;
  yield `${comment}${heading} of ${oneLine(process.name)} (${process.pid}), ${formatDateTime(began)}, ${(durationMs / 1000).toFixed(1)} s, ${root.totalSamples} ${counts}, ${amountText(root.total, profile)}, threads: ${oneLine(threads.map(({ thread }) => thread).join(', '))}\n`;
  for (const notice of notices) yield `${comment}${oneLine(notice)}\n`;
}

/** The functions that cost most by themselves. */
export function* flat(drawing: Drawing): Generator<string> {
  const { root, profile, top } = drawing;
  yield* head(drawing, '--- ');
  const rows = functionRows(drawing).filter(({ self }) => self > 0);
  const cells = rows
    .slice(0, top)
    .map(({ text, self, total, samples }) => [
      amountText(self, profile),
      percentText(self, root.total),
      amountText(total, profile),
      percentText(total, root.total),
      String(samples),
      text,
    ]);
  const names = ['self', '', 'total', '', drawing.counts, 'function'];
  const widths = names.map((name, index) =>
    Math.max(name.length, ...cells.map((row) => row[index]?.length ?? 0)),
  );
  for (const row of [names, ...cells]) {
    yield `${row.map((cell, index) => (index === 5 ? cell : cell.padStart(widths[index] ?? 0))).join('  ')}\n`;
  }
  if (rows.length > top) yield `... ${rows.length - top} more\n`;
}

/** The costliest stacks, innermost function first. */
export function* traces(drawing: Drawing): Generator<string> {
  const { root, profile, top } = drawing;
  yield* head(drawing, '--- ');
  const hot = [...stacksOf(root)]
    .filter((stack) => (stack.at(-1)?.value ?? 0) > 0)
    .sort((a, b) => (b.at(-1)?.value ?? 0) - (a.at(-1)?.value ?? 0));
  for (const stack of hot.slice(0, top)) {
    const leaf = stack.at(-1) as FrameNode;
    yield `\n--- ${amountText(leaf.value, profile)} (${percentText(leaf.value, root.total)}), ${leaf.samples} ${leaf.samples === 1 ? drawing.counts.slice(0, -1) : drawing.counts}\n`;
    for (const [index, node] of [...stack].reverse().entries())
      yield `  [${String(index).padStart(2)}] ${frameText(node, profile)}\n`;
  }
  if (hot.length > top) yield `\n... ${hot.length - top} more\n`;
}

/** The call tree, widest first. */
export function* tree(drawing: Drawing): Generator<string> {
  const { root, profile } = drawing;
  const least = (root.total * Math.max(drawing.minWidth, 0.1)) / 100;
  yield* head(drawing, '--- ');
  const open: { node: FrameNode; prefix: string; last: boolean }[] = [];
  const push = (node: FrameNode, prefix: string): void => {
    const below = childrenOf(node).filter(({ total }) => total >= least);
    for (const [index, child] of [...below.entries()].reverse()) {
      open.push({ node: child, prefix, last: index === below.length - 1 });
    }
  };
  push(root, '');
  for (let at = open.pop(); at; at = open.pop()) {
    const { node, prefix, last } = at;
    const self = node.value > 0 ? `, self ${amountText(node.value, profile)}` : '';
    yield `${prefix}${last ? '`-' : '+-'} [${percentText(node.total, root.total)} ${amountText(node.total, profile)}${self}] ${frameText(node, profile)}\n`;
    // Indented no deeper than a line can be read.
    push(node, prefix.length > 400 ? prefix : `${prefix}${last ? '   ' : '|  '}`);
  }
}

/** For a pull request, or for a model that reads along. */
export function* markdown(drawing: Drawing): Generator<string> {
  const { root, profile, top, title, heading, counts } = drawing;
  yield `# ${cell(counts === 'awaits' ? heading : title)}\n\n`;
  for (const line of head({ ...drawing, title: titleOf(profile) }, ''))
    if (line.trim() !== '') yield `${cell(line.trim())}\n\n`;
  yield '## Functions by their own cost\n\n| self | | total | | function |\n| ---: | ---: | ---: | ---: | --- |\n';
  for (const row of functionRows(drawing).slice(0, top)) {
    yield `| ${amountText(row.self, profile)} | ${percentText(row.self, root.total)} | ${amountText(row.total, profile)} | ${percentText(row.total, root.total)} | ${cell(row.text)} |\n`;
  }
  yield '\n## Costliest stacks\n\n';
  const hot = [...stacksOf(root)].sort((a, b) => (b.at(-1)?.value ?? 0) - (a.at(-1)?.value ?? 0));
  for (const stack of hot.slice(0, Math.min(top, 10))) {
    const leaf = stack.at(-1) as FrameNode;
    yield `${amountText(leaf.value, profile)} (${percentText(leaf.value, root.total)})\n\n`;
    for (const [index, node] of [...stack].reverse().entries())
      yield `${index + 1}. ${cell(frameText(node, profile))}\n`;
    yield '\n';
  }
}

/** What async functions waited comes behind all else: many wait at once, so that nothing adds up with the rest. */
export function withAwaited(draw: (drawing: Drawing) => Generator<string>): typeof draw {
  return function* (drawing) {
    yield* draw(drawing);
    const { awaited } = drawing;
    if (!awaited || awaited.root.total === 0) return;
    yield '\n';
    yield* draw(awaited);
  };
}

/** Nothing in it is markup, whatever the target called its functions. */
function cell(text: string): string {
  return oneLine(text).replace(/[\\`*_{}[\]<>#|~&]/g, (char) => `\\${char}`);
}
