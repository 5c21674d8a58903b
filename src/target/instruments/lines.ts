import { isSecretName } from '../../base/index.js';
import {
  type FoundFunction,
  findFunctions,
  LineTable,
  type LoadedMap,
  type NameInScope,
  type Script,
  type ScriptList,
  ScriptSearch,
  scopesAt,
  scriptsOf,
  V8Lines,
} from '../scripts/index.js';
import type { Target } from '../types.js';
import { instrumentErrors } from './errors.js';
import { observable } from './find.js';
import { lineHits, lineNames } from './limits.js';
import { nameOfParameter } from './specs.js';
import type { FunctionPattern, LinePlace, ObservableFunction } from './types.js';

export interface LineQuery {
  readonly pattern: FunctionPattern;
  /** Lines as people know them; empty = all at which V8 can stop. */
  readonly lines: readonly number[];
  /** A function was named: each that fits counts, not only the outermost at a line. */
  readonly isNamed: boolean;
  /** Variables that an expression names: they are read whether or not the function does. */
  readonly wanted: ReadonlySet<string>;
}

export interface LineOptions {
  readonly signal?: AbortSignal;
  readonly most: number;
  onLimit?(what: string): void;
}

/** Lines of one function at which V8 can stop. */
export interface FunctionLines {
  readonly of: ObservableFunction;
  /** File of the source that was written, as far as it is known. */
  readonly sourceFile: string;
  /** Ascending. */
  readonly lines: readonly number[];
}

export interface LinesFound {
  /** One entry for each line that is wanted, each function at it. */
  readonly places: readonly ObservableFunction[];
  readonly functions: readonly FunctionLines[];
  /** Nothing fits: what was looked through. */
  readonly why?: string;
}

interface Stop {
  /** As V8 counts. */
  readonly lineNumber: number;
  readonly columnNumber: number;
  /** As people do. */
  readonly at: number;
}

interface Candidate {
  readonly found: FoundFunction;
  readonly stops: readonly Stop[];
}

/** Functions whose places are asked for one by one. */
const MOST_ASKED = 200;
/** The last statement of a function: V8 stops at its end, which in a minified script is the function's own brace. */
const ENDS_BY_RETURN = /\breturn\b[^;{}]*;?\s*$/;
const LONGEST_LAST = 2000;

/**
 * Where V8 can stop in functions, in the lines of the source that was written; sets nothing.
 * @throws RemoraError `bad-pattern`, `too-many-functions`, `names-unknown`, and those of the target
 */
export async function findLines(target: Target, query: LineQuery, options: LineOptions): Promise<LinesFound> {
  if (target.channel !== 'worker') throw instrumentErrors.needsWorker();
  const list = scriptsOf(target);
  const lease = await list.open();
  try {
    return await new LineSearch(target, list, query, options).run();
  } finally {
    lease.release();
  }
}

class LineSearch {
  readonly #target: Target;
  readonly #search: ScriptSearch;
  readonly #list: ScriptList;
  readonly #query: LineQuery;
  readonly #options: LineOptions;

  constructor(target: Target, list: ScriptList, query: LineQuery, options: LineOptions) {
    this.#target = target;
    this.#list = list;
    this.#search = new ScriptSearch(list);
    this.#query = query;
    this.#options = options;
  }

  async run(): Promise<LinesFound> {
    const { pattern, lines } = this.#query;
    const { signal, onLimit, most } = this.#options;
    const { functions, scripts, others } = await findFunctions(this.#search, pattern, { signal, onLimit });
    if (functions.length === 0) return { places: [], functions: [], why: nothing(pattern, scripts, others) };
    const around: FoundFunction[] = [];
    for (const found of functions) if (await this.#mayHold(found)) around.push(found);
    if (around.length > Math.min(most, MOST_ASKED)) {
      const name = around[0]?.script.name ?? '';
      throw instrumentErrors.tooMany(around.length, Math.min(most, MOST_ASKED), [name]);
    }
    const candidates: Candidate[] = [];
    for (const found of around) {
      signal?.throwIfAborted();
      candidates.push({ found, stops: await this.#stops(found) });
    }
    const byFunction = candidates.map((each) => linesOf(each));
    const wanted = lines.flatMap((line) => this.#at(line, candidates));
    return {
      places: await this.#places(wanted),
      functions: byFunction,
      why: wanted.length === 0 ? noLine(pattern.module, lines, byFunction) : undefined,
    };
  }

  /** Whether a line that is wanted can be in it. */
  async #mayHold({ script, info, line }: FoundFunction): Promise<boolean> {
    if (script.isInternal || script.isOtherContext || info.facts.isImplicit) return false;
    const { lines } = this.#query;
    if (lines.length === 0) return true;
    const map = await this.#search.map(script);
    // Of what a bundler has moved about, the end may lie before the beginning.
    const end = map ? lastLine(map, info.start.line, info.end) : info.end.line;
    return lines.some((each) => each >= line && (end === undefined || end < line || each <= end));
  }

  async #stops(found: FoundFunction): Promise<readonly Stop[]> {
    const { script, info, original } = found;
    const text = await this.#list.source(script);
    const v8 = new V8Lines(text, script);
    const map = await this.#search.map(script);
    const at = ({ line, column }: { line: number; column: number }) => ({
      scriptId: script.scriptId,
      lineNumber: line,
      columnNumber: column,
    });
    const { locations } = await this.#target.cdp<{
      locations: readonly { lineNumber: number; columnNumber: number; type?: string }[];
    }>('Debugger.getPossibleBreakpoints', {
      start: at(v8.place(info.facts.body)),
      end: at(v8.place(info.range[1])),
      restrictToFunction: true,
    });
    const stops: Stop[] = [];
    const last = info.range[1] - 1;
    const brace = ENDS_BY_RETURN.test(text.slice(Math.max(info.facts.body, last - LONGEST_LAST), last))
      ? undefined
      : v8.place(last);
    for (const { lineNumber, columnNumber, type } of locations) {
      const line = lineNumber - (script.startLine ?? 0) + 1;
      // V8 stops at the end of a `return`, where in a minified script what follows begins.
      const isBrace = lineNumber === brace?.line && columnNumber === brace.column;
      const column = type === 'return' && !isBrace ? Math.max(1, columnNumber) : columnNumber + 1;
      const place = map?.original({ line, column });
      if (map && (!place || map.sources[place.source] !== original)) continue;
      stops.push({ lineNumber, columnNumber, at: place?.line ?? line });
    }
    return stops;
  }

  /** The first place of each function at a line; without a name only of the outermost, which is the line's own. */
  #at(line: number, candidates: readonly Candidate[]): { found: FoundFunction; stop: Stop }[] {
    const fits = candidates.flatMap(({ found, stops }) => {
      const stop = stops.find(({ at }) => at === line);
      return stop ? [{ found, stop }] : [];
    });
    if (this.#query.isNamed) return fits;
    return fits.filter(
      ({ found }) =>
        !fits.some(
          (other) =>
            other.found !== found &&
            other.found.script === found.script &&
            other.found.info.range[0] <= found.info.range[0] &&
            other.found.info.range[1] >= found.info.range[1],
        ),
    );
  }

  async #places(wanted: readonly { found: FoundFunction; stop: Stop }[]): Promise<ObservableFunction[]> {
    const places: ObservableFunction[] = [];
    for (const script of new Set(wanted.map(({ found }) => found.script))) {
      const ofScript = wanted.filter(({ found }) => found.script === script);
      const names = await this.#names(
        script,
        ofScript.map(({ stop }) => stop),
      );
      for (const [index, { found, stop }] of ofScript.entries()) {
        const line: LinePlace = {
          at: stop.at,
          line: stop.lineNumber,
          column: stop.columnNumber,
          names: names[index] ?? [],
          secretParams: found.info.params.flatMap((param, at) =>
            isSecretName(nameOfParameter(param)) ? [at] : [],
          ),
          hitsPerSecond: lineHits.value,
        };
        places.push({ ...observable(found), instrument: 'breakpoint', line });
      }
    }
    return places;
  }

  /** What can be read at places of a script, by the names that people know. */
  async #names(script: Script, stops: readonly Stop[]): Promise<readonly LinePlace['names'][]> {
    const text = await this.#list.source(script);
    const v8 = new V8Lines(text, script);
    const map = await this.#search.map(script);
    const offsets = stops.map(
      ({ lineNumber: line, columnNumber: column }) => v8.offset({ line, column }) ?? 0,
    );
    const scopes = await scopesAt(text, script.isModule, offsets);
    if ('why' in scopes) throw instrumentErrors.namesUnknown(script.name, scopes.why);
    const lines = map && new LineTable(text);
    return scopes.map((names) => this.#known(names, (at) => lines && map?.original(lines.place(at))?.name));
  }

  #known(names: readonly NameInScope[], original: (at: number) => string | undefined): LinePlace['names'] {
    const known = new Map<string, LinePlace['names'][number]>();
    for (const { name: text, at, where, isParameter, isNamed } of names) {
      const name = original(at) || text;
      const isWanted = where === 'own' || isNamed || this.#query.wanted.has(name);
      if (!isWanted || known.has(name)) continue;
      if (known.size >= lineNames.value && !this.#query.wanted.has(name)) continue;
      known.set(name, { name, text, where, isParameter, isSecret: isSecretName(name) });
    }
    return [...known.values()];
  }
}

function linesOf({ found, stops }: Candidate): FunctionLines {
  const lines = [...new Set(stops.map(({ at }) => at))].sort((a, b) => a - b);
  return {
    of: observable(found),
    sourceFile: found.original || found.script.path || found.script.url,
    lines,
  };
}

function lastLine(map: LoadedMap, first: number, end: { line: number; column: number }): number | undefined {
  for (let line = end.line; line >= first; line--) {
    const column = line === end.line ? Math.max(1, end.column - 1) : 1_000_000;
    const place = map.original({ line, column });
    if (place) return place.line;
  }
  return undefined;
}

function nothing(
  { module, name }: FunctionPattern,
  scripts: readonly Script[],
  others: readonly string[],
): string {
  if (scripts.length === 0) return `no loaded module or class is named ${module}`;
  const some = others.slice(0, 5).join(', ');
  return `${module} has no function ${name}${some === '' ? '' : `; it has ${some}`}`;
}

const NEAR = 6;

function noLine(module: string, lines: readonly number[], functions: readonly FunctionLines[]): string {
  if (lines.length === 0) return 'V8 can stop nowhere in it';
  const [wanted = 0] = lines;
  const all = [...new Set(functions.flatMap((each) => each.lines))];
  if (all.length === 0) {
    return `line ${lines.join(', ')} of ${module} is in no function: what stands at the top of a module has run already`;
  }
  const near = all
    .sort((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted))
    .slice(0, NEAR)
    .sort((a, b) => a - b);
  return `V8 can stop nowhere at line ${lines.join(', ')} of ${module}; near by it can at ${near.join(', ')}`;
}
