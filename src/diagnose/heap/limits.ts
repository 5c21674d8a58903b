import { defineLimit } from '../../base/index.js';

export const heapSearchBytes = defineLimit({
  name: 'heap-search-bytes',
  unit: 'bytes',
  default: 100 * 1024 * 1024,
  summary:
    'Heap in use above which vmtool, logger --heap and getstatic --heap refuse to search all of it (up to 25 ms of the main thread a megabyte), unless --force.',
});

export const heapSnapshotBytes = defineLimit({
  name: 'heap-analyze-bytes',
  unit: 'bytes',
  default: 32 * 1024 * 1024,
  summary:
    'Heap in use above which vmtool refuses to take the snapshot that heapAnalyze and referenceAnalyze need (up to 130 ms of the main thread and 14 bytes of memory for a byte of heap), unless --force.',
});

export const heapCallMs = defineLimit({
  name: 'heap-call-ms',
  unit: 'ms',
  default: 120_000,
  summary: 'How long a search of the heap, a collection or a snapshot is waited for.',
});

export const snapshotNodes = defineLimit({
  name: 'heap-analyze-nodes',
  unit: 'count',
  default: 20_000_000,
  summary: 'Objects of a heap snapshot that the agent reads (some 30 bytes of its memory each).',
});

export const snapshotEdges = defineLimit({
  name: 'heap-analyze-edges',
  unit: 'count',
  default: 80_000_000,
  summary: 'References of a heap snapshot that the agent reads (9 bytes of its memory each).',
});
