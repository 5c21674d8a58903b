import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from '../../target/index.js';
import { addCpuProfile, type StackTree } from '../../wire/index.js';
import { profileBytes, profileSamples } from '../limits.js';

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

/** So many weigh little enough whatever the program does, and tell what more would weigh. */
const LOOK_SAMPLES = 20;
const HARMLESS_SAMPLES = 300;
const NODE_BYTES = 180;
const SAMPLE_BYTES = 16;
/** A thread that comes back from native code within this still gets its profile. */
const FETCH_MS = 30_000;
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
  const end = performance.now() + options.seconds * 1000;
  const left = (): number => Math.max(0, end - performance.now());
  let { rate } = options;
  try {
    await target.cdp('Profiler.enable', {}, { signal: options.signal });
    if (options.seconds * rate > HARMLESS_SAMPLES) {
      const look = await sample(target, (LOOK_SAMPLES * 1000) / rate, rate, options.signal);
      const most = Math.min(profileSamples.value, affordable(look));
      rate = Math.max(1, Math.min(rate, (most * 1000) / Math.max(1, left())));
    }
    if (left() < SHORTEST_MS) return { samples: 0, durationNanos: 0, rate };
    const profile = await sample(target, left(), rate, options.signal, true);
    return { ...addCpuProfile(tree, profile), rate };
  } finally {
    // Stops what runs without asking for its result. Queued behind whatever the thread does, if need be.
    await off(target, 'Profiler.disable');
  }
}

async function sample(
  target: Target,
  ms: number,
  rate: number,
  signal: AbortSignal,
  fresh = false,
): Promise<unknown> {
  const began = performance.now();
  await target.cdp('Profiler.setSamplingInterval', { interval: Math.round(1e6 / rate) }, { signal });
  await target.cdp('Profiler.start', {}, { signal });
  if (fresh) await compileAnew(target, signal);
  await sleep(Math.max(0, ms - (performance.now() - began)), undefined, { signal });
  const options = { signal, timeoutMs: FETCH_MS };
  return (await target.cdp<{ profile: unknown }>('Profiler.stop', {}, options)).profile;
}

/** Versions whose V8 counts for its caller a loop that was compiled while no profiler ran. */
const LOSES_LOOPS_SINCE = 23;
const COLLECTS_COVERAGE = 'Boolean(globalThis.process?.env?.NODE_V8_COVERAGE)';

/**
 * Lets V8 drop what it has compiled, by turning coverage on and off: what is hot is compiled anew within moments, this
 * time under the eyes of the profiler. Not where the program collects its own coverage, which this would reset.
 */
async function compileAnew(target: Target, signal: AbortSignal): Promise<void> {
  const major = Number.parseInt(target.process.nodeVersion, 10);
  if (major < LOSES_LOOPS_SINCE) return;
  const { result } = await target.cdp<{ result?: { value?: unknown } }>(
    'Runtime.evaluate',
    { expression: COLLECTS_COVERAGE, returnByValue: true, silent: true },
    { signal },
  );
  if (result?.value !== false) return;
  await target.cdp('Profiler.startPreciseCoverage', { callCount: false, detailed: false }, { signal });
  await target.cdp('Profiler.stopPreciseCoverage', {}, { signal });
}

/** A domain off again; a target that cannot answer now does it when it can, and one that is gone needs not. */
export async function off(target: Target, method: string): Promise<void> {
  if (target.closed.aborted) return;
  await target.cdp(method, {}, { timeoutMs: 1000 }).catch(() => undefined);
}

/** How many samples like those of a look may be taken. */
function affordable(look: unknown): number {
  const { samples } = (look ?? {}) as { samples?: unknown };
  const count = Array.isArray(samples) ? samples.length : 0;
  return count > 0 ? (profileBytes.value * count) / weight(look) : HARMLESS_SAMPLES;
}

/** About what the JSON of a profile weighs; exact counting would cost as much as making it. */
function weight(profile: unknown): number {
  const { nodes, samples } = (profile ?? {}) as { nodes?: unknown; samples?: unknown };
  let bytes = 1 + (Array.isArray(samples) ? samples.length * SAMPLE_BYTES : 0);
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
