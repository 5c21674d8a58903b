/** What a wrapper does with a call that is observed: one way for the common case of one observer, one for several. */
import type { Types } from '../../main/captured.js';
import { clock, nanosecondsSince } from './clock.js';
import { follow, isPlainPromise } from './settle.js';
import { CLOSED_GATE, enter, type HookState, type Observe, OPEN_GATE, type Site } from './state.js';
import { busy, calling, type Tap } from './tap.js';

const toNumber = Number;

/** Sets how calls of a hook are observed from now on. */
export function plan(state: HookState, taps: readonly Tap[], types: Types): void {
  const [only] = taps;
  state.taps = taps;
  if (only === undefined) {
    state.gate = CLOSED_GATE;
    state.observe = enter;
  } else if (taps.length === 1) {
    state.observe = observeOne(only, types);
    state.gate = only.gate ?? OPEN_GATE;
  } else {
    state.observe = observeSeveral(taps, types);
    state.gate = OPEN_GATE;
  }
}

function observeOne(tap: Tap, types: Types): Observe {
  const { seesThrow, followsPromises, isStack } = tap;
  const several = [tap];
  return (site, self, params, newTarget) => {
    if (isStack) calling.wrapper = site.wrapper;
    if (busy.on || !tap.enter(self, params)) return enter(site, self, params, newTarget);
    const start = clock();
    let result: unknown;
    if (seesThrow) {
      try {
        result = enter(site, self, params, newTarget);
      } catch (error) {
        const nanos = toNumber(clock() - start);
        if (isStack) calling.wrapper = site.wrapper;
        tap.end(self, params, error, true, nanos, -1);
        throw error;
      }
    } else {
      result = enter(site, self, params, newTarget);
    }
    const nanos = toNumber(clock() - start);
    if (isStack) calling.wrapper = site.wrapper;
    if (followsPromises && typeof result === 'object' && result !== null && isPlainPromise(types, result)) {
      return followed(site, several, self, params, result, start, nanos);
    }
    tap.end(newTarget === undefined ? self : result, params, result, false, nanos, -1);
    return result;
  };
}

function followed(
  site: Site,
  taps: readonly Tap[],
  self: unknown,
  params: unknown[],
  promise: object,
  start: bigint,
  nanos: number,
): unknown {
  return follow(promise, site.isAsync, (threw, value) => {
    const settle = nanosecondsSince(start);
    for (let at = 0; at < taps.length; at++) {
      const tap = taps[at] as Tap;
      if (tap.followsPromises) tap.end(self, params, value, threw, nanos, settle);
    }
  });
}

function observeSeveral(all: readonly Tap[], types: Types): Observe {
  return (site, self, params, newTarget) => {
    if (busy.on) return enter(site, self, params, newTarget);
    calling.wrapper = site.wrapper;
    const taps = entered(all, self, params);
    if (taps.length === 0) return enter(site, self, params, newTarget);
    const start = clock();
    let result: unknown;
    if (someSeeThrow(taps)) {
      try {
        result = enter(site, self, params, newTarget);
      } catch (error) {
        const nanos = toNumber(clock() - start);
        calling.wrapper = site.wrapper;
        endAll(taps, self, params, error, true, nanos, -1);
        throw error;
      }
    } else {
      result = enter(site, self, params, newTarget);
    }
    const nanos = toNumber(clock() - start);
    calling.wrapper = site.wrapper;
    if (typeof result === 'object' && result !== null && isPlainPromise(types, result)) {
      return severalPromised(site, taps, self, params, result, start, nanos);
    }
    endAll(taps, newTarget === undefined ? self : result, params, result, false, nanos, -1);
    return result;
  };
}

function severalPromised(
  site: Site,
  taps: readonly Tap[],
  self: unknown,
  params: unknown[],
  promise: object,
  start: bigint,
  nanos: number,
): unknown {
  let following = false;
  for (let at = 0; at < taps.length; at++) {
    const tap = taps[at] as Tap;
    if (tap.followsPromises) following = true;
    else tap.end(self, params, promise, false, nanos, -1);
  }
  return following ? followed(site, taps, self, params, promise, start, nanos) : promise;
}

export function entered(all: readonly Tap[], self: unknown, params: unknown[]): readonly Tap[] {
  const taps: Tap[] = [];
  for (let at = 0; at < all.length; at++) {
    const tap = all[at] as Tap;
    if (tap.enter(self, params)) taps[taps.length] = tap;
  }
  return taps;
}

function someSeeThrow(taps: readonly Tap[]): boolean {
  for (let at = 0; at < taps.length; at++) if ((taps[at] as Tap).seesThrow) return true;
  return false;
}

export function endAll(
  taps: readonly Tap[],
  self: unknown,
  params: unknown[],
  value: unknown,
  threw: boolean,
  nanos: number,
  settle: number,
): void {
  for (let at = 0; at < taps.length; at++) {
    (taps[at] as Tap).end(self, params, value, threw, nanos, settle);
  }
}
