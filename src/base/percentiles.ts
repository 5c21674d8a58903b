/** What so many of the numbers are at most: 99.9 of a hundred for `p999`. */
export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
}

/** As the first generation of Pegasus counts them (wire/pegasus-http.md 7.2). */
const KEPT = 5000;
const RECOMPUTE_MS = 10_000;
const NOTHING: Percentiles = { p50: 0, p90: 0, p95: 0, p99: 0, p999: 0 };

/** The last 5000 numbers recorded, and their percentiles as of at most ten seconds ago. */
export class PercentileWindow {
  readonly name: string;
  readonly description: string;
  readonly #now: () => number;
  readonly #kept = new Float64Array(KEPT);
  #recorded = 0;
  #computedOf = 0;
  #computedAt = Number.NEGATIVE_INFINITY;
  #last = NOTHING;

  constructor(name: string, description: string, now: () => number) {
    this.name = name;
    this.description = description;
    this.#now = now;
  }

  record(value: number): void {
    this.#kept[this.#recorded++ % KEPT] = value;
  }

  read(): Percentiles {
    const now = this.#now();
    // What was computed stays as long as nothing new is recorded.
    if (this.#recorded === this.#computedOf || now - this.#computedAt < RECOMPUTE_MS) return this.#last;
    const sorted = this.#kept.slice(0, Math.min(this.#recorded, KEPT)).sort();
    const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? 0;
    this.#last = { p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99), p999: at(0.999) };
    this.#computedOf = this.#recorded;
    this.#computedAt = now;
    return this.#last;
  }
}
