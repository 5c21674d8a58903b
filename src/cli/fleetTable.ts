import { type Column, renderTable, visible } from '../diagnose/render/index.js';
import type { CliContext } from './context.js';

const UNLIMITED = 10_000;

/** A column, and what stands in it. */
export interface FleetColumn<T> extends Column {
  text(row: T): string;
}

/** Prints a table, or a line that says there is nothing. Names and texts are other people's: made harmless. */
export async function printTable<T>(
  { terminal }: CliContext,
  columns: readonly FleetColumn<T>[],
  rows: readonly T[],
  nothing: string,
): Promise<void> {
  if (rows.length === 0) {
    terminal.note(nothing);
    return;
  }
  const cells = rows.map((row) =>
    columns.map((column) => visible(column.text(row)).replace(/\s+/g, ' ') || '-'),
  );
  await terminal.print(renderTable(columns, cells, terminal.style, terminal.foldWidth ?? UNLIMITED));
}

/** Facts of one thing, a line each. */
export async function printFacts(
  { terminal }: CliContext,
  facts: readonly (readonly [name: string, value: string])[],
): Promise<void> {
  const width = Math.max(...facts.map(([name]) => name.length));
  for (const [name, value] of facts) {
    await terminal.print(
      `${terminal.style.bold(name.padEnd(width))}  ${visible(value).replace(/\s+/g, ' ') || '-'}`,
    );
  }
}

export function tagText(tags: readonly { readonly name: string; readonly value: string }[]): string {
  return tags.map(({ name, value }) => `${name}=${value}`).join(', ');
}
