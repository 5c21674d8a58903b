/** How names of an original source are called in the script that was made of it: by its source map. */
import type { LoadedMap } from '../scripts/index.js';

const WORD = '[\\p{ID_Start}$_][\\p{ID_Continue}$]*';
const RUNNING = new RegExp(`^(?:\\(0,\\s*)?(#?${WORD}(?:\\.${WORD})*)`, 'u');
const TAIL = new RegExp(`^(?:\\.${WORD})*`, 'u');
/** What stands where a statement begins that was joined with the one before it. */
const RESERVED = new Set(
  'async await break case catch class const continue delete do else export for function if import in instanceof let new return static switch this throw try typeof var void while yield'.split(
    ' ',
  ),
);
/** Neither a part of a word, nor a property, nor the beginning of a text. */
const BEFORE = '(?<![\\p{ID_Continue}$.\'"#])';
/** Occurrences of one name that are looked up. */
const MOST_LOOKED_UP = 200;

interface Original {
  readonly map: LoadedMap;
  readonly source: number;
  readonly text: string;
  /** Lines of the function in the original, from 1. */
  readonly from: number;
  readonly to: number;
}

/** Those that differ. Where the map tells nothing, a name is taken for what it is. */
export function runningNames(
  names: readonly string[],
  { map, source, text, from, to }: Original,
  running: string,
): Record<string, string> {
  const lines = text.split('\n');
  const runningLines = running.split('\n');
  const found: Record<string, string> = {};
  for (const name of names) {
    const votes = new Map<string, number>();
    const isPrivate = name.startsWith('#');
    let looked = 0;
    for (const [index, line] of lines.entries()) {
      if (!line.includes(name)) continue;
      for (const { index: at } of line.matchAll(
        new RegExp(`${isPrivate ? '' : BEFORE}${escaped(name)}(?![\\p{ID_Continue}$])`, 'gu'),
      )) {
        if (looked++ > MOST_LOOKED_UP) break;
        const called = calledThere(map, source, { line: index + 1, column: at + 1 }, runningLines);
        const own =
          called &&
          isPrivate === called.startsWith('#') &&
          withoutTail(called, TAIL.exec(line.slice(at + name.length))?.[0] ?? '');
        if (!own || RESERVED.has(own)) continue;
        const isInside = index + 1 >= from && index + 1 <= to;
        const isDeclared = /^(?:export\s+)?(?:import|const|let|var|class|(?:async\s+)?function)\b/.test(line);
        votes.set(own, (votes.get(own) ?? 0) + (isInside ? 1000 : isDeclared ? 30 : 1));
      }
    }
    const [best] = [...votes].sort((a, b) => b[1] - a[1]);
    if (best && best[0] !== name) found[name] = best[0];
  }
  return found;
}

function calledThere(
  map: LoadedMap,
  source: number,
  place: { readonly line: number; readonly column: number },
  lines: readonly string[],
): string | undefined {
  const at = map.generated(source, place);
  if (!at) return undefined;
  const back = map.original(at);
  // The nearest place that is mapped may be that of another word.
  if (back?.source !== source || back.line !== place.line || back.column !== place.column) return undefined;
  return RUNNING.exec(lines[at.line - 1]?.slice(at.column - 1) ?? '')?.[1];
}

/** `r.toFixed` of `rate.toFixed` is `r`. */
function withoutTail(called: string, tail: string): string {
  return tail !== '' && called.endsWith(tail) ? called.slice(0, -tail.length) : called;
}

function escaped(name: string): string {
  return name.replace(/\$/g, '\\$');
}
