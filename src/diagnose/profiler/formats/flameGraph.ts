import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { flameData } from '../flameData.js';
import type { Drawing } from '../profile.js';

/** As scripts/build.mjs makes it of src/diagnose/flamePage/. */
const PAGE = new URL('../../flamePage/flamePage.html', import.meta.url);
const TITLE = '%TITLE%';
const DATA = '%DATA%';
let page: readonly [head: string, middle: string, end: string] | undefined;

/** One HTML file with everything in it. */
export function* flameGraph(drawing: Drawing): Generator<string> {
  page ??= readPage();
  const [head, middle, end] = page;
  yield head;
  yield escapeHtml(drawing.title);
  yield middle;
  const { nodes, ...rest } = flameData(drawing);
  yield `${embedded({ ...rest, nodes: [] }).slice(0, -2)}`;
  // Hundreds of thousands of numbers, in pieces that nobody has to hold at once.
  for (let at = 0; at < nodes.length; at += PIECE) {
    yield `${at === 0 ? '' : ','}${nodes.slice(at, at + PIECE).join(',')}`;
  }
  yield ']}';
  yield end;
}

const PIECE = 64 * 1024;

function readPage(): readonly [string, string, string] {
  const text = readFileSync(fileURLToPath(PAGE), 'utf8');
  const [head = '', rest = ''] = text.split(TITLE);
  const [middle = '', end = ''] = rest.split(DATA);
  return [head, middle, end];
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** JSON inside a script element: nothing in it can end the element or begin a comment. */
function embedded(value: object): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
