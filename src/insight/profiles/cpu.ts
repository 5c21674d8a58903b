import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from '../../target/index.js';
import { addCpuProfile, type StackTree } from '../../wire/index.js';
import { profileSliceBytes, profileSliceSamples } from '../limits.js';

export interface CpuOptions {
  readonly seconds: number;
  /** Samples per second. */
  readonly rate: number;
  readonly signal: AbortSignal;
}

/** What was seen, all slices together. */
export interface Taken {
  readonly samples: number;
  readonly durationNanos: number;
  /** What the reader of the profile must know. */
  readonly notes: readonly string[];
}

/** Short enough that not even a thousand new functions in each sample weigh too much. */
const FIRST_SAMPLES = 20;
const NODE_BYTES = 180;
const SAMPLE_BYTES = 16;
/** A thread that comes back from native code within this still gets its profile. */
const FETCH_MS = 30_000;
const SHORTEST_MS = 5;

/**
 * Samples the main thread. V8 gives a profile as one piece of JSON, which for a program of many deep stacks is hundreds
 * of megabytes after ten seconds: enough to end the probe's thread and the process with it. So it is taken in slices,
 * each as long as the one before lets expect that it stays small.
 *
 * @throws RemoraError of the target; whatever happens the profiler is off afterwards
 */
export async function takeCpu(target: Target, tree: StackTree, options: CpuOptions): Promise<Taken> {
  const { seconds, rate, signal } = options;
  const end = performance.now() + seconds * 1000;
  let samples = 0;
  let durationNanos = 0;
  try {
    await target.cdp('Profiler.enable', {}, { signal });
    await target.cdp('Profiler.setSamplingInterval', { interval: Math.round(1e6 / rate) }, { signal });
    for (let next = FIRST_SAMPLES; ; ) {
      const ms = Math.min(end - performance.now(), (next * 1000) / rate);
      if (ms < SHORTEST_MS) break;
      await target.cdp('Profiler.start', {}, { signal });
      await sleep(ms, undefined, { signal });
      const { profile } = await target.cdp<{ profile: unknown }>(
        'Profiler.stop',
        {},
        { signal, timeoutMs: FETCH_MS },
      );
      const slice = addCpuProfile(tree, profile);
      samples += slice.samples;
      durationNanos += slice.durationNanos;
      next = nextSlice(next, slice.samples, weight(profile));
    }
  } finally {
    // Stops what runs without asking for its result. Queued behind whatever the thread does, if need be.
    await off(target, 'Profiler.disable');
  }
  return { samples, durationNanos, notes: [] };
}

/** A domain off again; a target that cannot answer now does it when it can, and one that is gone needs not. */
export async function off(target: Target, method: string): Promise<void> {
  if (target.closed.aborted) return;
  await target.cdp(method, {}, { timeoutMs: 1000 }).catch(() => undefined);
}

/** Four times as long at most: one slice says little about a program that has just begun to do something else. */
function nextSlice(asked: number, samples: number, bytes: number): number {
  const affordable = samples > 0 ? (profileSliceBytes.value * samples) / Math.max(1, bytes) : asked;
  return Math.max(1, Math.min(affordable, 4 * asked, profileSliceSamples.value));
}

/** About what the JSON of a profile weighs; exact counting would cost as much as making it. */
function weight(profile: unknown): number {
  const { nodes, samples } = (profile ?? {}) as { nodes?: unknown; samples?: unknown };
  let bytes = Array.isArray(samples) ? samples.length * SAMPLE_BYTES : 0;
  if (!Array.isArray(nodes)) return bytes;
  for (const node of nodes) {
    const { url = '', functionName = '' } = (node?.callFrame ?? {}) as {
      url?: string;
      functionName?: string;
    };
    bytes += NODE_BYTES + String(url).length + String(functionName).length;
  }
  return bytes;
}
