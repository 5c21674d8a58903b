import { posix } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  AnyMap,
  decodedMappings,
  generatedPositionFor,
  originalPositionFor,
  type SourceMapInput,
  sourceContentFor,
  type TraceMap,
} from '@jridgewell/trace-mapping';
import { errorText } from '../../base/index.js';
import type { Target } from '../types.js';
import { sourceMapBytes, sourceMapCacheBytes, sourceMapCount } from './limits.js';
import { readTargetFile, readTargetFileEnd } from './probeFile.js';
import type { Place, Script } from './script.js';
import type { ScriptList } from './scriptList.js';
import { scriptsOf } from './scriptList.js';

/** The comment that names a map stands at the end of a script, a map inside it may be long. */
const TAIL_BYTES = 64 * 1024;
const COMMENT = /\/[/*][#@]\s*sourceMappingURL=([^\s'"]+)(?![\s\S]*sourceMappingURL=)/;

/** A place in the text that a script was made from. */
export interface OriginalPlace extends Place {
  /** Index in `sources`. */
  readonly source: number;
  /** What stood there, where the map tells. */
  readonly name: string;
}

/** A script's source map, ready for questions. */
export interface LoadedMap {
  /** Length of its JSON. */
  readonly bytes: number;
  /** The originals: a path where it is one, else the URL of the bundler without its scheme. */
  readonly sources: readonly string[];
  original(place: Place): OriginalPlace | undefined;
  generated(source: number, place: Place): Place | undefined;
  /** What is mapped on one line of the script, from left to right; `to` is a line of the original. */
  segments(line: number): { readonly column: number; readonly source: number; readonly to: number }[];
  /** The text inside the map, if it holds one. */
  content(source: number): string | undefined;
}

/** A map, or why there is none. */
export type MapAnswer = { readonly map: LoadedMap } | { readonly why: string };

const stores = new WeakMap<Target, SourceMaps>();

/** The source maps of a target's scripts. */
export function sourceMapsOf(target: Target): SourceMaps {
  let store = stores.get(target);
  if (!store) {
    store = new SourceMaps(target);
    stores.set(target, store);
  }
  return store;
}

/** Finds maps through `sourceMapURL`, reads them as the target sees them, keeps them while the target is attached. */
export class SourceMaps {
  readonly #target: Target;
  readonly #scripts: ScriptList;
  readonly #answers = new Map<string, Promise<MapAnswer>>();
  readonly #kept = new Map<string, number>();
  #lookedFor = 0;
  #bytes = 0;

  constructor(target: Target) {
    this.#target = target;
    this.#scripts = scriptsOf(target);
  }

  /** Never rejects. */
  ofScript(script: Script): Promise<MapAnswer> {
    if (script.sourceMapURL === '') return Promise.resolve({ why: 'the script names no source map' });
    return this.#once(script.path || script.url, () => this.#loadOfScript(script));
  }

  /** The map of a file, without the debugger domain: the file's own end names it. Never rejects. */
  ofFile(path: string): Promise<MapAnswer> {
    const script = this.#scripts.byUrl(path);
    return script ? this.ofScript(script) : this.#once(path, () => this.#loadOfFile(path));
  }

  /** The text of an original: from the map, else the file beside it. Undefined when neither can be had. */
  async content(map: LoadedMap, source: number): Promise<string | undefined> {
    const inside = map.content(source);
    const path = map.sources[source];
    if (inside !== undefined || path === undefined || !path.startsWith('/')) return inside;
    return readTargetFile(this.#target, path, sourceMapBytes.value).catch(() => undefined);
  }

  #once(key: string, load: () => Promise<MapAnswer>): Promise<MapAnswer> {
    let answer = this.#answers.get(key);
    if (answer) return answer;
    if (this.#lookedFor >= sourceMapCount.value) {
      return Promise.resolve({ why: `${sourceMapCount.value} source maps were looked for, the limit` });
    }
    this.#lookedFor += 1;
    answer = load().catch((error: unknown) => ({ why: errorText(error) }));
    this.#answers.set(key, answer);
    void answer.then((loaded) => this.#weigh(key, 'map' in loaded ? loaded.map.bytes : 0));
    return answer;
  }

  /** Maps loaded longest ago are forgotten, and may be looked for again. */
  #weigh(key: string, bytes: number): void {
    if (bytes === 0) return;
    this.#kept.set(key, bytes);
    this.#bytes += bytes;
    for (const [oldest, weight] of this.#kept) {
      if (this.#bytes <= sourceMapCacheBytes.value || oldest === key) break;
      this.#kept.delete(oldest);
      this.#answers.delete(oldest);
      this.#bytes -= weight;
      this.#lookedFor -= 1;
    }
  }

  async #loadOfScript(script: Script): Promise<MapAnswer> {
    if (script.sourceMapURL !== 'data:') return this.#load(script.sourceMapURL, script.path);
    const source = await this.#scripts.source(script);
    return this.#load(COMMENT.exec(source)?.[1] ?? '', script.path);
  }

  async #loadOfFile(path: string): Promise<MapAnswer> {
    let { text, whole } = await readTargetFileEnd(this.#target, path, TAIL_BYTES);
    let found = COMMENT.exec(text)?.[1];
    if (found === undefined && !whole && /^[\w+/=]*\s*$/.test(text)) {
      // Nothing but base64: a long map inside the script.
      text = await readTargetFile(this.#target, path, sourceMapBytes.value);
      found = COMMENT.exec(text)?.[1];
    }
    return found === undefined ? { why: 'the script names no source map' } : this.#load(found, path);
  }

  async #load(reference: string, scriptPath: string): Promise<MapAnswer> {
    if (reference.startsWith('data:')) {
      const text = dataText(reference);
      return text === undefined ? { why: 'its data URL is of no known kind' } : parseMap(text, scriptPath);
    }
    const path = referredPath(reference, scriptPath);
    if (path === undefined) return { why: `the map is at ${reference.slice(0, 200)}, which is not fetched` };
    return parseMap(await readTargetFile(this.#target, path, sourceMapBytes.value), path);
  }
}

function referredPath(reference: string, scriptPath: string): string | undefined {
  if (scriptPath === '' && !reference.startsWith('/')) return undefined;
  try {
    const url = new URL(reference, pathToFileURL(scriptPath));
    return url.protocol === 'file:' ? fileURLToPath(url) : undefined;
  } catch {
    return undefined;
  }
}

function dataText(url: string): string | undefined {
  const [, kind, data] = /^data:([^,]*),(.*)$/s.exec(url) ?? [];
  if (kind === undefined || data === undefined || data.length > sourceMapBytes.value) return undefined;
  return /;base64$/i.test(kind) ? Buffer.from(data, 'base64').toString('utf8') : decodeURIComponent(data);
}

function parseMap(text: string, path: string): MapAnswer {
  // Some servers put this before JSON.
  const json = JSON.parse(text.replace(/^\)]}'[^\n]*\n/, '')) as SourceMapInput;
  const trace = new AnyMap(json, path === '' ? undefined : pathToFileURL(path).href);
  return { map: new Traced(trace, text.length) };
}

class Traced implements LoadedMap {
  readonly sources: readonly string[];
  readonly #trace: TraceMap;

  constructor(
    trace: TraceMap,
    readonly bytes: number,
  ) {
    this.#trace = trace;
    this.sources = trace.resolvedSources.map((source) => originalPath(source));
  }

  original({ line, column }: Place): OriginalPlace | undefined {
    const found = originalPositionFor(this.#trace, { line, column: column - 1 });
    if (found.source === null) return undefined;
    const source = this.#trace.resolvedSources.indexOf(found.source);
    return { source, line: found.line, column: found.column + 1, name: found.name ?? '' };
  }

  generated(source: number, { line, column }: Place): Place | undefined {
    const name = this.#trace.resolvedSources[source];
    if (name === undefined) return undefined;
    for (const bias of [1, -1] as const) {
      const found = generatedPositionFor(this.#trace, { source: name, line, column: column - 1, bias });
      if (found.line !== null) return { line: found.line, column: found.column + 1 };
    }
    return undefined;
  }

  segments(line: number): { column: number; source: number; to: number }[] {
    const found: { column: number; source: number; to: number }[] = [];
    for (const [column, source, to] of decodedMappings(this.#trace)[line - 1] ?? []) {
      if (source !== undefined && to !== undefined) found.push({ column: column + 1, source, to: to + 1 });
    }
    return found;
  }

  content(source: number): string | undefined {
    const name = this.#trace.resolvedSources[source];
    return name === undefined ? undefined : (sourceContentFor(this.#trace, name) ?? undefined);
  }
}

function originalPath(source: string): string {
  if (source.startsWith('file://')) {
    try {
      return fileURLToPath(source);
    } catch {
      return source;
    }
  }
  return posix.normalize(source.replace(/^[a-z-]+:\/\/\/?/, '')).replace(/^(\.\.?\/)+/, '');
}
