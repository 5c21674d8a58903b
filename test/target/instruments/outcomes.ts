/** The table of the matrix: by kind and format the instrument, or one by Node where they differ. */
import type { Examination } from './examine.js';
import { zooFormats } from './zoo.js';

export type Outcome = string | Readonly<Record<string, string>>;
export type Outcomes = Readonly<Record<string, Readonly<Record<string, Outcome>>>>;

/** `seen` by `FORMAT NODE`. */
export function recorded(seen: ReadonlyMap<string, Examination>): Outcomes {
  // No object with members of its own: a kind may be named like one of them.
  const table: Record<string, Record<string, Outcome>> = Object.create(null);
  for (const format of zooFormats) {
    const byKind = new Map<string, Record<string, string>>();
    for (const [name, { rows }] of seen) {
      const [own, node = ''] = name.split(' ');
      if (own !== format) continue;
      for (const { kind, outcome } of rows) {
        const byNode = byKind.get(kind) ?? {};
        byNode[node] = outcome;
        byKind.set(kind, byNode);
      }
    }
    for (const [kind, byNode] of byKind) {
      const different = new Set(Object.values(byNode));
      const row = table[kind] ?? {};
      row[format] = different.size === 1 ? ([...different][0] ?? '') : sorted(byNode);
      table[kind] = row;
    }
  }
  return table;
}

function sorted(byNode: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(byNode).sort(([a], [b]) => Number(a) - Number(b)));
}
