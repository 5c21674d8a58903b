/**
 * What the first hit of a breakpoint in a function costs. To know what its frames hold, V8 parses the whole script of the
 * function once more, for each function of it that is stopped in; no condition is needed for that, and none avoids it.
 */
import type { FirstHit } from '../../probe/index.js';
import { breakpointScript, breakpointTotal } from './limits.js';
import type { ObservableFunction } from './types.js';

/**
 * Of a thousand characters. Measured on Node 20 to 26, two busy cores: 0.02 to 0.15 for bundles of 1 and 2.3 MB, minified
 * and not, 0.03 to 0.23 for generated functions of 0.1 to 5 MB.
 */
const PARSE_MS = 0.1;
const LEAST_TOLD_MS = 5;

/** Milliseconds that the main thread stands still, about; 0 for what has no script. */
export function firstHitMs({ found }: ObservableFunction): number {
  return Math.round(((found?.script.length ?? 0) / 1000) * PARSE_MS * 10) / 10;
}

/** One of each function: several lines of one cost one parse. */
export class FirstHits {
  readonly #force: boolean;
  readonly #refused = new Map<ObservableFunction, string>();

  /** `force`: whatever it costs. The functions of one command, in the order in which they come. */
  constructor(functions: readonly ObservableFunction[], force = false) {
    this.#force = force;
    if (force) return;
    const seen = new Set<string>();
    let total = 0;
    for (const fn of functions) {
      const { found } = fn;
      if (!found) continue;
      const key = `${found.script.scriptId}:${found.info.facts.location}`;
      if (!seen.has(key)) total += found.script.length;
      seen.add(key);
      const why = refusal(fn, total);
      if (why) this.#refused.set(fn, why);
    }
  }

  of(fn: ObservableFunction): FirstHit {
    const refused = this.#refused.get(fn);
    return {
      ms: firstHitMs(fn),
      ...(!this.#force && { most: breakpointScript.value }),
      ...(refused !== undefined && { refused }),
    };
  }

  /** Why no breakpoint may be set in this function. */
  refused(fn: ObservableFunction): string | undefined {
    return this.#refused.get(fn);
  }
}

function refusal(fn: ObservableFunction, total: number): string | undefined {
  const { name, length = 0 } = fn.found?.script ?? {};
  const parses = `at the first hit of a breakpoint in a function V8 parses its whole script once more, which would hold the main thread for about ${Math.round(firstHitMs(fn))} ms`;
  if (length > breakpointScript.value)
    return `${name} has ${count(length)} characters, more than the limit breakpoint-script (${count(breakpointScript.value)}): ${parses}; --force does it all the same`;
  if (total > breakpointTotal.value)
    return `with the functions before it that makes ${count(total)} characters, more than the limit breakpoint-total (${count(breakpointTotal.value)}): ${parses} for each; name fewer functions, or --force does it all the same`;
  return undefined;
}

/** What is to be known before a breakpoint is hit for the first time; undefined when that is too little to be told. */
export function firstHitText(ms: number, what: 'hit' | 'call' = 'call'): string | undefined {
  if (ms < LEAST_TOLD_MS) return undefined;
  return `the first ${what} takes about ${Math.round(ms)} ms more, as V8 parses the script once more`;
}

function count(characters: number): string {
  return characters.toLocaleString('en-US');
}
