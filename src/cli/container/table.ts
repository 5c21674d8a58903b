import type { ContainerEntry } from '../../client/index.js';
import type { Style } from '../../diagnose/index.js';
import { type Column, formatDuration, renderTable, textWidth, visible } from '../../diagnose/render/index.js';
import { signalName } from './signals.js';

interface Field extends Column {
  /** On a narrow terminal columns go in this order, lowest first; without it a column always stays. */
  readonly drop?: number;
  text(entry: ContainerEntry): string;
}

/** As wide as its longest cell: a folded number cannot be read. */
const WHOLE = Number.MAX_SAFE_INTEGER;
const UNLIMITED = 10_000;

/** A line for each container, folded to `width` columns; undefined = as wide as it needs. */
export function containerTable(
  entries: readonly ContainerEntry[],
  width: number | undefined,
  style: Style,
  now = Date.now(),
): string {
  let fields = allFields(entries, style, now);
  const rows = (of: readonly Field[]) =>
    entries.map((entry) => of.map((field) => visible(field.text(entry)).replace(/\s+/g, ' ')));
  for (;;) {
    const text = renderTable(fields, rows(fields), style, width ?? UNLIMITED);
    if (width === undefined || Math.max(...text.split('\n').map(textWidth)) <= width) return text;
    const [next] = fields
      .filter((field) => field.drop !== undefined)
      .sort((a, b) => (a.drop ?? 0) - (b.drop ?? 0));
    if (!next) return text;
    fields = fields.filter((field) => field !== next);
  }
}

function allFields(entries: readonly ContainerEntry[], style: Style, now: number): Field[] {
  const paintState = (text: string, row: number) => {
    const entry = entries[row];
    if (entry?.end) return entry.end.exitCode === 0 ? style.dim(text) : style.red(text);
    return entry?.state === 'running' ? style.green(text) : style.yellow(text);
  };
  return [
    { title: 'CONTAINER', min: 12, paint: style.bold, text: ({ id }) => id },
    { title: 'STATE', min: WHOLE, paint: paintState, text: stateText },
    { title: 'PID', align: 'right', min: WHOLE, drop: 4, text: ({ pid }) => String(pid ?? '-') },
    { title: 'TTY', min: WHOLE, drop: 1, text: ({ tty }) => (tty === undefined ? '-' : tty ? 'yes' : 'no') },
    { title: 'COMMAND', min: 10, text: ({ command }) => command ?? '-' },
    { title: 'USER', min: 8, drop: 2, text: ({ user }) => user || '-' },
    {
      title: 'AGE',
      align: 'right',
      min: WHOLE,
      drop: 3,
      text: ({ startTime }) => (startTime === undefined ? '-' : formatDuration(now - startTime)),
    },
  ];
}

function stateText({ state, end, class: kind }: ContainerEntry): string {
  if (!end) return kind === 'debug' && state === 'running' ? 'session' : (state ?? 'running');
  if (end.signal !== undefined) return `killed ${signalName(end.signal)}`;
  return end.exitCode === undefined ? 'ended' : `exited ${end.exitCode}`;
}
