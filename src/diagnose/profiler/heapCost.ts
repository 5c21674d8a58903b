import type { MemoryHeadroom } from '../../target/index.js';
import { heapDumpBytes } from './limits.js';

/** What a heap snapshot will do to a process, before it is taken. */
export interface HeapCost {
  readonly heapBytes: number;
  /** How long its main thread will stand still. */
  readonly stallMs: number;
  /** How much more memory it will take meanwhile. */
  readonly memoryBytes: number;
  /** Of the file. */
  readonly fileBytes: number;
}

/** Measured on a heap of small objects: 70 s for 467 MB, 5.4 GB more memory, a file of 826 MB. */
const STALL_MS_PER_BYTE = 150_000 / 1024 ** 3;
const MEMORY_PER_BYTE = 10;
const FILE_PER_BYTE = 1.8;
/** Whatever the heap: V8 looks at its own objects, too. */
const LEAST_STALL_MS = 300;
const LEAST_MEMORY = 30 * 1024 * 1024;

export function heapCost(heapBytes: number): HeapCost {
  return {
    heapBytes,
    stallMs: Math.max(LEAST_STALL_MS, heapBytes * STALL_MS_PER_BYTE),
    memoryBytes: Math.max(LEAST_MEMORY, heapBytes * MEMORY_PER_BYTE),
    fileBytes: heapBytes * FILE_PER_BYTE,
  };
}

/** Why it should not be taken, undefined when nothing speaks against it; `--force` takes it all the same. */
export function heapObjection(
  cost: HeapCost,
  headroom: MemoryHeadroom,
  room: { readonly limit: number; readonly disk: number },
): 'heap-too-large' | 'memory-too-scarce' | 'disk-too-small' | undefined {
  if (cost.heapBytes > heapDumpBytes.value) return 'heap-too-large';
  if (cost.memoryBytes > headroom.bytes) return 'memory-too-scarce';
  return cost.fileBytes > Math.min(room.limit, room.disk) ? 'disk-too-small' : undefined;
}
