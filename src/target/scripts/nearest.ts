/** For "did you mean": which of many names come nearest to what was typed. */

const MOST_COMPARED = 20_000;
const LONGEST = 64;

/** The nearest first, at most `most`; none when nothing is near. */
export function nearest(typed: string, names: Iterable<string>, most = 3): string[] {
  const wanted = typed.replaceAll('*', '').toLowerCase().slice(0, LONGEST);
  if (wanted.length < 2) return [];
  const scored = new Map<string, number>();
  let compared = 0;
  for (const name of names) {
    if (++compared > MOST_COMPARED) break;
    const score = Math.min(...forms(name).map((form) => distance(wanted, form)));
    if (score <= Math.max(1, wanted.length / 3)) scored.set(name, score);
  }
  return [...scored]
    .sort((a, b) => a[1] - b[1] || a[0].length - b[0].length)
    .slice(0, most)
    .map(([name]) => name);
}

/** `; did you mean cart.js?`, or nothing where no name is near. */
export function didYouMean(typed: string, names: Iterable<string>): string {
  const near = nearest(typed, names).filter((name) => name !== typed);
  return near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`;
}

/** A name is as near as its nearest part: `lib/cart.js` and `cart` are `cart.js`, `Cart.total` is `total`. */
function forms(name: string): string[] {
  const whole = name.toLowerCase();
  const base = whole.slice(whole.lastIndexOf('/') + 1);
  const stem = base.replace(/\.[a-z]+$/, '');
  const member = base.slice(
    Math.max(base.lastIndexOf('.'), base.lastIndexOf('#'), base.lastIndexOf(':')) + 1,
  );
  return [...new Set([whole, base, stem, member])];
}

/** Insertions, deletions, replacements and swaps of neighbours; a name that holds the other is half a step away. */
function distance(a: string, b: string): number {
  if (a === b) return 0;
  if (a.length >= 3 && b.includes(a)) return 0.5;
  if (b.length > LONGEST || Math.abs(a.length - b.length) > a.length / 3 + 1) return Number.POSITIVE_INFINITY;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const line = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      line[column] = Math.min(
        (last[column] as number) + 1,
        (line[column - 1] as number) + 1,
        (last[column - 1] as number) + (same ? 0 : 1),
        swapped ? (before[column - 2] as number) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    before = last;
    last = line;
  }
  return last[b.length] as number;
}
