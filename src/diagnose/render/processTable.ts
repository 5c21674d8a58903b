import type { ProcessInfo } from '../../target/index.js';
import type { Style } from '../command.js';
import { type Column, renderTable } from './table.js';
import { textWidth, visible } from './text.js';
import { formatBytes, formatDuration } from './units.js';

interface Field extends Column {
  /** On a narrow terminal columns go in this order, lowest first; without it a column always stays. */
  readonly drop?: number;
  text(process: ProcessInfo): string;
}

/** As wide as its longest cell: a folded number cannot be read. */
const WHOLE = Number.MAX_SAFE_INTEGER;
const UNLIMITED = 10_000;

/** All processes, a line each, folded to `width` columns; undefined = as wide as it needs. */
export function processTable(
  processes: readonly ProcessInfo[],
  width: number | undefined,
  style: Style,
): string {
  let fields = allFields(processes, style);
  const rows = (of: readonly Field[]) =>
    processes.map((process) => of.map((field) => visible(field.text(process)).replace(/\s+/g, ' ')));
  for (;;) {
    const text = renderTable(fields, rows(fields), style, width ?? UNLIMITED);
    if (width === undefined || longestLine(text) <= width) return text;
    const [next] = fields
      .filter((field) => field.drop !== undefined)
      .sort((a, b) => (a.drop ?? 0) - (b.drop ?? 0));
    if (!next) return text;
    fields = fields.filter((field) => field !== next);
  }
}

function allFields(processes: readonly ProcessInfo[], style: Style): Field[] {
  const paintState = (text: string, row: number) => {
    const process = processes[row];
    if (process?.attached) return style.cyan(text);
    return process?.attachable ? style.green(text) : style.dim(text);
  };
  return [
    { title: 'PID', align: 'right', min: WHOLE, text: ({ pid }) => String(pid) },
    { title: 'USER', min: 8, drop: 3, text: ({ user }) => user },
    { title: 'NAME', min: 14, paint: style.bold, text: ({ name }) => name },
    { title: 'NODE', min: WHOLE, drop: 5, text: ({ nodeVersion }) => nodeVersion || '?' },
    {
      title: 'UPTIME',
      align: 'right',
      min: WHOLE,
      drop: 6,
      text: ({ uptimeMs }) => formatDuration(uptimeMs),
    },
    { title: 'CPU%', align: 'right', min: WHOLE, drop: 7, text: ({ cpuPercent }) => cpuPercent.toFixed(1) },
    { title: 'RSS', align: 'right', min: WHOLE, drop: 4, text: ({ rssBytes }) => formatBytes(rssBytes) },
    { title: 'CONTAINER', min: 12, drop: 1, text: ({ container }) => container?.slice(0, 12) ?? '-' },
    { title: 'INSPECTOR', min: 15, drop: 2, text: inspectorText },
    { title: 'ATTACHABLE', min: 16, paint: paintState, text: attachText },
  ];
}

function inspectorText({ inspector }: ProcessInfo): string {
  return inspector.state === 'open' ? `${inspector.host}:${inspector.port}` : 'closed';
}

function attachText(process: ProcessInfo): string {
  if (process.attached) return 'attached';
  if (process.attachable) return 'yes';
  return process.reason ? `no: ${process.reason}` : 'no';
}

function longestLine(text: string): number {
  return Math.max(...text.split('\n').map(textWidth));
}
