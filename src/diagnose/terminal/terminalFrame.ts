/** What a console of the reference sends (wire/arthas.md 4.2). */
export type TerminalFrame =
  | { readonly action: 'read'; readonly data: string }
  | { readonly action: 'resize'; readonly columns: number; readonly rows: number };

/** Beyond it a line is laid out for nobody. */
const MOST_CELLS = 1000;
const FEWEST_COLUMNS = 20;

/** Undefined for whatever is no frame: the reference ignores it. */
export function parseTerminalFrame(text: string): TerminalFrame | undefined {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof frame !== 'object' || frame === null) return undefined;
  const { action, data, cols, rows } = frame as Record<string, unknown>;
  if (action === 'read') return typeof data === 'string' ? { action, data } : undefined;
  if (action !== 'resize' || !isSize(cols) || !isSize(rows)) return undefined;
  return {
    action,
    columns: Math.min(MOST_CELLS, Math.max(FEWEST_COLUMNS, cols)),
    rows: Math.min(MOST_CELLS, rows),
  };
}

function isSize(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0;
}
