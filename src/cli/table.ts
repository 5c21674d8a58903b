import { stripVTControlCharacters } from 'node:util';
import { safeText } from './safeText.js';

export interface Column {
  readonly title: string;
  readonly right?: boolean;
  /** May be cut down to this many characters when the table is too wide. */
  readonly shrinkTo?: number;
  /** Where cutting is not enough, columns go in this order, lowest first; without it a column always stays. */
  readonly drop?: number;
  /** Colours a whole cell, after it was cut. */
  readonly paint?: (text: string, row: number) => string;
}

const GAP = '  ';

/**
 * Lines of a table, each at most `width` characters where that can be done; undefined = as wide as it needs.
 * Cells hold no colours; control characters are made visible.
 */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number | undefined,
  paintTitle: (text: string) => string,
): string[] {
  const cells = rows.map((row) => row.map((cell) => safeText(stripVTControlCharacters(cell)).replace(/\s+/g, ' ')));
  const natural = columns.map((column, index) =>
    Math.max(column.title.length, ...cells.map((row) => textWidth(row[index] ?? ''))),
  );
  const widths = fit(columns, natural, width);
  const line = (row: readonly string[], paint: (text: string, index: number) => string) =>
    columns
      .flatMap((column, index) => {
        const space = widths[index] ?? 0;
        if (space === 0) return [];
        const text = cut(row[index] ?? '', space);
        const pad = ' '.repeat(space - textWidth(text));
        return [column.right ? pad + paint(text, index) : paint(text, index) + pad];
      })
      .join(GAP)
      .trimEnd();
  return [
    line(
      columns.map((column) => column.title),
      paintTitle,
    ),
    ...cells.map((row, number) => line(row, (text, index) => columns[index]?.paint?.(text, number) ?? text)),
  ];
}

/** Widths of the columns; 0 = left out. */
function fit(columns: readonly Column[], natural: readonly number[], width: number | undefined): number[] {
  const widths = [...natural];
  if (width === undefined) return widths;
  const droppable = columns
    .map((column, index) => ({ index, order: column.drop ?? Number.POSITIVE_INFINITY }))
    .filter(({ order }) => Number.isFinite(order))
    .sort((a, b) => a.order - b.order);
  for (;;) {
    shrink(columns, widths, width);
    const next = overflow(widths, width) > 0 ? droppable.shift() : undefined;
    if (!next) return widths;
    // What was cut for the sake of the dropped column gets its room back.
    const dropped = new Set(widths.flatMap((value, index) => (value === 0 ? [index] : [])).concat(next.index));
    natural.forEach((value, index) => {
      widths[index] = dropped.has(index) ? 0 : value;
    });
  }
}

function overflow(widths: readonly number[], width: number): number {
  const shown = widths.filter((value) => value > 0);
  return shown.reduce((sum, value) => sum + value, 0) + GAP.length * (shown.length - 1) - width;
}

/** Takes from the widest shrinkable column until the line fits or nothing can be taken. */
function shrink(columns: readonly Column[], widths: number[], width: number): void {
  for (let excess = overflow(widths, width); excess > 0; excess--) {
    let widest = -1;
    columns.forEach((column, index) => {
      const value = widths[index] ?? 0;
      const least = column.shrinkTo ?? value;
      if (value > least && value > (widths[widest] ?? 0)) widest = index;
    });
    if (widest < 0) return;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
}

function cut(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let kept = '';
  let used = 1;
  for (const character of text) {
    used += characterWidth(character);
    if (used > width) break;
    kept += character;
  }
  return `${kept}…`;
}

/** Columns that a text takes on a terminal. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

function characterWidth(character: string): number {
  if (/^[\x20-\x7e]$/.test(character)) return 1;
  if (/^[\p{Mn}\p{Me}\p{Cf}]$/u.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
