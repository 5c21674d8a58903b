import type * as PerfHooks from 'node:perf_hooks';
import type * as Timers from 'node:timers';
import type { MainContext, MainFunction } from './functions.js';
import { maySetTimers } from './stack.js';

/** Watches at once: several jobs may look at one process, but not without end. */
const WATCHES = 8;
/** A watch that nobody samples for this long ends by itself. */
const FORGOTTEN_MS = 180_000;
const RESOLUTION_MS = 20;

/** What happened since the last sample. Times in milliseconds. */
export interface LoopSample {
  readonly intervalMs: number;
  /** 0 to 1. */
  readonly utilization: number;
  readonly lagMeanMs: number;
  readonly lagP50Ms: number;
  readonly lagP99Ms: number;
  readonly lagMaxMs: number;
}

interface Watch {
  readonly histogram: PerfHooks.IntervalHistogram;
  elu: PerfHooks.EventLoopUtilization;
  sampledAt: number;
  forget(): void;
}

/** Lag and utilisation, and the tick by which the Worker sees a blocked event loop. */
export function loopFunctions(context: MainContext): Record<string, MainFunction> {
  const watches = new Map<string, Watch>();
  const now = globalThis.performance.now.bind(globalThis.performance);
  let ticker: NodeJS.Timeout | undefined;
  let tickMs = 0;
  let tickAt = 0;

  const tick = (): void => {
    Atomics.add(context.flags, 2, 1);
    const at = now();
    tickAt = at;
    watches.forEach((watch, id) => {
      if (at - watch.sampledAt > FORGOTTEN_MS) stop(id);
    });
    if (watches.size > 0 || ticker === undefined) return;
    // Here no list of Node's can be in the middle of anything.
    context.builtin<typeof Timers>('node:timers').clearInterval(ticker);
    ticker = undefined;
  };

  const stop = (id: string): void => {
    const watch = watches.get(id);
    if (!watch) return;
    watches.delete(id);
    watch.forget();
    watch.histogram.disable();
    if (watches.size > 0 || ticker === undefined || !maySetTimers()) return;
    context.builtin<typeof Timers>('node:timers').clearInterval(ticker);
    ticker = undefined;
  };

  function start(id: string, wantedMs: number): boolean {
    const { monitorEventLoopDelay, performance } = context.builtin<typeof PerfHooks>('node:perf_hooks');
    if (ticker === undefined || wantedMs < tickMs) {
      if (!maySetTimers()) return false;
      const timers = context.builtin<typeof Timers>('node:timers');
      if (ticker) timers.clearInterval(ticker);
      ticker = timers.setInterval(tick, wantedMs);
      ticker.unref();
      tickMs = wantedMs;
      tickAt = now();
    }
    const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    histogram.enable();
    watches.set(id, {
      histogram,
      elu: performance.eventLoopUtilization(),
      sampledAt: now(),
      forget: context.onUndo(() => stop(id)),
    });
    return true;
  }

  function sample(watch: Watch): LoopSample {
    const { performance } = context.builtin<typeof PerfHooks>('node:perf_hooks');
    const { histogram } = watch;
    const elu = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(elu, watch.elu);
    const at = now();
    // The histogram holds the time between two ticks of its timer: what is above the resolution is lag.
    const counted = histogram.max > 0;
    const lag = (ns: number): number => (counted ? Math.max(0, round(ns / 1e6 - RESOLUTION_MS)) : 0);
    // A turn that is not over is in no histogram yet, and a reset would keep it out for good.
    const late = at - tickAt - tickMs;
    const slack = tickMs + RESOLUTION_MS;
    const open = late > slack && Math.abs(late - lag(histogram.max)) > slack;
    const answer = {
      intervalMs: Math.round(at - watch.sampledAt),
      utilization: round(Math.min(1, Math.max(0, utilization))),
      lagMeanMs: lag(histogram.mean),
      lagP50Ms: lag(histogram.percentile(50)),
      lagP99Ms: lag(histogram.percentile(99)),
      lagMaxMs: Math.max(lag(histogram.max), open ? round(late) : 0),
    };
    if (!open) histogram.reset();
    watch.elu = elu;
    watch.sampledAt = at;
    return answer;
  }

  return {
    /** `{id, tickMs}` → whether it runs; false when this moment was a bad one to set a timer: ask again. */
    loopStart(params) {
      const { id, tickMs: wantedMs } = params as { id: string; tickMs: number };
      if (watches.has(id)) return true;
      if (watches.size >= WATCHES) throw new Error(`${WATCHES} watches of the event loop run already`);
      return start(id, wantedMs);
    },
    /** `{id}` → `LoopSample` since the last one. */
    loopSample(params) {
      const watch = watches.get((params as { id: string }).id);
      if (!watch) throw new Error('the watch of the event loop has ended');
      return sample(watch);
    },
    /** `{id}` → `{}`. */
    loopStop(params) {
      stop((params as { id: string }).id);
      return {};
    },
  };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
