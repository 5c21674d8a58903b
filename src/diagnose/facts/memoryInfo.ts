import type { MemoryFacts } from '../../target/index.js';
import type { Style } from '../command.js';
import { formatBytes, renderTable } from '../render/index.js';

/** Bytes. `max` -1 = none known. */
export interface MemoryEntry {
  readonly type: 'heap' | 'nonheap' | 'buffer_pool';
  readonly name: string;
  readonly used: number;
  readonly total: number;
  readonly max: number | bigint;
}

/** What the reference says of a buffer pool, which has no bound: the smallest long (wire/arthas.md 3.2). */
const POOL_MAX = -(2n ** 63n);
const UNKNOWN = -1;

/** The data map `memoryInfo` of wire/arthas.md 3.2; the first of `heap` and `nonheap` is the sum. */
export function memoryInfo(facts: MemoryFacts): Map<string, readonly MemoryEntry[]> {
  const heap = (name: string, used: number, total: number, max = UNKNOWN): MemoryEntry => {
    return { type: 'heap', name, used, total, max };
  };
  const nonheap = (name: string, used: number, total = used): MemoryEntry => {
    return { type: 'nonheap', name, used, total, max: UNKNOWN };
  };
  const pool = (name: string, used: number): MemoryEntry => {
    return { type: 'buffer_pool', name, used, total: used, max: POOL_MAX };
  };
  return new Map([
    [
      'heap',
      [
        heap('heap', facts.heapUsed, facts.heapTotal, facts.heapLimit),
        ...facts.spaces.map(({ name, used, total }) => heap(name.toLowerCase(), used, total)),
      ],
    ],
    [
      'nonheap',
      [
        nonheap('nonheap', Math.max(0, facts.rss - facts.heapResident)),
        nonheap('v8_malloced', facts.malloced),
        nonheap('v8_global_handles', facts.globalHandles.used, facts.globalHandles.total),
      ],
    ],
    ['buffer_pool', [pool('external', facts.external), pool('array_buffers', facts.arrayBuffers)]],
  ]);
}

export const MEMORY_INFO_DOC = {
  name: 'memoryInfo',
  type: '{heap[],nonheap[],buffer_pool[]}',
  summary:
    'Entries `{type,name,used,total,max}` in bytes. `heap`: V8, then its spaces (`max` -1 = none known). `nonheap`: resident memory outside the V8 heap, then what V8 has in it. `buffer_pool`: `external`, of which `array_buffers` is a part',
} as const;

/** A table as the reference's terminal has it. */
export function renderMemoryInfo(info: unknown, style: Style, width: number): string {
  const entries = Object.values(info as Record<string, readonly MemoryEntry[]>).flat();
  const size = (bytes: number | bigint) => (bytes < 0 ? '-' : formatBytes(Number(bytes)));
  const columns = [
    {
      title: 'MEMORY',
      min: 16,
      paint: (text: string, at: number) => (isSum(entries[at]) ? style.bold(text) : text),
    },
    { title: 'USED', align: 'right' as const },
    { title: 'TOTAL', align: 'right' as const },
    { title: 'MAX', align: 'right' as const },
    { title: 'USAGE', align: 'right' as const },
  ];
  const rows = entries.map((entry) => {
    const { name, used, total, max } = entry;
    const most = max > 0 ? Number(max) : total;
    const usage = most > 0 ? `${((used / most) * 100).toFixed(2)}%` : '-';
    return [isSum(entry) ? name : `  ${name}`, size(used), size(total), size(max), usage];
  });
  return renderTable(columns, rows, style, width);
}

function isSum(entry: MemoryEntry | undefined): boolean {
  return entry !== undefined && entry.name === entry.type;
}
