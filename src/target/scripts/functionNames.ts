import { createHash } from 'node:crypto';
import type { Target } from '../types.js';
import { originalNames } from './originalNames.js';
import { parseScript } from './parser.js';
import { readTargetFile } from './probeFile.js';
import type { FunctionInfo, Place } from './script.js';
import { type LoadedMap, sourceMapsOf } from './sourceMaps.js';

/** What the functions of a compiled file are called in the source that people wrote. */
export interface FunctionNames {
  readonly map: LoadedMap;
  /**
   * The name of the function whose parameters, or whose first word, are at this place (`OrderService.quote`), '' when it has none; undefined
   * when there is no such function under the compiled name that was seen: the file is not what runs.
   */
  nameOf(place: Place, compiledName: string): string | undefined;
}

/**
 * The names of a file that has a source map; undefined when it has none, or when it cannot be read or parsed. Reads the
 * file through the probe's thread and parses it here: the target's main thread is not asked, nor the debugger domain
 * turned on.
 */
export async function functionNames(
  target: Target,
  path: string,
  limits: { readonly bytes: number },
): Promise<FunctionNames | undefined> {
  const maps = sourceMapsOf(target);
  const answer = await maps.ofFile(path);
  if (!('map' in answer)) return undefined;
  const { map } = answer;
  const unnamed: FunctionNames = { map, nameOf: () => undefined };
  try {
    const text = await readTargetFile(target, path, limits.bytes);
    const hash = `file:${createHash('sha1').update(text).digest('hex')}`;
    const parsed = await parseScript(hash, text, /\.m[jt]s$/.test(path));
    if (!('functions' in parsed)) return unnamed;
    const { functions } = await originalNames(parsed, map, maps);
    return { map, nameOf: finder(parsed.functions, functions) };
  } catch {
    return unnamed;
  }
}

function finder(infos: readonly FunctionInfo[], names: readonly string[]): FunctionNames['nameOf'] {
  return (place, compiledName) => {
    let best: number | undefined;
    for (const [index, info] of infos.entries()) {
      if (info.facts.isImplicit) continue;
      // V8 puts a function where its parameters begin; the innermost one counts, and inner ones come later.
      if (!isBefore(info.start, place) || isBefore(info.body, place, true)) continue;
      best = index;
    }
    const info = best === undefined ? undefined : infos[best];
    if (best !== undefined && info && isCalled(info, compiledName)) return names[best] ?? '';
    const next = compiledName === '' ? undefined : methodAfter(infos, place, compiledName);
    return next === undefined ? undefined : names[next];
  };
}

/** A call site puts a method where its first word is, `async` or `get`: some way before its parameters. */
function methodAfter(infos: readonly FunctionInfo[], place: Place, name: string): number | undefined {
  let best: number | undefined;
  for (const [index, { facts, start }] of infos.entries()) {
    if (facts.isImplicit || isBefore(start, place)) continue;
    if (best === undefined || isBefore(start, (infos[best] as FunctionInfo).start, true)) best = index;
  }
  const info = best === undefined ? undefined : infos[best];
  return info && info.start.line === place.line && isCalled(info, name) ? best : undefined;
}

function isBefore(a: Place, b: Place, strictly = false): boolean {
  if (a.line !== b.line) return a.line < b.line;
  return strictly ? a.column < b.column : a.column <= b.column;
}

/** V8 gives the last word of a name, and no name where ours comes from what a function is assigned to. */
function isCalled({ name }: FunctionInfo, compiledName: string): boolean {
  if (compiledName === '' || name === '') return true;
  const last = compiledName.split(/[ .#]/).at(-1) ?? '';
  return name.split(/[.#]/).at(-1) === last || name.endsWith('constructor') || name === 'default';
}
