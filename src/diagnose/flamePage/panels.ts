import { amountText, type Frames, percentText } from './data.js';
import { element, make } from './dom.js';
import type { FlameData } from './flameData.js';
import { functionCosts, type Tree } from './tree.js';

const KIND_NAMES: Readonly<Record<string, string>> = {
  app: 'application',
  package: 'packages',
  node: 'Node.js',
  native: 'V8 and native',
  idle: 'idle, waiting',
  thread: '',
};
const ROWS = 200;
const TIP_AWAY = 14;

/** What each kind of code cost by itself. */
export function showLegend(tree: Tree, frames: Frames, data: FlameData): void {
  const sums = data.kinds.map(() => 0);
  for (let node = 0; node < tree.count; node++) {
    const kind = frames.kind(tree.frame[node] ?? 0);
    sums[kind] = (sums[kind] ?? 0) + (tree.self[node] ?? 0);
  }
  const entries = data.kinds.flatMap((kind, index) => {
    const name = KIND_NAMES[kind] ?? kind;
    if (name === '' || (sums[index] ?? 0) === 0) return [];
    const patch = make('i');
    patch.style.background = `var(--${kind})`;
    const entry = make('span', '', patch);
    entry.append(`${name} ${percentText(sums[index] ?? 0, tree.total[0] ?? 0)}`);
    return [entry];
  });
  if (data.cut > 0) entries.push(make('span', `${data.cut.toLocaleString('en')} narrow nodes are not drawn`));
  element('legend').replaceChildren(...entries);
}

/** The callers of the node that the graph is zoomed to, each of which can be gone back to. */
export function showPath(tree: Tree, frames: Frames, node: number, go: (node: number) => void): void {
  const nodes: number[] = [];
  for (let at = node; at >= 0; at = tree.parent[at] ?? -1) nodes.unshift(at);
  const most = 12;
  const shown = nodes.length > most ? [...nodes.slice(0, 1), ...nodes.slice(1 - most)] : nodes;
  const parts = shown.flatMap((at, index) => {
    const button = make('button', frames.name(tree.frame[at] ?? 0));
    button.type = 'button';
    button.addEventListener('click', () => go(at));
    const between =
      index === 0
        ? []
        : [make('span', nodes.length > most && index === 1 ? '\u203a \u2026 \u203a' : '\u203a')];
    return [...between, button];
  });
  element('path').replaceChildren(...parts);
}

/** The functions that cost most by themselves. */
export function showFunctions(
  tree: Tree,
  frames: Frames,
  data: FlameData,
  pick: (frame: number) => void,
): void {
  const all = tree.total[0] ?? 0;
  const rows = functionCosts(tree, frames.count)
    .filter(({ total, frame }) => total > 0 && data.kinds[frames.kind(frame)] !== 'thread')
    .slice(0, ROWS)
    .map(({ frame, self, total }) => {
      const patch = make('i');
      patch.style.background = `var(--${data.kinds[frames.kind(frame)] ?? 'native'})`;
      const name = make('td', '', patch);
      name.append(frames.name(frame), make('small', frames.place(frame)));
      name.title = `${frames.name(frame)} ${frames.place(frame)}`;
      const row = make(
        'tr',
        '',
        make('td', amountText(self, data.unit)),
        make('td', percentText(self, all)),
        make('td', amountText(total, data.unit)),
        make('td', percentText(total, all)),
        name,
      );
      row.addEventListener('click', () => pick(frame));
      return row;
    });
  element('rows').replaceChildren(...rows);
}

export interface Pointed {
  readonly tree: Tree;
  readonly node: number;
  readonly zoomed: number;
  readonly isReversed: boolean;
}

function costRows({ tree, node, zoomed, isReversed }: Pointed, data: FlameData): [string, string, string][] {
  const all = tree.total[0] ?? 0;
  const total = tree.total[node] ?? 0;
  const self = tree.self[node] ?? 0;
  const rows: [string, string, string][] = [['total', amountText(total, data.unit), percentText(total, all)]];
  if (!isReversed) rows.push(['self', amountText(self, data.unit), percentText(self, all)]);
  if (zoomed > 0) rows.push(['of what is shown', '', percentText(total, tree.total[zoomed] ?? 0)]);
  const samples = tree.samples[node] ?? 0;
  if (samples > 0) rows.push([isReversed ? 'samples' : 'own samples', samples.toLocaleString('en'), '']);
  return rows;
}

export function showTip(
  pointed: Pointed | undefined,
  frames: Frames,
  data: FlameData,
  x: number,
  y: number,
): void {
  const tip = element('tip');
  tip.hidden = !pointed;
  if (!pointed) return;
  const frame = pointed.tree.frame[pointed.node] ?? 0;
  const table = make(
    'table',
    '',
    ...costRows(pointed, data).map((cells) => make('tr', '', ...cells.map((text) => make('td', text)))),
  );
  const place = make(
    'div',
    frames.file(frame) === '' ? frames.place(frame) : `${frames.file(frame)}${lineOf(frames.place(frame))}`,
  );
  place.className = 'place';
  tip.replaceChildren(make('b', frames.name(frame)), place, table);
  const { offsetWidth, offsetHeight } = tip;
  const left = x + TIP_AWAY + offsetWidth > innerWidth ? x - TIP_AWAY - offsetWidth : x + TIP_AWAY;
  const top = y + TIP_AWAY + offsetHeight > innerHeight ? y - TIP_AWAY - offsetHeight : y + TIP_AWAY;
  tip.style.left = `${Math.max(4, left)}px`;
  tip.style.top = `${Math.max(4, top)}px`;
}

/** The same in a line below, for the node that the keys have selected too. */
export function showStatus(pointed: Pointed, frames: Frames, data: FlameData): void {
  const frame = pointed.tree.frame[pointed.node] ?? 0;
  const costs = costRows(pointed, data).map(
    ([name, amount, share]) => `${name} ${[amount, share].filter(Boolean).join(', ')}`,
  );
  const place = make('small', `  ${frames.place(frame)}`);
  const status = element('status');
  status.replaceChildren(frames.name(frame), place, `  \u2014 ${costs.join('; ')}`);
}

function lineOf(place: string): string {
  return /:\d+$/.exec(place)?.[0] ?? '';
}
