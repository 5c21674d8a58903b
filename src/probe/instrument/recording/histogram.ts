const { clz32 } = Math;

/** Steps of each power of two: the widest spans a sixteenth of its value. */
const STEPS = 16;
const STEP_BITS = 4;
const TWO_32 = 4294967296;
/** Up to 2^48 ns, three days. */
const BUCKETS = (48 - STEP_BITS + 1) * STEPS;

export interface Summary {
  readonly total: number;
  readonly success: number;
  readonly failed: number;
  /** Sum, milliseconds, like the others. */
  readonly cost: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Durations in buckets that widen with their value: a percentile is off by a thirty-second of it, at most. */
export class Histogram {
  readonly #counts = new Float64Array(BUCKETS);
  #total = 0;
  #failed = 0;
  #sum = 0;
  #max = 0;

  add(nanos: number, failed: boolean): void {
    this.#total += 1;
    if (failed) this.#failed += 1;
    this.#sum += nanos;
    if (nanos > this.#max) this.#max = nanos;
    this.#counts[bucketOf(nanos)]! += 1;
  }

  get isEmpty(): boolean {
    return this.#total === 0;
  }

  /** What was added since the last time. */
  take(): Summary {
    const summary: Summary = {
      total: this.#total,
      success: this.#total - this.#failed,
      failed: this.#failed,
      cost: this.#sum / 1e6,
      p50: this.#percentile(0.5) / 1e6,
      p95: this.#percentile(0.95) / 1e6,
      p99: this.#percentile(0.99) / 1e6,
      max: this.#max / 1e6,
    };
    for (let index = 0; index < BUCKETS; index++) this.#counts[index] = 0;
    this.#total = 0;
    this.#failed = 0;
    this.#sum = 0;
    this.#max = 0;
    return summary;
  }

  #percentile(share: number): number {
    let left = Math.ceil(this.#total * share);
    if (left === 0) return 0;
    for (let index = 0; index < BUCKETS; index++) {
      left -= this.#counts[index] as number;
      if (left <= 0) return Math.min(middleOf(index), this.#max);
    }
    return this.#max;
  }
}

function bucketOf(nanos: number): number {
  if (!(nanos >= STEPS)) return nanos > 0 ? nanos | 0 : 0;
  if (nanos < TWO_32) return bucketOf32(nanos, 0);
  const high = Math.floor(nanos / 65536);
  return high < TWO_32 ? bucketOf32(high, 16) : BUCKETS - 1;
}

/** `value` has been divided by 2 to the power of `shifted`. */
function bucketOf32(value: number, shifted: number): number {
  const power = 31 - clz32(value);
  const step = (value >>> (power - STEP_BITS)) & (STEPS - 1);
  return (power + shifted - STEP_BITS + 1) * STEPS + step;
}

function middleOf(index: number): number {
  if (index < STEPS) return index;
  const power = Math.floor(index / STEPS) + STEP_BITS - 1;
  const width = 2 ** (power - STEP_BITS);
  return (STEPS + (index % STEPS)) * width + width / 2;
}
