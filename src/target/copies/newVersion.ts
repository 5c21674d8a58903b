import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import { observable } from '../instruments/find.js';
import type { ObservableFunction } from '../instruments/types.js';
import {
  type FoundFunction,
  fits,
  type LoadedMap,
  type Script,
  ScriptSearch,
  scriptsOf,
  sourceMapsOf,
} from '../scripts/index.js';
import type { Target } from '../types.js';
import type { ChangedFunction, Changes } from './changes.js';
import { copyErrors } from './errors.js';
import { changesInThread } from './inThread.js';
import { replacementLength } from './limits.js';
import { type Language, languageOf, printed } from './typescript.js';

export interface NewVersion {
  /** What people call the module. */
  readonly module: string;
  readonly changed: readonly {
    readonly of: ObservableFunction;
    /** JavaScript, of that function alone. */
    readonly source: string;
    /** Only functions inside it are others: it is for those that it will make. */
    readonly isForNested: boolean;
  }[];
  /** What is not applied, and why; one sentence each. */
  readonly notes: readonly string[];
}

interface Module {
  readonly script: Script;
  /** What it was made of, and where that is in the map. */
  readonly original?: { readonly path: string; readonly map: LoadedMap; readonly source: number };
}

const MOST_NAMED = 5;
const COMPARED =
  'the source map does not hold what was compiled: compared with what runs, functions alone, of which more may be taken for others than are';

/**
 * Which functions of a module that runs are others in a new text of it; installs nothing.
 * @throws RemoraError `no-module`, `bad-source`, `source-too-long`, and those of the target
 */
export async function newVersionOf(
  target: Target,
  pattern: string,
  text: string,
  language?: Language,
): Promise<NewVersion> {
  if (text.length > replacementLength.value) throw copyErrors.tooLong(text.length, replacementLength.value);
  const search = new ScriptSearch(scriptsOf(target));
  const module = await moduleOf(search, pattern);
  const { script, original } = module;
  const written = language ?? languageOf(original?.path ?? script.path);
  const before = await textBefore(target, search, module, written);
  const after = await versionOf(text, before.isPrinted ? written : 'js').catch((error: unknown) => {
    throw copyErrors.badSource((error as Error).message);
  });
  const changes = await changesInThread({
    before: before.js,
    after: after.js,
    isFunctionsOnly: before.isRunning === true,
  });
  if ('why' in changes) throw copyErrors.badSource(changes.why);
  const functions = (await search.functionsOf(script)).filter(
    (each) => !original || each.original === original.path,
  );
  const changed: NewVersion['changed'][number][] = [];
  const lost: string[] = [];
  for (const each of changes.changed) {
    const found = functions.find((fn) => isIt(fn, each, before));
    if (found) changed.push({ of: observable(found), source: each.source, isForNested: each.isForNested });
    else lost.push(each.name);
  }
  return {
    module: original?.path ?? script.path,
    changed,
    notes: [...(before.isRunning ? [COMPARED] : []), ...notesOf(changes, lost, after)],
  };
}

interface Version {
  readonly js: string;
  /** It is what runs, since what that was made of cannot be had. */
  readonly isRunning?: boolean;
  /** It was printed anew: places are those of the print. */
  readonly isPrinted: boolean;
  /** Line of the text that was written, for a place in `js`. */
  lineOf(line: number, column: number): number;
}

async function versionOf(text: string, language: Language): Promise<Version> {
  if (language === 'js') return { js: text, isPrinted: false, lineOf: (line) => line };
  const { code, map } = await printed(text, language);
  const trace = new TraceMap(map);
  return {
    js: code,
    isPrinted: true,
    lineOf: (line, column) => originalPositionFor(trace, { line, column: column - 1 }).line ?? line,
  };
}

async function moduleOf(search: ScriptSearch, pattern: string): Promise<Module> {
  const scripts = (await search.modules(pattern, { regex: false })).filter(({ isInternal }) => !isInternal);
  const found: Module[] = [];
  for (const script of scripts) {
    const map = await search.map(script);
    const sources = (map?.sources ?? []).map((path, source) => ({ path, source }));
    const meant = sources.filter(({ path }) => fits(pattern, path) || fits(`*/${pattern}`, path));
    const chosen = meant.length > 0 ? meant : sources.length === 1 ? sources : [];
    if (map && chosen.length > 0)
      for (const each of chosen) found.push({ script, original: { ...each, map } });
    else found.push({ script });
  }
  const [only] = found;
  if (!only) throw copyErrors.noModule(pattern);
  if (found.length > 1) throw copyErrors.severalModules(pattern, found.map(nameOf).slice(0, MOST_NAMED));
  return only;
}

function nameOf({ script, original }: Module): string {
  return original?.path ?? script.path ?? script.name;
}

async function textBefore(
  target: Target,
  search: ScriptSearch,
  { script, original }: Module,
  language: Language,
): Promise<Version> {
  if (!original) return await versionOf(await search.list.source(script), 'js');
  const { map, source, path } = original;
  const inside = map.content(source);
  if (inside !== undefined) return await versionOf(inside, language === 'js' ? 'jsx' : language);
  // The file beside the map may be the new one by now.
  const isAlone = map.sources.length === 1;
  const beside = isAlone ? undefined : await sourceMapsOf(target).content(map, source);
  if (beside !== undefined) return await versionOf(beside, language === 'js' ? 'jsx' : language);
  if (!isAlone) throw copyErrors.noOriginal(path);
  const printedNow = await versionOf(await search.list.source(script), 'jsx');
  return { ...printedNow, isRunning: true };
}

function isIt({ name, info, line }: FoundFunction, changed: ChangedFunction, before: Version): boolean {
  if (!before.isPrinted) return info.facts.location === changed.location && info.range[1] === changed.end;
  if (info.kind !== changed.kind) return false;
  if (changed.name !== '<anonymous>') return name === changed.name;
  const at = before.lineOf(changed.start.line, changed.start.column);
  return info.name === '' && at === (before.isRunning ? info.start.line : line);
}

function notesOf({ added, removed, outside }: Changes, lost: readonly string[], after: Version): string[] {
  const notes: string[] = [];
  if (outside.length > 0) {
    const lines = outside
      .slice(0, MOST_NAMED)
      .map(({ line, text }) => `line ${after.lineOf(line, 1)}: ${text}`);
    notes.push(
      `not applied, since it is outside of functions and has run already: ${list(lines, outside.length)}`,
    );
  }
  if (added.length > 0)
    notes.push(`not applied, since only functions that are there can be replaced: ${names(added)}`);
  if (removed.length > 0)
    notes.push(`still there, though the new version does not have it: ${names(removed)}`);
  if (lost.length > 0) notes.push(`not found in what runs, so that it stays as it is: ${names(lost)}`);
  return notes;
}

function names(all: readonly string[]): string {
  const unique = [...new Set(all)];
  return list(unique.slice(0, MOST_NAMED), unique.length);
}

function list(shown: readonly string[], count: number): string {
  return `${shown.join('; ')}${count > shown.length ? ` and ${count - shown.length} more` : ''}`;
}
