import type { Style } from '../command.js';
import { fold, padEnd, padStart, textWidth } from './text.js';

export interface Column {
  readonly title: string;
  /** Default left. */
  readonly align?: 'left' | 'right';
  /** Never narrower than this while anything else can give way. Default 6. */
  readonly min?: number;
  /** Applied to each line of a cell, after its width was measured. */
  readonly paint?: (text: string, row: number) => string;
}

const GAP = '  ';
const DEFAULT_MIN = 6;

/**
 * A table that fits `width` columns: the widest columns give way first, and their cells fold over several lines.
 * Cells are plain text (colours by `paint`); no trailing blanks.
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  style: Style,
  width: number,
): string {
  const widths = fit(columns, rows, width - GAP.length * (columns.length - 1));
  const head = columns.map((column) => column.title);
  const lines = [
    ...line(columns, head, widths, (text) => style.bold(text)),
    ...rows.flatMap((row, index) =>
      line(columns, row, widths, (text, column) => column.paint?.(text, index) ?? text),
    ),
  ];
  return lines.join('\n');
}

function line(
  columns: readonly Column[],
  cells: readonly string[],
  widths: readonly number[],
  paint: (text: string, column: Column) => string,
): string[] {
  const folded = columns.map((_, index) => fold(cells[index] ?? '', widths[index] ?? 1));
  const height = Math.max(1, ...folded.map((cell) => cell.length));
  return Array.from({ length: height }, (_, at) => {
    const parts = columns.map((column, index) => {
      const text = folded[index]?.[at] ?? '';
      const columnWidth = widths[index] ?? 1;
      const painted = text === '' ? '' : paint(text, column);
      if (column.align === 'right') return padStart(painted, columnWidth);
      return index === columns.length - 1 ? painted : padEnd(painted, columnWidth);
    });
    return parts.join(GAP).trimEnd();
  });
}

/** Widths that add up to `room` at most, as far as the minima allow. */
function fit(columns: readonly Column[], rows: readonly (readonly string[])[], room: number): number[] {
  const widths = columns.map((column, index) =>
    rows.reduce((most, row) => Math.max(most, cellWidth(row[index] ?? '')), textWidth(column.title)),
  );
  const minima = columns.map((column, index) => Math.min(widths[index] ?? 1, column.min ?? DEFAULT_MIN));
  let excess = widths.reduce((sum, one) => sum + one, 0) - room;
  while (excess > 0) {
    const widest = widths.reduce(
      (best, one, index) => (one > (minima[index] ?? 1) && one > (widths[best] ?? 0) ? index : best),
      widths.findIndex((one, index) => one > (minima[index] ?? 1)),
    );
    if (widest < 0) break;
    // Down to the next widest at once: a very long cell would otherwise take a step per column.
    const next = Math.max(
      minima[widest] ?? 1,
      ...widths
        .map((one, index) => (index === widest ? 0 : one))
        .filter((one) => one < (widths[widest] ?? 0)),
    );
    const step = Math.max(1, Math.min(excess, (widths[widest] ?? 1) - next));
    widths[widest] = (widths[widest] ?? 1) - step;
    excess -= step;
  }
  return widths;
}

function cellWidth(text: string): number {
  return text.split('\n').reduce((most, one) => Math.max(most, textWidth(one)), 0);
}
