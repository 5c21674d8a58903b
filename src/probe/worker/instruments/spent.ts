/** As long as the longest budget looks back. */
const KEPT_MS = 60_000;

/** What was spent when, in nanoseconds. */
export class Spent {
  readonly #entries: { readonly at: number; readonly nanos: number }[] = [];

  add(at: number, nanos: number): void {
    while (this.#entries.length > 0 && (this.#entries[0]?.at ?? 0) < at - KEPT_MS) this.#entries.shift();
    if (nanos > 0) this.#entries.push({ at, nanos });
  }

  /** Later than `from`. */
  since(from: number): number {
    let sum = 0;
    for (let index = this.#entries.length - 1; index >= 0; index--) {
      const entry = this.#entries[index] as { at: number; nanos: number };
      if (entry.at <= from) break;
      sum += entry.nanos;
    }
    return sum;
  }

  /** Share of one core over the last `ms`, or over the time there is. */
  over(now: number, ms: number): number {
    const [first] = this.#entries;
    const known = first ? now - Math.max(now - ms, first.at) + 100 : ms;
    return this.since(now - ms) / 1e6 / Math.min(ms, known);
  }

  clear(): void {
    this.#entries.length = 0;
  }
}
