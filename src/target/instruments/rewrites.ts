import { rewriteFunction, type Script, type ScriptList, V8Lines } from '../scripts/index.js';
import { traceLength, traceSites } from '../trace/limits.js';
import type { Rewritten } from '../trace/tracedCopy.js';
import { whyNoCopy } from './copyable.js';
import { keyOf } from './hookTable.js';
import type { ObservableFunction, Traceable, TracePlace } from './types.js';

/** Places of one script by offset. */
export type PlaceOf = (offset: number) => TracePlace;

/** Traced copies of a target's functions, made once each. */
export class Rewrites {
  readonly #list: ScriptList;
  readonly #done = new Map<string, Promise<Rewritten>>();
  readonly #lines = new Map<string, Promise<V8Lines>>();

  constructor(list: ScriptList) {
    this.#list = list;
  }

  /** Why it cannot be looked into, or its copy. */
  async of(fn: ObservableFunction): Promise<Rewritten> {
    const why = whyNoCopy(fn);
    const { found } = fn;
    if (why || !found) return { why: why ?? 'it has no source' };
    const key = keyOf(fn);
    const known = this.#done.get(key);
    if (known) return await known;
    const made = this.#make(found.script, found.info).catch(
      (error: Error): Rewritten => ({ why: error.message }),
    );
    this.#done.set(key, made);
    return await made;
  }

  async traceable(functions: readonly ObservableFunction[]): Promise<Traceable[]> {
    const lease = await this.#list.open();
    try {
      return await Promise.all(functions.map((fn) => this.#traceable(fn)));
    } finally {
      lease.release();
    }
  }

  async #traceable(of: ObservableFunction): Promise<Traceable> {
    const rewritten = await this.of(of);
    if ('why' in rewritten) return { of, sites: 0, why: rewritten.why, notes: [] };
    const { sites, notes } = rewritten.copy;
    return { of, sites: sites.length, notes };
  }

  async placesOf(script: Script): Promise<PlaceOf> {
    const lines = await this.lines(script);
    const { scriptId, url } = script;
    return (offset) => {
      const { line, column } = lines.place(offset);
      return { scriptId, url, line: line + 1, column: column + 1 };
    };
  }

  lines(script: Script): Promise<V8Lines> {
    const known = this.#lines.get(script.scriptId);
    if (known) return known;
    const lines = this.#list.source(script).then((text) => new V8Lines(text, script));
    this.#lines.set(script.scriptId, lines);
    lines.catch(() => this.#lines.delete(script.scriptId));
    return lines;
  }

  async #make(
    script: Script,
    { range, facts }: NonNullable<ObservableFunction['found']>['info'],
  ): Promise<Rewritten> {
    const { url, path, hash, isModule } = script;
    const source = await this.#list.source(script);
    return await rewriteFunction(hash, source, isModule, {
      ...{ range, name: facts.ownName, url, path },
      ...{ mostSites: traceSites.value, mostLength: traceLength.value },
    });
  }
}
