/** Facts about the process that `sysenv`, `memory`, `jvm` and `dashboard` show. Masking is the agent's. */
import type * as Os from 'node:os';
import type * as PerfHooks from 'node:perf_hooks';
import type * as Util from 'node:util';
import type * as V8 from 'node:v8';
import { getOwnPropertyDescriptor, isArray, isObject, ownData, ownKeys, type Types } from './captured.js';
import type { MainContext, MainFunction } from './functions.js';
import { runtimeWatches, type WatchSample } from './runtimeWatch.js';

const MAX_ENTRIES = 10_000;
const MAX_TEXT = 32 * 1024;
const MAX_TOTAL = 2 * 1024 * 1024;

/** Bytes. */
export interface MemoryFacts {
  readonly rss: number;
  readonly heapUsed: number;
  readonly heapTotal: number;
  /** Of the V8 heap, resident. */
  readonly heapResident: number;
  readonly heapLimit: number;
  /** What V8 holds outside its heap. */
  readonly malloced: number;
  readonly globalHandles: { readonly used: number; readonly total: number };
  readonly external: number;
  /** Part of `external`. */
  readonly arrayBuffers: number;
  readonly spaces: readonly { readonly name: string; readonly used: number; readonly total: number }[];
}

export interface HostFacts {
  readonly osName: string;
  readonly osVersion: string;
  readonly machine?: string;
  readonly arch: string;
  readonly processors: number;
  /** Of the last minute. */
  readonly loadAverage: number;
}

export interface ProcessFacts {
  readonly pid: number;
  readonly title: string;
  readonly versions: Readonly<Record<string, string | undefined>>;
  readonly execPath: string;
  readonly execArgv: readonly string[];
  readonly argv: readonly string[];
  readonly nodeOptions?: string;
  readonly cwd?: string;
  readonly uptimeS: number;
  /** Loaded CommonJS modules; absent when they cannot be counted. */
  readonly commonJsModules?: number;
  readonly host: HostFacts;
  readonly memory: MemoryFacts;
}

export interface EnvironmentFacts {
  readonly entries: readonly (readonly [name: string, value: string])[];
  /** Variables left out, or cut. */
  readonly cut: number;
  /** The application has put something of its own in the place of `process.env`. */
  readonly replaced: boolean;
}

export function factFunctions(context: MainContext): Record<string, MainFunction> {
  const { types } = context.builtin<typeof Util>('node:util');
  const lazy = <T>(id: string): (() => T) => {
    let module: T | undefined;
    return () => {
      module ??= context.builtin<T>(id);
      return module;
    };
  };
  const v8 = lazy<typeof V8>('node:v8');
  const os = lazy<typeof Os>('node:os');
  const perfHooks = lazy<typeof PerfHooks>('node:perf_hooks');
  const memory = () => memoryFacts(v8());
  const watches = runtimeWatches(context, perfHooks);
  return {
    /** `{name?}` → EnvironmentFacts */
    environment(params) {
      const name = isObject(params) ? ownData(params, 'name') : undefined;
      return environmentFacts(types, typeof name === 'string' ? name : undefined);
    },
    /** → MemoryFacts */
    memory,
    /** → ProcessFacts */
    processFacts() {
      const facts: ProcessFacts = {
        pid: process.pid,
        title: process.title,
        versions: process.versions,
        execPath: process.execPath,
        execArgv: texts(process.execArgv, types),
        argv: texts(process.argv, types),
        nodeOptions: environmentFacts(types, 'NODE_OPTIONS').entries[0]?.[1],
        cwd: workingFolder(),
        uptimeS: process.uptime(),
        commonJsModules: countModules(context, types),
        host: hostFacts(os()),
        memory: memory(),
      };
      return facts;
    },
    /** WatchStart → RuntimeSample; begins to watch collections and the event loop. */
    startRuntimeWatch: (params) => ({
      ...watches.start({ id: idOf(params), resolutionMs: resolutionOf(params) }),
      ...moment(os(), memory()),
    }),
    /** `{id}` → RuntimeSample of the time since the last one. */
    sampleRuntime: (params) => ({ ...watches.sample(idOf(params)), ...moment(os(), memory()) }),
    /** `{id}` → whether there was one. */
    stopRuntimeWatch: (params) => watches.stop(idOf(params)),
  };
}

/** What belongs to the moment of a sample. */
export interface MomentFacts {
  readonly uptimeS: number;
  readonly nodeVersion: string;
  readonly v8Version: string;
  readonly execPath: string;
  readonly host: HostFacts;
  readonly memory: MemoryFacts;
}

/** What `startRuntimeWatch` and `sampleRuntime` give. */
export interface RuntimeSample extends MomentFacts, WatchSample {}

function moment(os: typeof Os, memory: MemoryFacts): MomentFacts {
  return {
    uptimeS: process.uptime(),
    nodeVersion: process.versions.node,
    v8Version: process.versions.v8,
    execPath: process.execPath,
    host: hostFacts(os),
    memory,
  };
}

function idOf(params: unknown): string {
  const id = isObject(params) ? ownData(params, 'id') : undefined;
  if (typeof id !== 'string') throw new TypeError('a watch needs an id');
  return id;
}

function resolutionOf(params: unknown): number {
  const resolution = isObject(params) ? ownData(params, 'resolutionMs') : undefined;
  if (typeof resolution !== 'number' || !(resolution >= 10))
    throw new TypeError('resolutionMs is 10 at least');
  return resolution;
}

/** Not getHeapCodeStatistics: it walks the heap (10 ms for 130 MB). */
function memoryFacts(v8: typeof V8): MemoryFacts {
  const { rss, external, arrayBuffers } = process.memoryUsage();
  const heap = v8.getHeapStatistics();
  return {
    rss,
    heapUsed: heap.used_heap_size,
    heapTotal: heap.total_heap_size,
    heapResident: heap.total_physical_size,
    heapLimit: heap.heap_size_limit,
    malloced: heap.malloced_memory,
    globalHandles: { used: heap.used_global_handles_size, total: heap.total_global_handles_size },
    external,
    arrayBuffers,
    spaces: spaceFacts(v8),
  };
}

function spaceFacts(v8: typeof V8): MemoryFacts['spaces'] {
  const spaces = v8.getHeapSpaceStatistics();
  const found: { name: string; used: number; total: number }[] = [];
  for (let at = 0; at < spaces.length; at++) {
    const { space_name: name, space_used_size: used, space_size: total } = spaces[at] as V8.HeapSpaceInfo;
    found[at] = { name, used, total };
  }
  return found;
}

function hostFacts(os: typeof Os): HostFacts {
  const { machine, availableParallelism } = os as Partial<typeof Os>;
  return {
    osName: os.type(),
    osVersion: os.release(),
    machine: machine?.(),
    arch: process.arch,
    processors: availableParallelism?.() ?? os.cpus().length,
    loadAverage: os.loadavg()[0] ?? 0,
  };
}

function workingFolder(): string | undefined {
  try {
    return process.cwd();
  } catch {
    // The folder has been removed.
    return undefined;
  }
}

function countModules(context: MainContext, types: Types): number | undefined {
  const cache = ownData(context.builtin<object>('node:module'), '_cache');
  return isObject(cache) && !types.isProxy(cache) ? ownKeys(cache).length : undefined;
}

/** The texts of a list of the application's, which may have put anything there. */
function texts(list: unknown, types: Types): string[] {
  if (!isObject(list) || types.isProxy(list) || !isArray(list)) return [];
  const found: string[] = [];
  const most = Math.min(list.length, MAX_ENTRIES);
  let total = 0;
  for (let at = 0; at < most && total < MAX_TOTAL; at++) {
    const text = ownData(list, at);
    if (typeof text !== 'string') continue;
    found[found.length] = text.slice(0, MAX_TEXT);
    total += Math.min(text.length, MAX_TEXT);
  }
  return found;
}

function environmentFacts(types: Types, wanted: string | undefined): EnvironmentFacts {
  const env: unknown = ownData(process, 'env');
  const entries: [string, string][] = [];
  // Node's own is no plain object: reading one of its properties asks the system, and runs nothing.
  if (!isObject(env) || types.isProxy(env)) return { entries, cut: 0, replaced: true };
  const names = wanted === undefined ? ownKeys(env) : [wanted];
  let cut = 0;
  let total = 0;
  for (let at = 0; at < names.length; at++) {
    const name = names[at];
    if (typeof name !== 'string') continue;
    const descriptor = getOwnPropertyDescriptor(env, name);
    const value: unknown = descriptor?.value;
    if (typeof value !== 'string') continue;
    if (entries.length >= MAX_ENTRIES || total > MAX_TOTAL) {
      cut++;
      continue;
    }
    if (value.length > MAX_TEXT) cut++;
    entries[entries.length] = [name.slice(0, MAX_TEXT), value.slice(0, MAX_TEXT)];
    total += name.length + Math.min(value.length, MAX_TEXT);
  }
  return { entries, cut, replaced: false };
}
