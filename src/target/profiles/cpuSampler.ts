import { profileBytes } from './limits.js';
import type { ProfiledThread } from './thread.js';

/** So many weigh little enough whatever the program does, and tell what more would weigh. */
export const HARMLESS_SAMPLES = 300;
const NODE_BYTES = 180;
const SAMPLE_BYTES = 16;
/** A thread that comes back from native code within this still gets its profile. */
const FETCH_MS = 30_000;
/** Versions whose V8 counts for its caller a loop that was compiled while no profiler ran. */
const LOSES_LOOPS_SINCE = 23;
const COLLECTS_COVERAGE = 'Boolean(globalThis.process?.env?.NODE_V8_COVERAGE)';

/** Begins to sample. `fresh`: for a profile that is kept, not only looked at. The domain has to be on. */
export async function startCpu(
  thread: ProfiledThread,
  rate: number,
  signal: AbortSignal,
  fresh: boolean,
): Promise<void> {
  await thread.cdp('Profiler.setSamplingInterval', { interval: Math.round(1e6 / rate) }, { signal });
  await thread.cdp('Profiler.start', {}, { signal });
  if (fresh) await compileAnew(thread, signal);
}

/** Ends it, and gives what V8 hands over in one piece. */
export async function stopCpu(thread: ProfiledThread, signal?: AbortSignal): Promise<unknown> {
  const options = { signal, timeoutMs: FETCH_MS };
  return (await thread.cdp<{ profile: unknown }>('Profiler.stop', {}, options)).profile;
}

/**
 * Lets V8 drop what it has compiled, by turning coverage on and off: what is hot is compiled anew within moments, this
 * time under the eyes of the profiler. Not where the program collects its own coverage, which this would reset.
 */
async function compileAnew(thread: ProfiledThread, signal: AbortSignal): Promise<void> {
  if (thread.major < LOSES_LOOPS_SINCE) return;
  const { result } = await thread.cdp<{ result?: { value?: unknown } }>(
    'Runtime.evaluate',
    { expression: COLLECTS_COVERAGE, returnByValue: true, silent: true, timeout: 1000 },
    { signal },
  );
  if (result?.value !== false) return;
  await thread.cdp('Profiler.startPreciseCoverage', { callCount: false, detailed: false }, { signal });
  await thread.cdp('Profiler.stopPreciseCoverage', {}, { signal });
}

/** A domain off again; a thread that cannot answer now does it when it can, and one that is gone needs not. */
export async function off(thread: ProfiledThread, method: string): Promise<void> {
  if (thread.closed.aborted) return;
  await thread.cdp(method, {}, { timeoutMs: 1000 }).catch(() => undefined);
}

/** How many samples like those of a profile may be taken in one piece. */
export function affordable(look: unknown): number {
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
