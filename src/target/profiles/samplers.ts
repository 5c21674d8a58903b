import { addCpuProfile, addHeapProfile, StackTree } from '../../wire/index.js';
import { affordable, HARMLESS_SAMPLES, off, startCpu, stopCpu } from './cpuSampler.js';
import { affordableDistance, LOOK_MS, startHeap, stopHeap } from './heap.js';
import { profileSliceMs } from './limits.js';
import type { ProfiledThread } from './thread.js';

/** One thread while it is sampled. Calls come one at a time. */
export interface Sampler {
  readonly thread: ProfiledThread;
  /** What was seen up to the last `flush`, `next` or `stop`. */
  readonly tree: StackTree;
  readonly samples: number;
  /** Milliseconds until V8 should be relieved of what it holds; undefined = it can go on. */
  readonly sliceMs: number | undefined;
  start(signal: AbortSignal): Promise<void>;
  /** Takes what V8 holds into the tree, and goes on. */
  flush(signal: AbortSignal): Promise<void>;
  /** Takes the rest and ends. */
  stop(signal: AbortSignal): Promise<void>;
  /** Whatever has happened: V8 samples no more. Never rejects. */
  off(): Promise<void>;
}

/** For a tenth of a second that is little, at any speed. */
const FIRST_DISTANCE = 1024 * 1024;
const LONGEST_ALLOCATION_MS = 10_000;
const LEAST_SLICE_MS = 10_000;

/** Where time goes. A piece is ended when it might get heavy, as seldom as can be: each new one costs compiled code. */
export class TimeSampler implements Sampler {
  samples = 0;
  sliceMs: number | undefined;
  readonly #idle: 'idle' | 'busy';
  #rate: number;

  constructor(
    readonly thread: ProfiledThread,
    readonly tree: StackTree,
    rate: number,
    idle: boolean,
  ) {
    this.#idle = idle ? 'idle' : 'busy';
    this.#rate = rate;
    this.sliceMs = Math.max(1000, (HARMLESS_SAMPLES * 1000) / rate);
  }

  async start(signal: AbortSignal): Promise<void> {
    await this.thread.cdp('Profiler.enable', {}, { signal });
    await startCpu(this.thread, this.#rate, signal, true);
  }

  async flush(signal: AbortSignal): Promise<void> {
    const profile = await this.#take(signal);
    const most = affordable(profile);
    const wanted = (most * 1000) / this.#rate;
    if (wanted < LEAST_SLICE_MS) this.#rate = Math.max(1, Math.floor((most * 1000) / LEAST_SLICE_MS));
    this.sliceMs = Math.min(profileSliceMs.value, Math.max(LEAST_SLICE_MS, wanted));
    await startCpu(this.thread, this.#rate, signal, true);
  }

  async stop(signal: AbortSignal): Promise<void> {
    await this.#take(signal);
    await this.off();
  }

  async off(): Promise<void> {
    await off(this.thread, 'Profiler.disable');
  }

  async #take(signal: AbortSignal): Promise<unknown> {
    const profile = await stopCpu(this.thread, signal);
    this.samples += addCpuProfile(this.tree, profile, this.#idle).samples;
    return profile;
  }
}

/** What allocates, in use or not: sampled the coarser, the faster the program allocates. */
export class AllocationSampler implements Sampler {
  samples = 0;
  sliceMs: number | undefined = LOOK_MS;
  #distance: number;

  /** `least`: bytes between two samples, at least. */
  constructor(
    readonly thread: ProfiledThread,
    readonly tree: StackTree,
    readonly least: number,
  ) {
    this.#distance = Math.max(least, FIRST_DISTANCE);
  }

  async start(signal: AbortSignal): Promise<void> {
    await startHeap(this.thread, this.#distance, true, signal);
  }

  async flush(signal: AbortSignal): Promise<void> {
    const looked = this.sliceMs ?? LOOK_MS;
    const look = await stopHeap(this.thread, this.tree, signal);
    this.samples += look.samples;
    // The longer a piece, the coarser it has to be: short ones first, for those who end it soon.
    this.sliceMs = Math.min(profileSliceMs.value, LONGEST_ALLOCATION_MS, looked * 10);
    this.#distance = Math.max(this.least, affordableDistance(look, this.sliceMs, looked));
    await startHeap(this.thread, this.#distance, true, signal);
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.samples += (await stopHeap(this.thread, this.tree, signal)).samples;
    await this.off();
  }

  async off(): Promise<void> {
    await off(this.thread, 'HeapProfiler.disable');
  }
}

/** What of the memory that was allocated since the start is in use still. V8 keeps that by itself. */
export class LiveSampler implements Sampler {
  readonly sliceMs = undefined;
  samples = 0;
  tree: StackTree;
  readonly #limit: number;

  constructor(
    readonly thread: ProfiledThread,
    limit: number,
    readonly distance: number,
  ) {
    this.#limit = limit;
    this.tree = new StackTree(limit);
  }

  async start(signal: AbortSignal): Promise<void> {
    await startHeap(this.thread, this.distance, false, signal);
  }

  async flush(signal: AbortSignal): Promise<void> {
    const options = { signal, timeoutMs: FETCH_MS };
    const { profile } = await this.thread.cdp<{ profile: unknown }>(
      'HeapProfiler.getSamplingProfile',
      {},
      options,
    );
    this.tree = new StackTree(this.#limit);
    this.samples = addHeapProfile(this.tree, profile).samples;
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.tree = new StackTree(this.#limit);
    this.samples = (await stopHeap(this.thread, this.tree, signal)).samples;
    await this.off();
  }

  async off(): Promise<void> {
    await off(this.thread, 'HeapProfiler.disable');
  }
}

const FETCH_MS = 60_000;
