/** What a wrapper does with a call of a function that is looked into: as a root of a tree, or below one. */

import { clock, nanosecondsSince } from '../instrument/recording/clock.js';
import { followIterator } from '../instrument/recording/iterate.js';
import { follow, isPlainPromise } from '../instrument/recording/settle.js';
import { announce, enter, type Observe, type Site } from '../instrument/recording/state.js';
import type { Tap } from '../instrument/recording/tap.js';
import { apply, type Types } from '../main/captured.js';
import { type Frame, linked } from './frame.js';
import type { OpenTree, Tracer } from './tracer.js';

const { construct } = Reflect;
const toNumber = Number;

interface Ends {
  readonly site: Site;
  readonly taps: readonly Tap[];
  readonly frame: Frame | undefined;
  readonly open: OpenTree | undefined;
  readonly self: unknown;
  readonly params: unknown[];
  readonly start: bigint;
}

/** `all`: everybody who observes the function, those who do not trace it too. */
export function observeTraced(all: readonly Tap[], tracer: Tracer, types: Types): Observe {
  const { busy, calling } = tracer.shared;
  return (site, self, params, newTarget) => {
    if (busy.on) return enter(site, self, params, newTarget);
    calling.wrapper = site.wrapper;
    const above = tracer.above();
    const taps: Tap[] = [];
    const roots: Tap[] = [];
    for (let at = 0; at < all.length; at++) {
      const tap = all[at] as Tap;
      if (tap.isTrace && tracer.isBelow(tap, above)) continue;
      if (!tap.enter(self, params)) continue;
      taps[taps.length] = tap;
      if (tap.isTrace) roots[roots.length] = tap;
    }
    const open = roots.length > 0 ? tracer.root(site, roots) : tracer.continued(site, above);
    if (open === undefined) for (let at = 0; at < roots.length; at++) roots[at]?.observer.lost();
    const frame = open?.frame ?? (above && roots.length === 0 ? tracer.below(site, above) : undefined);
    if (taps.length === 0 && frame === undefined) return enter(site, self, params, newTarget);
    return runTraced(tracer, { site, taps, frame, open, self, params, start: clock() }, newTarget, types);
  };
}

/** What a run needs of the tracer. */
export interface TracerLike extends Pick<Tracer, 'shared' | 'end' | 'isAcross'> {
  run(open: OpenTree, work: () => unknown): unknown;
}

export function runTraced(
  tracer: TracerLike,
  ends: Ends,
  newTarget: Site['original'] | undefined,
  types: Types,
): unknown {
  const { site, taps, frame, open, self, params } = ends;
  const fn = frame?.code.copy ?? site.run;
  const { current, handed } = linked;
  linked.current = frame ?? current;
  linked.handed = fn === site.run ? undefined : frame;
  announce(site, fn);
  // Each frame of ours is one that an application's stack of ten has not.
  const across =
    open !== undefined && tracer.isAcross
      ? (): unknown => (newTarget === undefined ? apply(fn, self, params) : construct(fn, params, newTarget))
      : undefined;
  let result: unknown;
  let isDone = false;
  if (taps.length === 0) {
    try {
      result =
        across && open
          ? tracer.run(open, across)
          : newTarget === undefined
            ? apply(fn, self, params)
            : construct(fn, params, newTarget);
      isDone = true;
    } finally {
      // Neither caught nor thrown again: nobody shall see that it passed here.
      linked.current = current;
      linked.handed = handed;
      if (!isDone) over(tracer, ends);
    }
  } else {
    try {
      result =
        across && open
          ? tracer.run(open, across)
          : newTarget === undefined
            ? apply(fn, self, params)
            : construct(fn, params, newTarget);
    } catch (error) {
      const nanos = nanosecondsSince(ends.start);
      linked.current = current;
      linked.handed = handed;
      tracer.shared.calling.wrapper = site.wrapper;
      end(tracer, ends, self, error, true, nanos, -1);
      throw error;
    }
    linked.current = current;
    linked.handed = handed;
  }
  const nanos = toNumber(clock() - ends.start);
  tracer.shared.calling.wrapper = site.wrapper;
  if (typeof result === 'object' && result !== null) {
    if (site.isGenerator) return iterating(tracer, ends, result, nanos, types);
    if (isPlainPromise(types, result)) return waiting(tracer, ends, result, nanos);
  }
  end(tracer, ends, newTarget === undefined ? self : result, result, false, nanos, -1);
  return result;
}

/** An `async` copy ends its frame by itself, when it is done. */
function waiting(tracer: TracerLike, ends: Ends, result: object, nanos: number): unknown {
  const { site, taps, frame, open, self, params, start } = ends;
  const late: Tap[] = [];
  for (let at = 0; at < taps.length; at++) {
    const tap = taps[at] as Tap;
    if (tap.followsPromises) late[late.length] = tap;
    else ending(tap, open, self, params, result, false, nanos, -1);
  }
  if (late.length > 0) {
    return follow(result, site.isAsync, (threw, value) => {
      if (threw) {
        frame?.threw(value);
        frame?.left(value);
      }
      frame?.x();
      endAll(late, open, self, params, value, threw, nanos, nanosecondsSince(start));
      if (open) tracer.end(open);
    });
  }
  if (open !== undefined || !site.isAsync || frame?.code.copy === undefined) over(tracer, ends);
  return result;
}

/** Its body begins when it is asked for the first time, and runs each time that it is asked. */
function iterating(tracer: TracerLike, ends: Ends, result: object, nanos: number, types: Types): unknown {
  const { site, taps, frame, open, self, params, start } = ends;
  const before = { current: linked.current, handed: linked.handed };
  const around = {
    enter() {
      before.current = linked.current;
      before.handed = linked.handed;
      linked.current = frame ?? before.current;
      linked.handed = frame;
    },
    leave() {
      linked.current = before.current;
      linked.handed = before.handed;
    },
  };
  const follows = followIterator(
    types,
    result,
    site.isAsync,
    nanos,
    (threw, value, spent) => {
      if (threw) {
        frame?.c(value);
        frame?.left(value);
      }
      frame?.x();
      endAll(taps, open, self, params, value, threw, spent, site.isAsync ? nanosecondsSince(start) : -1);
      if (open) tracer.end(open);
    },
    frame && around,
  );
  if (!follows) end(tracer, ends, self, result, false, nanos, -1);
  return result;
}

function over(tracer: TracerLike, { frame, open }: Ends): void {
  frame?.x();
  if (open) tracer.end(open);
}

function end(
  tracer: TracerLike,
  ends: Ends,
  self: unknown,
  value: unknown,
  threw: boolean,
  nanos: number,
  settle: number,
): void {
  const { taps, frame, open, params } = ends;
  if (threw) {
    frame?.c(value);
    frame?.left(value);
  }
  frame?.x();
  endAll(taps, open, self, params, value, threw, nanos, settle);
  if (open) tracer.end(open);
}

function endAll(
  taps: readonly Tap[],
  open: OpenTree | undefined,
  self: unknown,
  params: unknown[],
  value: unknown,
  threw: boolean,
  nanos: number,
  settle: number,
): void {
  for (let at = 0; at < taps.length; at++) {
    ending(taps[at] as Tap, open, self, params, value, threw, nanos, settle);
  }
  // What a callback does after its tree was done belongs to no call of those who trace.
  if (open === undefined || !open.isContinued) return;
  for (let at = 0; at < open.taps.length; at++) (open.taps[at] as Tap).endTree(open.tree, nanos, settle);
}

function ending(
  tap: Tap,
  open: OpenTree | undefined,
  self: unknown,
  params: unknown[],
  value: unknown,
  threw: boolean,
  nanos: number,
  settle: number,
): void {
  if (tap.isTrace && open !== undefined) tap.endTraced(open.tree, self, params, value, threw, nanos, settle);
  else tap.end(self, params, value, threw, nanos, settle);
}
