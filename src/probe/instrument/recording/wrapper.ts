/** The function that stands in for another one. */
import { FLAG, MODE, OBSERVER, SLOT } from '../../layout.js';
import { apply } from '../../main/captured.js';
import type { AnyFunction } from '../hook.js';
import type { Cells } from './cells.js';
import { announce, type Site } from './state.js';

const { construct } = Reflect;

type Slow = (this: unknown, ...params: unknown[]) => unknown;

/**
 * A wrapper of `site.original`; it can be called with `new` if and only if that can. A call passes on, by one and the
 * same `apply`, either to the original or to what observes it, so that V8 never has to build the arguments for calls that
 * are not observed.
 */
export function makeWrapper(site: Site, cells: Cells, isConstructor: boolean): AnyFunction {
  return isConstructor ? constructorWrapper(site, cells) : methodWrapper(site, cells);
}

// biome-ignore-start lint/complexity/noArguments: V8 hands `arguments` on without making an array of it
function methodWrapper(site: Site, { flags, cells }: Cells): AnyFunction {
  const slow: Slow = function (this: unknown, ...params) {
    return site.state.observe(site, this, params, undefined);
  };
  // The concise form has no [[Construct]] and no `prototype`; strict code, so that `this` is passed on as it came.
  return {
    wrapper(this: unknown) {
      return apply(pick(site, slow, flags, cells), this, arguments as unknown as unknown[]);
    },
  }.wrapper;
}

function constructorWrapper(site: Site, { flags, cells }: Cells): AnyFunction {
  const { original } = site;
  const slow: Slow = function (this: unknown, ...params) {
    return site.state.observe(site, this, params, undefined);
  };
  const wrapper = function (this: unknown): unknown {
    if (new.target !== undefined) {
      const { hook } = site.state;
      const isItself = new.target === wrapper && hook.knowsWrapper !== true;
      const made = (isItself ? original : new.target) as AnyFunction;
      const fn = pick(site, slow, flags, cells);
      if (fn !== slow) return construct(fn, arguments, made) as unknown;
      return site.state.observe(site, undefined, listOf(arguments), made);
    }
    return apply(pick(site, slow, flags, cells), this, arguments as unknown as unknown[]);
  };
  return wrapper;
}
// biome-ignore-end lint/complexity/noArguments: as above

/** Counts the call; `slow` when it is observed. */
function pick(site: Site, slow: Slow, flags: Int32Array, cells: Float64Array): AnyFunction {
  const { state } = site;
  const { base } = state;
  if (flags[FLAG.off] !== 0) return site.original;
  cells[base + SLOT.calls]! += 1;
  const mode = cells[base + SLOT.mode];
  if (mode === MODE.full) {
    if (cells[state.gate]! > 0) return slow;
    cells[state.gate + GATE_DROPPED]! += 1;
    return plain(site);
  }
  if (mode === MODE.off) return plain(site);
  if (cells[base + SLOT.tokens]! > 0) {
    cells[base + SLOT.tokens]! -= 1;
    return slow;
  }
  cells[base + SLOT.dropped]! += 1;
  return plain(site);
}

function plain(site: Site): AnyFunction {
  const { run } = site;
  announce(site, run);
  return run;
}

/** From a cell of tokens to the counter of those that found none. */
const GATE_DROPPED = OBSERVER.dropped - OBSERVER.tokens;

function listOf(args: ArrayLike<unknown>): unknown[] {
  const list: unknown[] = [];
  for (let at = 0; at < args.length; at++) list[at] = args[at];
  return list;
}
