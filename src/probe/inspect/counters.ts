/** What `perfcounter` shows: counters that Node, V8 and libuv keep anyway. */
import type * as PerfHooks from 'node:perf_hooks';
import type * as V8 from 'node:v8';
import type { MainFunction } from '../main/functions.js';
import type { InspectContext } from './inspect.js';

type Units = 'None' | 'Bytes' | 'Events' | 'Milliseconds' | 'Microseconds';
type Variability = 'Constant' | 'Monotonic' | 'Variable';

export interface Counter {
  readonly name: string;
  readonly value: number;
  readonly units: Units;
  readonly variability: Variability;
}

export function counterFunctions(context: InspectContext): Record<string, MainFunction> {
  return { /** → Counter[] */ inspectCounters: () => countersOf(context) };
}

function countersOf(context: InspectContext): Counter[] {
  const found: Counter[] = [];
  const add = (name: string, value: unknown, units: Units, variability: Variability): void => {
    if (typeof value === 'number' && Number.isFinite(value)) {
      found[found.length] = { name, value: rounded(value), units, variability };
    }
  };
  processCounters(add);
  loopCounters(context, add);
  heapCounters(context.builtin<typeof V8>('node:v8'), add);
  activeCounters(add);
  return found;
}

type Add = (name: string, value: unknown, units: Units, variability: Variability) => void;

function processCounters(add: Add): void {
  const { user, system } = process.cpuUsage();
  add('process.cpu.user', user, 'Microseconds', 'Monotonic');
  add('process.cpu.system', system, 'Microseconds', 'Monotonic');
  add('process.uptime', process.uptime() * 1000, 'Milliseconds', 'Monotonic');
  const usage = process.resourceUsage();
  add('process.resource.maxRSS', usage.maxRSS * 1024, 'Bytes', 'Monotonic');
  for (const name of [
    'minorPageFault',
    'majorPageFault',
    'fsRead',
    'fsWrite',
    'voluntaryContextSwitches',
    'involuntaryContextSwitches',
  ] as const) {
    add(`process.resource.${name}`, usage[name], 'Events', 'Monotonic');
  }
  for (const [name, value] of Object.entries(process.memoryUsage())) {
    add(`process.memory.${name}`, value, 'Bytes', 'Variable');
  }
  const { availableMemory, constrainedMemory } = process as {
    availableMemory?: () => number;
    constrainedMemory?: () => number;
  };
  add('process.memory.available', availableMemory?.call(process), 'Bytes', 'Variable');
  const constrained = constrainedMemory?.call(process) ?? 0;
  // Without a limit Node gives 0, or the largest number there is.
  if (constrained > 0 && constrained < 2 ** 60)
    add('process.memory.constrained', constrained, 'Bytes', 'Constant');
}

function loopCounters(context: InspectContext, add: Add): void {
  const { performance } = context.builtin<typeof PerfHooks>('node:perf_hooks');
  const { idle, active, utilization } = performance.eventLoopUtilization();
  add('uv.loop.idle', idle, 'Milliseconds', 'Monotonic');
  add('uv.loop.active', active, 'Milliseconds', 'Monotonic');
  add('uv.loop.utilization', utilization, 'None', 'Variable');
  const timing = performance.nodeTiming as unknown as Record<string, unknown>;
  const metrics = timing.uvMetricsInfo as Record<string, number> | undefined;
  add('uv.metrics.loopCount', metrics?.loopCount, 'Events', 'Monotonic');
  add('uv.metrics.events', metrics?.events, 'Events', 'Monotonic');
  add('uv.metrics.eventsWaiting', metrics?.eventsWaiting, 'Events', 'Monotonic');
  for (const name of ['nodeStart', 'v8Start', 'environment', 'bootstrapComplete', 'loopStart']) {
    add(`node.timing.${name}`, timing[name], 'Milliseconds', 'Constant');
  }
}

function heapCounters(v8: typeof V8, add: Add): void {
  const heap = v8.getHeapStatistics() as unknown as Record<string, number>;
  for (const [name, value] of Object.entries(heap)) {
    const isCount = name.startsWith('number_of_') || name === 'does_zap_garbage';
    const isConstant = name === 'heap_size_limit' || name === 'does_zap_garbage';
    const variability = isConstant
      ? 'Constant'
      : /^(peak_|total_allocated)/.test(name)
        ? 'Monotonic'
        : 'Variable';
    add(`v8.heap.${name}`, value, isCount ? 'None' : 'Bytes', variability);
  }
  for (const space of v8.getHeapSpaceStatistics()) {
    add(`v8.space.${space.space_name}.size`, space.space_size, 'Bytes', 'Variable');
    add(`v8.space.${space.space_name}.used`, space.space_used_size, 'Bytes', 'Variable');
    add(`v8.space.${space.space_name}.physical`, space.physical_space_size, 'Bytes', 'Variable');
  }
}

function activeCounters(add: Add): void {
  const { getActiveResourcesInfo } = process as { getActiveResourcesInfo?: () => string[] };
  const counts = new Map<string, number>();
  for (const name of getActiveResourcesInfo?.call(process) ?? []) {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  for (const [name, count] of counts) add(`node.active.${name}`, count, 'None', 'Variable');
}

function rounded(value: number): number {
  return Number.isInteger(value) ? value : Math.round(value * 1000) / 1000;
}
