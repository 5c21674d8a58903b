import { setTimeout as sleep } from 'node:timers/promises';
import { RemoraError } from '../../base/index.js';
import { addHeapProfile, type StackTree } from '../../wire/index.js';
import type { Target } from '../types.js';
import type { Taken } from './cpu.js';
import { off } from './cpuSampler.js';
import { profileErrors } from './errors.js';
import { growthBytes, heapSampleBytes } from './limits.js';
import { mainThread, type ProfiledThread } from './thread.js';

export interface HeapOptions {
  readonly seconds: number;
  /** Mean bytes between two samples. */
  readonly sampleBytes: number;
  readonly signal: AbortSignal;
}

export interface HeapTaken extends Taken {
  readonly sampleBytes: number;
}

const FETCH_MS = 60_000;
const NOT_SAMPLED = /not started/;
/** The look at how fast a program allocates, before the real profile: coarse, so that it stays small at any speed. */
export const LOOK_MS = 100;
const LOOK_SAMPLE_BYTES = 16 * 1024 * 1024;
/** Taken for true until more is seen: a program may begin to work in the next moment. */
const LEAST_SPEED = 200e6;
const LEAST_SAMPLE_WEIGHT = 1000;
const UNKNOWN_SAMPLE_WEIGHT = 8000;
const ENOUGH_SAMPLES = 10;

/**
 * Samples what is allocated for some seconds and gives what of it is still in use at the end. V8 collects garbage for
 * that, which stops the program for as long as a full collection takes.
 */
export async function takeHeap(target: Target, tree: StackTree, options: HeapOptions): Promise<HeapTaken> {
  const thread = mainThread(target);
  await refuseForeign(thread, nameOf(target), options.signal);
  const { samples } = await sample(thread, tree, options.seconds * 1000, options.sampleBytes, false, options);
  return result(options.seconds, samples, options.sampleBytes);
}

/** Samples everything that is allocated for some seconds, in use or not. Ends by a garbage collection, too. */
export async function takeGrowth(target: Target, tree: StackTree, options: HeapOptions): Promise<HeapTaken> {
  const thread = mainThread(target);
  await refuseForeign(thread, nameOf(target), options.signal);
  let ms = options.seconds * 1000;
  let { sampleBytes } = options;
  let samples = 0;
  if (ms > 2 * LOOK_MS) {
    const look = await sample(thread, tree, LOOK_MS, LOOK_SAMPLE_BYTES, true, options);
    ms -= LOOK_MS;
    samples += look.samples;
    sampleBytes = Math.max(sampleBytes, affordableDistance(look, ms));
  }
  const rest = await sample(thread, tree, ms, sampleBytes, true, options);
  return result(options.seconds, samples + rest.samples, sampleBytes);
}

function result(seconds: number, samples: number, sampleBytes: number): HeapTaken {
  return { samples, sampleBytes, durationNanos: seconds * 1e9 };
}

/** The distance of samples at which a growth profile stays within its bound. */
export function affordableDistance(look: Look, ms: number, lookMs = LOOK_MS): number {
  const speed = Math.max(LEAST_SPEED, (look.bytes * 1000) / lookMs);
  const perSample =
    look.samples >= ENOUGH_SAMPLES
      ? Math.max(LEAST_SAMPLE_WEIGHT, (2 * look.weight) / look.samples)
      : UNKNOWN_SAMPLE_WEIGHT;
  return Math.ceil((speed * (ms / 1000) * perSample) / growthBytes.value);
}

export interface Look {
  readonly samples: number;
  readonly bytes: number;
  /** Of the answer. */
  readonly weight: number;
}

async function sample(
  thread: ProfiledThread,
  tree: StackTree,
  ms: number,
  sampleBytes: number,
  collected: boolean,
  { signal }: HeapOptions,
): Promise<Look> {
  try {
    await startHeap(thread, sampleBytes, collected, signal);
    await sleep(ms, undefined, { signal });
    return await stopHeap(thread, tree, signal);
  } finally {
    // Ends the sampling, where it still runs, without the garbage collection that its result would cost.
    await off(thread, 'HeapProfiler.disable');
  }
}

/** Begins to sample what is allocated; `collected`: also what garbage collections take. */
export async function startHeap(
  thread: ProfiledThread,
  sampleBytes: number,
  collected: boolean,
  signal?: AbortSignal,
): Promise<void> {
  await thread.cdp(
    'HeapProfiler.startSampling',
    {
      samplingInterval: sampleBytes,
      includeObjectsCollectedByMajorGC: collected,
      includeObjectsCollectedByMinorGC: collected,
    },
    { signal },
  );
}

/** Ends it by a garbage collection, and adds what was sampled to a tree. */
export async function stopHeap(thread: ProfiledThread, tree: StackTree, signal?: AbortSignal): Promise<Look> {
  const { profile } = await thread.cdp<{ profile: unknown }>(
    'HeapProfiler.stopSampling',
    {},
    { signal, timeoutMs: FETCH_MS },
  );
  const before = tree.size;
  const slice = addHeapProfile(tree, profile);
  return { ...slice, weight: (tree.size - before) * 300 + slice.samples * 50 };
}

/** V8 has one sampler for a heap, shared by all: stopping ours would stop that of somebody who came first. */
export async function refuseForeign(
  thread: ProfiledThread,
  process: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    await thread.cdp('HeapProfiler.getSamplingProfile', {}, { signal, timeoutMs: FETCH_MS });
  } catch (error) {
    if (error instanceof RemoraError && NOT_SAMPLED.test(error.message)) return;
    throw error;
  }
  throw profileErrors.foreignSampling(process);
}

function nameOf({ process: { name, pid } }: Target): string {
  return `${name} (${pid})`;
}

/** What is used where nobody asks for another. */
export function defaultSampleBytes(seconds: number): number {
  // Ten times as long lets ten times as much survive.
  return Math.round(heapSampleBytes.value * Math.max(1, seconds / 10));
}
