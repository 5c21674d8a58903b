/** What a wrapper finds of its hook: where it counts, whether it is asked at all, and who observes. */
import { EVERYBODY, NOBODY, OBSERVER, SLOT, TRACED } from '../../layout.js';
import { apply } from '../../main/captured.js';
import type { AnyFunction, Compile, Hook } from '../hook.js';
import { hookBase, observerBase } from './cells.js';
import type { Tap } from './tap.js';

const { construct } = Reflect;

/** One wrapper, for as long as it lives: when its hook goes, and when another comes for the same function. */
export interface Site {
  readonly original: AnyFunction;
  readonly isConstructor: boolean;
  /** It is an `async function` (or generator): promises that it gives are new, so that ours can stand in for them. */
  isAsync: boolean;
  isGenerator: boolean;
  /** Set as soon as it is made. */
  wrapper: AnyFunction;
  state: HookState;
  /** What a call runs: the original, or a copy that stands in for it (copies.ts). */
  run: AnyFunction;
  /** What a traced call runs. */
  traced: AnyFunction;
  always?: Compiled | undefined;
  observed?: Compiled | undefined;
  /** Since the first copy: more can be compiled without waiting for a call. */
  compile?: Compile | undefined;
  /** What holds it as a method. */
  home?: object | undefined;
}

export interface Compiled {
  readonly copy: number;
  readonly fn: AnyFunction;
}

/** Just before it runs `fn`: conditions at the original's entry go by this. */
export function announce(site: Site, fn: AnyFunction): void {
  if (fn !== site.original) return;
  const { hook } = site.state;
  hook.inside = true;
  if (hook.isCopying === true) hook.entering = site;
}

/** A call that is observed. `newTarget` is undefined for a call without `new`. */
export type Observe = (
  site: Site,
  self: unknown,
  params: unknown[],
  newTarget: AnyFunction | undefined,
) => unknown;

export interface HookState {
  /** Index of the hook's slot among the cells. */
  base: number;
  /** Index of the cell that must be above 0 for a call to be observed. */
  gate: number;
  readonly hook: Hook;
  taps: readonly Tap[];
  observe: Observe;
  /** So that what was written to them meanwhile is handed on when the hook goes. */
  readonly wrappers: WeakRef<AnyFunction>[];
}

export const CLOSED_GATE = observerBase(NOBODY) + OBSERVER.tokens;
export const OPEN_GATE = observerBase(EVERYBODY) + OBSERVER.tokens;
/** Above 0 while a call tree is under way that the call may belong to. */
export const TRACED_GATE = observerBase(TRACED) + OBSERVER.tokens;

/** Enters the original, or what stands in for it, unobserved. */
export function enter(
  site: Site,
  self: unknown,
  params: unknown[],
  newTarget: AnyFunction | undefined,
): unknown {
  const { run } = site;
  announce(site, run);
  return newTarget === undefined ? apply(run, self, params) : construct(run, params, newTarget);
}

export function newState(hook: Hook): HookState {
  return { base: hookBase(hook.spec.hook), gate: CLOSED_GATE, hook, taps: [], observe: enter, wrappers: [] };
}

/** Its hook is gone: wrappers that somebody still holds pass every call on, and count where nobody looks. */
export function retire(state: HookState): void {
  state.taps = [];
  state.observe = enter;
  state.gate = CLOSED_GATE;
  state.base = observerBase(NOBODY);
}

export function clearSlot(cells: Float64Array, base: number): void {
  for (let field = 0; field <= SLOT.filtered; field++) cells[base + field] = 0;
}
