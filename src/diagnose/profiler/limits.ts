import { defineLimit } from '../../base/index.js';

export const profilerTextBytes = defineLimit({
  name: 'profiler-text-bytes',
  unit: 'bytes',
  default: 512 * 1024,
  summary: 'Text of a profile in the answer of `profiler` itself; the file has all of it',
});
export const profilerRate = defineLimit({
  name: 'profiler-rate',
  unit: 'per second',
  default: 1000,
  summary:
    'Samples per second that `profiler -i` may ask for; 1000 cost a busy thread up to half of its speed',
});
export const flameNodes = defineLimit({
  name: 'flame-graph-nodes',
  unit: 'count',
  default: 200_000,
  summary: 'Functions in one flame graph; the narrowest are left out, and the page says how many',
});
export const heapDumpBytes = defineLimit({
  name: 'heap-dump-bytes',
  unit: 'bytes',
  default: 100 * 1024 * 1024,
  summary: 'A heap larger than this is dumped by `heapdump --force` only: the process stands still meanwhile',
});
export const heapDumpWait = defineLimit({
  name: 'heap-dump-wait',
  unit: 's',
  default: 1800,
  summary: 'How long `heapdump` waits for a process to write its snapshot',
});

export const profilerFinish = defineLimit({
  name: 'profiler-finish',
  unit: 'ms',
  default: 4000,
  summary: 'How long an interrupted `profiler start --wait` may take to write what it has seen',
});
