/** The page of a flame graph: the data is in the document, nothing is loaded, nothing is sent. */
import { Frames, percentText } from './data.js';
import { element, make, pressed } from './dom.js';
import type { FlameData } from './flameData.js';
import { Graph } from './graph.js';
import { type Pointed, showFunctions, showLegend, showPath, showStatus, showTip } from './panels.js';
import { type Search, searchFrames, searchOne } from './search.js';
import { columnsOf, reversed, Tree } from './tree.js';

const KEYS: readonly (readonly [string, string])[] = [
  ['click, Enter', 'zoom to a function'],
  ['Escape', 'end the search, then show all'],
  ['arrows', 'go to callers, callees, neighbours'],
  ['Backspace', 'zoom out by one caller'],
  ['Ctrl+wheel, drag', 'zoom and move freely'],
  ['/ or Ctrl+F', 'search; Enter and Shift+Enter go through the matches'],
  ['I', 'flip: callers at the top or at the bottom'],
  ['R', 'reverse: merged by the function that ran, its callers below it'],
  ['F', 'list of functions'],
  ['A', 'what async functions waited, where the profile has it'],
  ['T', 'light or dark'],
];
const SEARCH_WAIT_MS = 80;

const data = JSON.parse(element('data').textContent ?? '') as FlameData;
const frames = new Frames(data);
const ownTime = new Tree(columnsOf(data.nodes));
/** What async functions waited: many wait at once, so it is no part of the other one. */
const awaited = data.awaited.length > 0 ? new Tree(columnsOf(data.awaited)) : undefined;
let forward = ownTime;
let backward: Tree | undefined;
let isReversed = false;
let search: Search | undefined;
let matches: readonly number[] = [];
let matchAt = -1;
let theme: 'light' | 'dark' = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';

const input = element<HTMLInputElement>('search');
const scroller = element('scroller');
const graph = new Graph(
  { scroller, spacer: element('spacer'), canvas: element<HTMLCanvasElement>('graph') },
  data,
  frames,
  forward,
  {
    hover: (node, x, y) => {
      showTip(node < 0 ? undefined : pointed(node), frames, data, x, y);
      if (node >= 0) showStatus(pointed(node), frames, data);
    },
    zoomed: (node) => setTimeout(() => zoomed(node)),
  },
);

function pointed(node: number): Pointed {
  return { tree: graph.tree, node, zoomed: graph.zoomed, isReversed };
}

function zoomed(node: number): void {
  showPath(graph.tree, frames, node, (goal) => graph.zoom(goal));
  showStatus(pointed(node), frames, data);
}

function reverse(on: boolean): void {
  isReversed = on;
  pressed(element('callers'), on);
  if (on) backward ??= new Tree(reversed(forward));
  graph.show(on && backward ? backward : forward);
  apply(search);
}

function apply(found: Search | undefined): void {
  search = found;
  matchAt = -1;
  graph.search(found);
  const output = element('matched');
  output.className = '';
  if (!found) {
    matches = [];
    output.textContent = '';
    return;
  }
  const { total, nodes } = graph.tree.marked(found.marks);
  matches = [...nodes].sort((a, b) => (graph.tree.total[b] ?? 0) - (graph.tree.total[a] ?? 0));
  output.textContent = found.frames === 0 ? 'no match' : percentText(total, graph.tree.total[0] ?? 0);
  output.title = `${found.frames} functions in ${nodes.length} places`;
}

function searchText(): void {
  const found = searchFrames(input.value, frames);
  apply(found === 'bad' ? undefined : found);
  if (found !== 'bad') return;
  const output = element('matched');
  output.className = 'bad';
  output.textContent = 'not a pattern';
}

function nextMatch(step: 1 | -1): void {
  if (matches.length === 0) return;
  matchAt = (matchAt + step + matches.length) % matches.length;
  const node = matches[matchAt] ?? 0;
  graph.select(node);
  showStatus(pointed(node), frames, data);
}

function reset(): void {
  graph.select(-1);
  graph.zoom(0);
}

function clearSearch(): void {
  input.value = '';
  apply(undefined);
}

function flip(): void {
  graph.flip(!graph.upside);
  pressed(element('invert'), graph.upside);
}

function toggleFunctions(): void {
  const list = element('list');
  list.hidden = !list.hidden;
  pressed(element('functions'), !list.hidden);
  if (!list.hidden) listFunctions();
}

function listFunctions(): void {
  showFunctions(forward, frames, data, (frame) => {
    input.value = frames.name(frame);
    apply(searchOne(frame, frames));
  });
}

function toggleAwaited(): void {
  if (!awaited) return;
  forward = forward === awaited ? ownTime : awaited;
  backward = undefined;
  pressed(element('awaited'), forward === awaited);
  element('title').textContent = forward === awaited ? `${data.title}: awaited` : data.title;
  showLegend(forward, frames, data);
  if (!element('list').hidden) listFunctions();
  reverse(isReversed);
}

function paint(next: 'light' | 'dark'): void {
  theme = next;
  document.documentElement.dataset.theme = next;
  graph.paint(next === 'dark');
}

function toggleKeys(): void {
  const keys = element('keys');
  keys.hidden = !keys.hidden;
  element('help').setAttribute('aria-expanded', String(!keys.hidden));
}

/** To a caller, a callee or a neighbour of what is selected. */
function walk(key: string): void {
  const { tree } = graph;
  const from = graph.selected >= 0 ? graph.selected : graph.zoomed;
  const isUp = key === (graph.upside ? 'ArrowDown' : 'ArrowUp');
  let goal = -1;
  if (isUp) goal = tree.parent[from] ?? -1;
  else if (key === 'ArrowUp' || key === 'ArrowDown') {
    if (tree.parent[from + 1] === from) goal = from + 1;
  } else {
    const level = tree.levels[tree.depth[from] ?? 0];
    if (level) goal = level[level.indexOf(from) + (key === 'ArrowRight' ? 1 : -1)] ?? -1;
  }
  if (goal < 0) return;
  graph.select(goal);
  showStatus(pointed(goal), frames, data);
}

const ACTIONS: Readonly<Record<string, () => void>> = {
  i: flip,
  r: () => reverse(!isReversed),
  f: toggleFunctions,
  a: toggleAwaited,
  t: () => paint(theme === 'dark' ? 'light' : 'dark'),
  '?': toggleKeys,
  '/': () => input.focus(),
  Enter: () => graph.selected >= 0 && graph.zoom(graph.selected),
  Backspace: () => graph.zoom(Math.max(0, graph.tree.parent[graph.zoomed] ?? 0)),
};

function onKey(event: KeyboardEvent): void {
  if ((event.ctrlKey || event.metaKey) && event.key === 'f') {
    event.preventDefault();
    input.focus();
    input.select();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === 'Escape') {
    if (search || input.value !== '') clearSearch();
    else reset();
    element('keys').hidden = true;
    input.blur();
    return;
  }
  if (event.target === input) {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    searchText();
    nextMatch(event.shiftKey ? -1 : 1);
    return;
  }
  if (event.target instanceof HTMLButtonElement && (event.key === 'Enter' || event.key === ' ')) return;
  if (event.key.startsWith('Arrow')) walk(event.key);
  else {
    const action = ACTIONS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action) return;
    action();
  }
  event.preventDefault();
}

element('title').textContent = data.title;
element('facts').replaceChildren(...data.facts.map((fact) => make('li', fact)));
element('keys').replaceChildren(
  make('dl', '', ...KEYS.flatMap(([key, what]) => [make('dt', key), make('dd', what)])),
);
showLegend(forward, frames, data);
element('about').addEventListener('click', () => {
  const facts = element('facts');
  facts.hidden = !facts.hidden;
  element('about').setAttribute('aria-expanded', String(!facts.hidden));
});
let waiting: ReturnType<typeof setTimeout> | undefined;
input.addEventListener('input', () => {
  clearTimeout(waiting);
  waiting = setTimeout(searchText, SEARCH_WAIT_MS);
});
element('reset').addEventListener('click', () => {
  clearSearch();
  reset();
});
element('invert').addEventListener('click', flip);
element('callers').addEventListener('click', () => reverse(!isReversed));
element('awaited').hidden = !awaited;
element('awaited').addEventListener('click', toggleAwaited);
element('functions').addEventListener('click', toggleFunctions);
element('theme').addEventListener('click', () => paint(theme === 'dark' ? 'light' : 'dark'));
element('help').addEventListener('click', toggleKeys);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', ({ matches: dark }) =>
  paint(dark ? 'dark' : 'light'),
);
document.addEventListener('keydown', onKey);
paint(theme);
if (data.reverse) reverse(true);

/** For tests, and for the curious. */
Object.assign(globalThis, {
  flame: {
    graph,
    frames,
    data,
    state: () => ({
      nodes: graph.tree.count,
      levels: graph.tree.levels.length,
      zoomed: frames.name(graph.tree.frame[graph.zoomed] ?? 0),
      selected: graph.selected < 0 ? '' : frames.name(graph.tree.frame[graph.selected] ?? 0),
      matched: element('matched').textContent,
      reversed: isReversed,
      awaited: forward === awaited,
      upside: graph.upside,
      theme,
      pictures: graph.painter.pictures,
      rectangles: graph.painter.rectangles,
    }),
  },
});
