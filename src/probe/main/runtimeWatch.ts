import type * as PerfHooks from 'node:perf_hooks';
import type { MainContext } from './functions.js';

/** Dashboards at once. */
const MOST = 8;

export interface WatchStart {
  readonly id: string;
  /** Milliseconds between two looks of Node's own timer at the event loop: each wakes an idle process. */
  readonly resolutionMs: number;
}

export interface LoopFacts {
  /** The time that the figures are of: since the last sample, or (first sample) since the process began. */
  readonly windowMs: number;
  /** 0 to 1. */
  readonly utilization: number;
  /** By how much a timer came late. Absent in the first sample. */
  readonly lagP50Ms?: number;
  readonly lagP99Ms?: number;
  readonly lagMaxMs?: number;
}

/** Since the watch began. */
export interface GcFacts {
  readonly name: string;
  readonly count: number;
  readonly ms: number;
}

export interface WatchSample {
  readonly loop: LoopFacts;
  readonly gc: readonly GcFacts[];
}

interface Watch {
  readonly histogram: PerfHooks.IntervalHistogram;
  readonly resolutionMs: number;
  readonly gc: Map<number, { count: number; ms: number }>;
  since: number;
  utilization: PerfHooks.EventLoopUtilization;
  end(): void;
}

/** Collections and the event loop, watched for as long as somebody looks. */
export function runtimeWatches(context: MainContext, perfHooks: () => typeof PerfHooks) {
  const watches = new Map<string, Watch>();

  function start({ id, resolutionMs }: WatchStart): WatchSample {
    if (watches.has(id)) throw new Error('there is such a watch already');
    if (watches.size >= MOST) throw new Error(`${MOST} dashboards look at this process already`);
    const { performance, PerformanceObserver, monitorEventLoopDelay } = perfHooks();
    const gc: Watch['gc'] = new Map();
    const observer = new PerformanceObserver((list) => {
      const entries = list.getEntries();
      for (let at = 0; at < entries.length; at++) {
        const entry = entries[at] as PerfHooks.PerformanceEntry & { detail?: { kind?: number } };
        const kind = entry.detail?.kind ?? 0;
        const counted = gc.get(kind) ?? { count: 0, ms: 0 };
        gc.set(kind, { count: counted.count + 1, ms: counted.ms + entry.duration });
      }
    });
    const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
    const end = (): void => {
      if (!watches.delete(id)) return;
      offUndo();
      histogram.disable();
      observer.disconnect();
    };
    const offUndo = context.onUndo(end);
    const utilization = performance.eventLoopUtilization();
    const watch = { histogram, resolutionMs, gc, since: performance.now(), utilization, end };
    watches.set(id, watch);
    observer.observe({ entryTypes: ['gc'] });
    histogram.enable();
    const loop = { windowMs: process.uptime() * 1000, utilization: utilization.utilization };
    return { loop, gc: collections(perfHooks(), gc) };
  }

  function sample(id: string): WatchSample {
    const watch = watches.get(id);
    if (!watch) throw new Error('this watch has ended');
    const { performance } = perfHooks();
    const now = performance.now();
    const windowMs = now - watch.since;
    const utilization = performance.eventLoopUtilization();
    const loop = {
      windowMs,
      utilization: performance.eventLoopUtilization(utilization, watch.utilization).utilization,
      ...lag(watch, windowMs),
    };
    watch.histogram.reset();
    watch.since = now;
    watch.utilization = utilization;
    return { loop, gc: collections(perfHooks(), watch.gc) };
  }

  function stop(id: string): boolean {
    const watch = watches.get(id);
    watch?.end();
    return watch !== undefined;
  }

  return { start, sample, stop };
}

function lag({ histogram, resolutionMs }: Watch, windowMs: number) {
  const { count } = histogram;
  const late = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - resolutionMs);
  // A delay that spans a sample is in no histogram: neither its end before, nor (Node forgets the last look with a
  // reset) its beginning after. It is the time of the window that no delay accounts for.
  const recordedMs = count > 0 ? (histogram.mean * count) / 1e6 : 0;
  const missingMs = windowMs - recordedMs;
  const spanningMs = missingMs > 2 * resolutionMs + windowMs / 500 ? missingMs - resolutionMs : 0;
  if (count === 0) {
    if (spanningMs === 0) return {};
    return { lagP50Ms: spanningMs, lagP99Ms: spanningMs, lagMaxMs: spanningMs };
  }
  return {
    lagP50Ms: late(histogram.percentile(50)),
    lagP99Ms: late(histogram.percentile(99)),
    lagMaxMs: Math.max(late(histogram.max), spanningMs),
  };
}

/** Every kind that this Node knows, with zeros. */
function collections({ constants }: typeof PerfHooks, gc: Watch['gc']): GcFacts[] {
  const known = constants as Readonly<Record<string, number | undefined>>;
  const kinds: [string, number | undefined][] = [
    ['scavenge', known.NODE_PERFORMANCE_GC_MINOR],
    ['minor_mark_sweep', known.NODE_PERFORMANCE_GC_MINOR_MARK_SWEEP],
    ['mark_sweep_compact', known.NODE_PERFORMANCE_GC_MAJOR],
    ['incremental', known.NODE_PERFORMANCE_GC_INCREMENTAL],
    ['weakc', known.NODE_PERFORMANCE_GC_WEAKCB],
  ];
  const found: GcFacts[] = [];
  for (let at = 0; at < kinds.length; at++) {
    const [name, kind] = kinds[at] as [string, number | undefined];
    if (kind === undefined) continue;
    const counted = gc.get(kind);
    found[found.length] = { name, count: counted?.count ?? 0, ms: counted?.ms ?? 0 };
  }
  return found;
}
