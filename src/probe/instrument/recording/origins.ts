/** Which function a call that is kept entered, so that it can be called again. */
import { apply } from '../../main/captured.js';
import type { AnyFunction } from '../hook.js';
import type { Site } from './state.js';

const { get, set } = WeakMap.prototype;

export interface Origin {
  readonly original: AnyFunction;
  readonly newTarget: AnyFunction | undefined;
}

/** By the list of arguments, of which each call has its own: it stays with the call also where that ends later. */
const origins = new WeakMap<object, Origin>();

export function noteOrigin(params: unknown[], { original }: Site, newTarget: AnyFunction | undefined): void {
  apply(set, origins, [params, { original, newTarget }]);
}

/** Undefined for a call that only a breakpoint saw. */
export function originOf(params: unknown[]): Origin | undefined {
  return apply(get, origins, [params]) as Origin | undefined;
}
