import { LineTable, type LoadedMap, type Script, type ScriptList, sourceMapsOf } from '../../target/index.js';

/** Source text to show, and how its lines belong to those of the script that runs. */
export interface ShownSource {
  readonly source: string;
  /** Line of the first line of `source` in `file`. */
  readonly firstLine: number;
  /** Line of the script → line of `file`, for the part shown. */
  readonly mappings: Readonly<Record<string, number>>;
  readonly file: string;
  /** Why the generated code is shown, when a map was named but could not be used. */
  readonly note?: string;
}

/** Offsets in a script: [start, end). */
type Range = readonly [start: number, end: number];

/** The part of a script that `range` covers, or all of it, in the text it was written in where that can be had. */
export async function showSource(
  list: ScriptList,
  script: Script,
  range: Range | undefined,
  wanted: string | undefined,
): Promise<ShownSource> {
  const text = await list.source(script);
  const answer = await sourceMapsOf(list.target).ofScript(script);
  if (!('map' in answer)) {
    return generated(script, text, range, script.sourceMapURL === '' ? undefined : answer.why);
  }
  const shown = await original(list, script, text, range, answer.map, wanted);
  return (
    shown ?? generated(script, text, range, 'the source it was made from is neither in its map nor beside it')
  );
}

function generated(
  script: Script,
  text: string,
  range: Range | undefined,
  note: string | undefined,
): ShownSource {
  const table = new LineTable(text);
  const first = range ? table.place(range[0]).line : 1;
  const last = range ? table.place(range[1]).line : table.lines;
  const mappings: Record<string, number> = {};
  for (let line = first; line <= last; line++) mappings[line] = line;
  return {
    source: lines(text, first, last),
    firstLine: first,
    mappings,
    file: script.path || script.url,
    note: note && `the code that runs is shown: ${note}`,
  };
}

async function original(
  list: ScriptList,
  script: Script,
  text: string,
  range: Range | undefined,
  map: LoadedMap,
  wanted: string | undefined,
): Promise<ShownSource | undefined> {
  const table = new LineTable(text);
  const [start, end] = range ?? [0, text.length];
  const source = wanted === undefined ? sourceAt(map, table, start, end) : map.sources.indexOf(wanted);
  if (source < 0) return undefined;
  const whole = await sourceMapsOf(list.target).content(map, source);
  if (whole === undefined) return undefined;
  const mappings = mappedLines(map, table, source, start, end);
  const seen = Object.values(mappings);
  if (range === undefined) {
    return { source: whole, firstLine: 1, mappings, file: map.sources[source] ?? script.path };
  }
  if (seen.length === 0) return undefined;
  const first = seen.reduce((least, line) => Math.min(least, line));
  const last = seen.reduce((most, line) => Math.max(most, line));
  return {
    source: lines(whole, first, last),
    firstLine: first,
    mappings,
    file: map.sources[source] ?? script.path,
  };
}

function sourceAt(map: LoadedMap, table: LineTable, start: number, end: number): number {
  if (map.sources.length === 1) return 0;
  return (map.original(table.place(start)) ?? map.original(table.place(end - 1)))?.source ?? -1;
}

/** Lines of the script to lines of one original; within a script of one line, places `line:column`. */
function mappedLines(
  map: LoadedMap,
  table: LineTable,
  source: number,
  start: number,
  end: number,
): Record<string, number> {
  const found: Record<string, number> = {};
  const from = table.place(start);
  const to = table.place(Math.max(start, end - 1));
  const oneLine = from.line === to.line;
  for (let line = from.line; line <= to.line; line++) {
    let before = 0;
    for (const segment of map.segments(line)) {
      if (segment.source !== source || segment.to === before) continue;
      if (line === from.line && segment.column < from.column) continue;
      if (line === to.line && segment.column > to.column) break;
      before = segment.to;
      found[oneLine ? `${line}:${segment.column}` : String(line)] ??= segment.to;
    }
  }
  return found;
}

function lines(text: string, first: number, last: number): string {
  return text
    .split('\n')
    .slice(first - 1, last)
    .join('\n');
}
