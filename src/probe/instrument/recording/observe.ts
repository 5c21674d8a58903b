/** What a wrapper does with a call that is observed: one way for the common case of one observer, one for several. */
import { apply, type Types } from '../../main/captured.js';
import { busy, calling } from './busy.js';
import { clock, nanosecondsSince } from './clock.js';
import { followIterator } from './iterate.js';
import { noteOrigin } from './origins.js';
import { follow, isPlainPromise } from './settle.js';
import {
  announce,
  CLOSED_GATE,
  enter,
  type HookState,
  type Observe,
  OPEN_GATE,
  type Site,
  TRACED_GATE,
} from './state.js';
import type { Tap } from './tap.js';
import type { TracerPort } from './tracerPort.js';

const { construct } = Reflect;
const toNumber = Number;

/** Sets how calls of a hook are observed from now on. */
export function plan(state: HookState, taps: readonly Tap[], types: Types, tracer?: TracerPort): void {
  const [only] = taps;
  state.taps = taps;
  const isLinked = tracer?.isLinked(state.hook.spec.hook) === true;
  if (tracer && (isLinked || taps.some(({ isTrace }) => isTrace))) {
    state.observe = tracer.observing(taps);
    const gate = isLinked && taps.length > 0 ? OPEN_GATE : only?.gate;
    state.gate = gate ?? (only ? OPEN_GATE : TRACED_GATE);
  } else if (only === undefined) {
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

/**
 * The original is called from here, not by way of `enter`: each frame of ours is one that an application's stack of ten
 * has not. And it is in a `try` only when its errors are wanted: to throw one again changes the line that Node prints
 * when nobody catches it.
 */
function observeOne(tap: Tap, types: Types): Observe {
  const { seesThrow, isStack, keeps } = tap;
  const taps = [tap];
  return (site, self, params, newTarget) => {
    if (isStack) calling.wrapper = site.wrapper;
    if (busy.on || !tap.enter(self, params)) return enter(site, self, params, newTarget);
    if (keeps) noteOrigin(params, site, newTarget);
    const fn = site.run;
    announce(site, fn);
    let result: unknown;
    const start = clock();
    if (seesThrow) {
      try {
        result = newTarget === undefined ? apply(fn, self, params) : construct(fn, params, newTarget);
      } catch (error) {
        const nanos = toNumber(clock() - start);
        if (isStack) calling.wrapper = site.wrapper;
        tap.end(self, params, error, true, nanos, -1);
        throw error;
      }
    } else {
      result = newTarget === undefined ? apply(fn, self, params) : construct(fn, params, newTarget);
    }
    const nanos = toNumber(clock() - start);
    if (isStack) calling.wrapper = site.wrapper;
    if (typeof result === 'object' && result !== null && isLasting(site, result, types)) {
      return returnedLasting(site, taps, self, params, result, start, nanos, types);
    }
    tap.end(newTarget === undefined ? self : result, params, result, false, nanos, -1);
    return result;
  };
}

function observeSeveral(all: readonly Tap[], types: Types): Observe {
  const keeps = all.some((tap) => tap.keeps);
  return (site, self, params, newTarget) => {
    if (busy.on) return enter(site, self, params, newTarget);
    calling.wrapper = site.wrapper;
    const taps = entered(all, self, params);
    if (taps.length === 0) return enter(site, self, params, newTarget);
    if (keeps) noteOrigin(params, site, newTarget);
    const fn = site.run;
    announce(site, fn);
    let result: unknown;
    const start = clock();
    if (someSeeThrow(taps)) {
      try {
        result = newTarget === undefined ? apply(fn, self, params) : construct(fn, params, newTarget);
      } catch (error) {
        const nanos = toNumber(clock() - start);
        calling.wrapper = site.wrapper;
        endAll(taps, self, params, error, true, nanos, -1);
        throw error;
      }
    } else {
      result = newTarget === undefined ? apply(fn, self, params) : construct(fn, params, newTarget);
    }
    const nanos = toNumber(clock() - start);
    calling.wrapper = site.wrapper;
    if (typeof result === 'object' && result !== null && isLasting(site, result, types)) {
      return returnedLasting(site, taps, self, params, result, start, nanos, types);
    }
    endAll(taps, newTarget === undefined ? self : result, params, result, false, nanos, -1);
    return result;
  };
}

/** The call has given something whose end is the call's end. */
function isLasting(site: Site, result: object, types: Types): boolean {
  return site.isGenerator || isPlainPromise(types, result);
}

function returnedLasting(
  site: Site,
  all: readonly Tap[],
  self: unknown,
  params: unknown[],
  result: object,
  start: bigint,
  nanos: number,
  types: Types,
): unknown {
  const taps: Tap[] = [];
  for (let at = 0; at < all.length; at++) {
    const tap = all[at] as Tap;
    if (tap.followsPromises) taps[taps.length] = tap;
    else tap.end(self, params, result, false, nanos, -1);
  }
  if (taps.length === 0) return result;
  if (!site.isGenerator) {
    return follow(result, site.isAsync, (threw, value) => {
      endAll(taps, self, params, value, threw, nanos, nanosecondsSince(start));
    });
  }
  const follows = followIterator(types, result, site.isAsync, nanos, (threw, value, spent) => {
    endAll(taps, self, params, value, threw, spent, site.isAsync ? nanosecondsSince(start) : -1);
  });
  if (!follows) endAll(taps, self, params, result, false, nanos, -1);
  return result;
}

/** The taps that want the end of a call. */
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
