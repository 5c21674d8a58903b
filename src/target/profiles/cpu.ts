import { setTimeout as sleep } from 'node:timers/promises';
import { addCpuProfile, type StackTree } from '../../wire/index.js';
import type { Target } from '../types.js';
import { affordable, HARMLESS_SAMPLES, off, startCpu, stopCpu } from './cpuSampler.js';
import { profileSamples } from './limits.js';
import { mainThread, type ProfiledThread } from './thread.js';

export interface CpuOptions {
  readonly seconds: number;
  /** Samples per second. */
  readonly rate: number;
  readonly signal: AbortSignal;
}

/** What was seen. */
export interface Taken {
  readonly samples: number;
  readonly durationNanos: number;
}

export interface CpuTaken extends Taken {
  /** Samples per second that were asked for. */
  readonly rate: number;
}

const LOOK_SAMPLES = 20;
const SHORTEST_MS = 5;

/**
 * Samples the main thread. V8 gives a profile as one piece of JSON, which for a program of many deep stacks soon is
 * hundreds of megabytes: enough to end the probe's thread and the process with it. So a short look tells first how many
 * samples can be had. To take them piece by piece would be no way out: newer versions of V8 lose sight of compiled loops
 * when the profiler is started again.
 *
 * @throws RemoraError of the target; whatever happens the profiler is off afterwards
 */
export async function takeCpu(target: Target, tree: StackTree, options: CpuOptions): Promise<CpuTaken> {
  const thread = mainThread(target);
  const end = performance.now() + options.seconds * 1000;
  const left = (): number => Math.max(0, end - performance.now());
  let { rate } = options;
  try {
    await target.cdp('Profiler.enable', {}, { signal: options.signal });
    if (options.seconds * rate > HARMLESS_SAMPLES) {
      const look = await sample(thread, (LOOK_SAMPLES * 1000) / rate, rate, options.signal, false);
      const most = Math.min(profileSamples.value, affordable(look));
      rate = Math.max(1, Math.min(rate, (most * 1000) / Math.max(1, left())));
    }
    if (left() < SHORTEST_MS) return { samples: 0, durationNanos: 0, rate };
    const profile = await sample(thread, left(), rate, options.signal, true);
    return { ...addCpuProfile(tree, profile), rate };
  } finally {
    // Stops what runs without asking for its result. Queued behind whatever the thread does, if need be.
    await off(thread, 'Profiler.disable');
  }
}

async function sample(
  thread: ProfiledThread,
  ms: number,
  rate: number,
  signal: AbortSignal,
  fresh: boolean,
): Promise<unknown> {
  const began = performance.now();
  await startCpu(thread, rate, signal, fresh);
  await sleep(Math.max(0, ms - (performance.now() - began)), undefined, { signal });
  return await stopCpu(thread, signal);
}
