import type { WorkerContext, WorkerFunction } from './functions.js';

/** What waits for an agent that reads slower than V8 writes; beyond it the snapshot is given up, not kept in here. */
const BACKLOG_BYTES = 48 * 1024 * 1024;
const CHUNK = 'HeapProfiler.addHeapSnapshotChunk';
const PROGRESS = 'HeapProfiler.reportHeapSnapshotProgress';
const PROGRESS_EVERY_MS = 250;

/** Is this event part of a snapshot, which goes its own way? */
export function isOfSnapshot(method: string): boolean {
  return method === CHUNK || method === PROGRESS;
}

/**
 * A heap snapshot, piece by piece as V8 writes it. The main thread stands still meanwhile and cannot be held back: what the
 * agent does not take in time is dropped, and then so is all the rest, since a snapshot with holes is none.
 */
export function heapSnapshotFunctions({ main, emit }: WorkerContext): Record<string, WorkerFunction> {
  let taking: { index: number; lost: boolean; ended: boolean } | undefined;
  let lastProgress = 0;
  main.onEvent((method, params) => {
    const now = performance.now();
    if (!taking || taking.lost || taking.ended) return;
    if (method === PROGRESS && now - lastProgress > PROGRESS_EVERY_MS) {
      lastProgress = now;
      const { done, total } = params as { done: number; total: number };
      emit('heapSnapshot.progress', { done, total });
    }
    if (method !== CHUNK) return;
    const { chunk } = params as { chunk: string };
    const sent = emit('heapSnapshot.chunk', { index: taking.index++, chunk }, BACKLOG_BYTES);
    if (!sent) taking.lost = true;
  });
  return {
    /** → `{chunks, lost}` when the last piece is on its way. */
    async heapSnapshot() {
      if (taking) throw new Error('a heap snapshot is being taken already');
      const mine = { index: 0, lost: false, ended: false };
      taking = mine;
      try {
        await main.post('HeapProfiler.takeHeapSnapshot', { reportProgress: true, captureNumericValue: true });
        return { chunks: mine.index, lost: mine.lost };
      } finally {
        taking = undefined;
        // What V8 remembers of the snapshot: the ids of all objects.
        await main.post('HeapProfiler.disable', {}).catch(() => undefined);
      }
    },
    /** The agent wants no more of it. V8 cannot be stopped; nothing is kept of what it still writes. */
    heapSnapshotGiveUp() {
      if (taking) taking.ended = true;
      return {};
    },
  };
}
