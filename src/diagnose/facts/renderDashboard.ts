import type { Result, Style } from '../command.js';
import { formatDuration, renderKeyValue, renderTable } from '../render/index.js';
import type { ThreadRow } from '../threadRows.js';
import { renderMemoryInfo } from './memoryInfo.js';

/** Threads shown to people; the result has all. */
const SHOWN_THREADS = 12;

interface GcRow {
  readonly name: string;
  readonly collectionCount: number;
  readonly collectionTime: number;
}

interface RuntimeRow {
  readonly osName: string;
  readonly osVersion: string;
  readonly nodeVersion: string;
  readonly v8Version: string;
  readonly javaHome: string;
  readonly systemLoadAverage: number;
  readonly processors: number;
  readonly uptime: number;
}

interface LoopRow {
  readonly answered: boolean;
  readonly windowMs: number;
  readonly utilization: number;
  readonly lagP50Ms?: number;
  readonly lagP99Ms?: number;
  readonly lagMaxMs?: number;
}

export function renderDashboard(result: Result, style: Style, width: number): string {
  return [
    renderThreads(result.threads as readonly ThreadRow[], style, width),
    renderMemoryInfo(result.memoryInfo, style, width),
    renderCollections(result.gcInfos as readonly GcRow[], style, width),
    renderLoop(result.eventLoop as LoopRow, style, width),
    renderRuntime(result.runtimeInfo as RuntimeRow, style, width),
  ].join('\n\n');
}

function renderThreads(threads: readonly ThreadRow[], style: Style, width: number): string {
  const right = { align: 'right' as const };
  const columns = [
    { title: 'ID', ...right },
    { title: 'NAME', min: 12, paint: style.cyan },
    { title: 'STATE', min: 10 },
    { title: '%CPU', ...right },
    { title: 'DELTA_MS', ...right },
    { title: 'TIME', ...right },
    { title: 'DAEMON' },
  ];
  const rows = threads
    .slice(0, SHOWN_THREADS)
    .map((row) => [
      String(row.id),
      row.name,
      row.state,
      row.cpu.toFixed(2),
      String(row.deltaTime),
      `${(row.time / 1000).toFixed(2)}s`,
      String(row.daemon),
    ]);
  const table = renderTable(columns, rows, style, width);
  const more = threads.length - rows.length;
  return more > 0 ? `${table}\n${style.dim(`... ${more} more`)}` : table;
}

function renderCollections(rows: readonly GcRow[], style: Style, width: number): string {
  const columns = [
    { title: 'GC (since this dashboard began)', min: 20 },
    { title: 'COUNT', align: 'right' as const },
    { title: 'TIME_MS', align: 'right' as const },
  ];
  const cells = rows.map((row) => [row.name, String(row.collectionCount), String(row.collectionTime)]);
  return renderTable(columns, cells, style, width);
}

function renderLoop(loop: LoopRow, style: Style, width: number): string {
  const ms = (value: number | undefined) => (value === undefined ? undefined : `${value} ms`);
  const table = renderKeyValue(
    [
      ['EVENT LOOP', `${(loop.utilization * 100).toFixed(2)}% used of ${formatDuration(loop.windowMs)}`],
      ['LAG p50', ms(loop.lagP50Ms)],
      ['LAG p99', ms(loop.lagP99Ms)],
      ['LAG max', ms(loop.lagMaxMs)],
    ],
    style,
    width,
  );
  if (loop.answered) return table;
  return `${table}\n${style.yellow('The main thread did not answer: all but the threads is of the last time it did.')}`;
}

function renderRuntime(runtime: RuntimeRow, style: Style, width: number): string {
  return renderKeyValue(
    [
      ['NODE', `${runtime.nodeVersion}, V8 ${runtime.v8Version}`],
      ['EXECUTABLE', runtime.javaHome],
      ['SYSTEM', `${runtime.osName} ${runtime.osVersion}, ${runtime.processors} processors`],
      ['LOAD', runtime.systemLoadAverage.toFixed(2)],
      ['UPTIME', formatDuration(runtime.uptime * 1000)],
    ],
    style,
    width,
  );
}
