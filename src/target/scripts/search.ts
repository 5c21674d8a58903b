import { errorText } from '../../base/index.js';
import { searchLength } from './limits.js';
import { modulePattern, namesOf, regexNamesOf } from './modulePattern.js';
import { originalNames } from './originalNames.js';
import { literalOf, matcher } from './pattern.js';
import type { ClassInfo, FunctionInfo, ParsedScript, Script } from './script.js';
import type { ScriptList } from './scriptList.js';
import { type LoadedMap, type SourceMaps, sourceMapsOf } from './sourceMaps.js';

/** Maps of this many scripts are looked at for a pattern that fits no script by its own name. */
const MAPS_FOR_NAMES = 200;

export interface SearchOptions {
  readonly regex: boolean;
  readonly signal?: AbortSignal;
  /** Told what was left out and why: a script that cannot be parsed, the limit of characters. One sentence each. */
  onLimit?(what: string): void;
}

export interface FoundClass {
  readonly script: Script;
  /** As it is written in the source that people know. */
  readonly name: string;
  readonly info: ClassInfo;
  /** Line of the original, where a map tells. */
  readonly line: number;
}

export interface FoundFunction {
  readonly script: Script;
  /** As `FunctionInfo.name`, in the source that people know; `<anonymous>@cart.ts:12` when nothing names it. */
  readonly name: string;
  readonly info: FunctionInfo;
  /** Line of the original, where a map tells. */
  readonly line: number;
  /** The original's file, '' without a map. */
  readonly original: string;
}

/** Finds modules, classes and functions by what an operator typed (issue 4, "Naming"). */
export class ScriptSearch {
  readonly list: ScriptList;
  readonly #maps: SourceMaps;

  constructor(list: ScriptList) {
    this.list = list;
    this.#maps = sourceMapsOf(list.target);
  }

  /**
   * @throws RemoraError `bad-pattern`, `slow-pattern`
   */
  async modules(text: string, options: SearchOptions): Promise<Script[]> {
    const pattern = modulePattern(text, options.regex);
    const scripts = this.list.all({ internal: text.startsWith('node:') });
    const names = options.regex ? regexNamesOf : namesOf;
    const found = pattern.fits(scripts.map((script) => names(script)));
    const plain = scripts.filter((_, index) => found[index]);
    if (plain.length > 0) return plain;
    // Nothing runs under that name; it may be the name of what something was compiled from.
    const mapped = scripts
      .filter(({ sourceMapURL, packageName }) => sourceMapURL && !packageName)
      .slice(0, MAPS_FOR_NAMES);
    const originals = await Promise.all(mapped.map((script) => this.originals(script)));
    const fits = pattern.fits(mapped.map((script, index) => names(script, originals[index])));
    return mapped.filter((_, index) => fits[index]);
  }

  /** Paths of the sources a script was made from. */
  async originals(script: Script): Promise<readonly string[]> {
    return (await this.map(script))?.sources ?? [];
  }

  async map(script: Script): Promise<LoadedMap | undefined> {
    const answer = await this.#maps.ofScript(script);
    return 'map' in answer ? answer.map : undefined;
  }

  /**
   * Classes by name, in scripts that may hold one: `Cart`, `*Service`, `cart.js:Cart`.
   * @throws RemoraError `bad-pattern`, `slow-pattern`
   */
  async classes(text: string, options: SearchOptions): Promise<FoundClass[]> {
    const { module, className } = modulePattern(text, options.regex);
    const wanted = className || text;
    const fits = matcher(wanted, options.regex);
    const scripts = className ? await this.modules(module, options) : this.list.all();
    const literal = literalOf(wanted, options.regex);
    const found: FoundClass[] = [];
    for await (const script of this.readable(scripts, options)) {
      const source = await this.#source(script, options);
      const map = await this.map(script);
      // A minified script has the name only in its map.
      if (!source.includes('class') || (!map && !source.includes(literal))) continue;
      for (const each of await this.classesOf(script, options)) {
        if (fits([[each.name]])[0]) found.push(each);
      }
    }
    return found;
  }

  /**
   * Functions of scripts by name: `checkout`, `Cart.*`, `<anonymous>@cart.ts:12`; all without a pattern.
   * @throws RemoraError `bad-pattern`, `slow-pattern`
   */
  async functions(
    scripts: readonly Script[],
    text: string | undefined,
    options: SearchOptions,
  ): Promise<FoundFunction[]> {
    const found: FoundFunction[] = [];
    const fits = text === undefined ? undefined : matcher(text, options.regex);
    for await (const script of this.readable(scripts, options)) {
      const all = await this.functionsOf(script, options);
      const fit = fits?.(all.map(({ name }) => [name, name.replace('#', '.#'), name.replace('#', '.')]));
      // Not push(...all): a bundle has more functions than a call takes arguments.
      for (const [index, each] of all.entries()) if (fit?.[index] ?? true) found.push(each);
    }
    return found;
  }

  /** The functions of one script; none when it cannot be parsed, which `onLimit` is told. */
  async functionsOf(
    script: Script,
    options?: Pick<SearchOptions, 'onLimit'>,
  ): Promise<readonly FoundFunction[]> {
    const { done, pending } = this.list.named;
    const key = `${script.scriptId} ${script.hash}`;
    const known = done.get(key) ?? pending.get(key);
    if (known) return await known;
    const naming = this.#named(script, options).finally(() => pending.delete(key));
    pending.set(key, naming);
    const found = await naming;
    // What could not be parsed is told to each who asks.
    if (found.length > 0) done.set(key, found, found.length);
    return found;
  }

  async #named(script: Script, options?: Pick<SearchOptions, 'onLimit'>): Promise<readonly FoundFunction[]> {
    const [parsed, map] = await Promise.all([this.#parsed(script, options), this.map(script)]);
    if (!parsed) return [];
    const names = await originalNames(parsed, map, this.#maps);
    const base = script.name.replace(/.*\//s, '');
    return parsed.functions.map((info, index) => {
      const place = map?.original(info.nameAt ?? info.start) ?? map?.original(info.start);
      const original = place ? (map?.sources[place.source] ?? '') : '';
      const line = place?.line ?? info.start.line;
      const file = original ? original.replace(/.*\//s, '') : base;
      const name = names.functions[index] || `<anonymous>@${file}:${line}`;
      return { script, name, info, line, original };
    });
  }

  /** The classes of one script; none when it cannot be parsed, which `onLimit` is told. */
  async classesOf(script: Script, options?: Pick<SearchOptions, 'onLimit'>): Promise<FoundClass[]> {
    const [parsed, map] = await Promise.all([this.#parsed(script, options), this.map(script)]);
    if (!parsed) return [];
    const names = await originalNames(parsed, map, this.#maps);
    return parsed.classes.map((info, index) => {
      const line = map?.original(info.nameAt ?? info.start)?.line ?? info.start.line;
      return { script, info, line, name: names.classes[index] || '<anonymous>' };
    });
  }

  /** '' when it cannot be had, which `onLimit` is told. */
  async #source(script: Script, options: SearchOptions): Promise<string> {
    try {
      return await this.list.source(script);
    } catch (error) {
      if (this.list.target.closed.aborted) throw error;
      options.onLimit?.(errorText(error));
      return '';
    }
  }

  async #parsed(
    script: Script,
    options: Pick<SearchOptions, 'onLimit'> | undefined,
  ): Promise<ParsedScript | undefined> {
    try {
      return await this.list.parsed(script);
    } catch (error) {
      if (this.list.target.closed.aborted) throw error;
      options?.onLimit?.(errorText(error));
      return undefined;
    }
  }

  /** Scripts one after the other, as far as the limit of characters goes. */
  async *readable(scripts: readonly Script[], options: Omit<SearchOptions, 'regex'>): AsyncGenerator<Script> {
    let room = searchLength.value;
    for (const [index, script] of scripts.entries()) {
      options.signal?.throwIfAborted();
      room -= script.length;
      if (room < 0) {
        options.onLimit?.(
          `${scripts.length - index} of ${scripts.length} scripts were not read: more than ${searchLength.value} characters (--limit search-length=N)`,
        );
        return;
      }
      yield script;
    }
  }
}
