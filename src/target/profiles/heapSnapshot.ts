import type { Target } from '../types.js';
import { profileErrors } from './errors.js';

export interface SnapshotSink {
  /** In order; what it takes must be fast, or the snapshot is given up. */
  take(text: string): void;
  /** Objects that V8 has looked at. */
  progress(done: number, total: number): void;
}

/**
 * Lets V8 write a heap snapshot and hands its pieces on. The main thread stands still for all of it; an abort takes the
 * pieces away from us, but V8 goes on to its end.
 * @throws RemoraError `snapshot-incomplete`, `needs-worker`, or the target's
 */
export async function takeHeapSnapshot(
  target: Target,
  sink: SnapshotSink,
  options: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<void> {
  let next = 0;
  let broken = false;
  const leave = [
    target.onEvent('heapSnapshot.chunk', (data) => {
      const { index, chunk } = (data ?? {}) as { index?: unknown; chunk?: unknown };
      if (index !== next || typeof chunk !== 'string') broken = true;
      if (broken || options.signal.aborted) return;
      next += 1;
      sink.take(chunk as string);
    }),
    target.onEvent('heapSnapshot.progress', (data) => {
      const { done, total } = (data ?? {}) as { done?: unknown; total?: unknown };
      if (typeof done === 'number' && typeof total === 'number') sink.progress(done, total);
    }),
  ];
  try {
    const answer = await target.worker<{ chunks?: unknown; lost?: unknown }>('heapSnapshot', {}, options);
    if (broken || answer.lost === true || answer.chunks !== next) throw profileErrors.snapshotIncomplete();
  } catch (error) {
    if (!target.closed.aborted) target.worker('heapSnapshotGiveUp').catch(() => undefined);
    throw error;
  } finally {
    for (const off of leave) off();
  }
}

/** Bytes of the main thread's heap that are in use. */
export async function heapUsed(target: Target, signal: AbortSignal): Promise<number> {
  const { usedSize } = await target.cdp<{ usedSize?: unknown }>('Runtime.getHeapUsage', {}, { signal });
  return typeof usedSize === 'number' && usedSize > 0 ? usedSize : 0;
}
