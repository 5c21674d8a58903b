import type { ThrottleRule } from './envs.js';

export type Verdict =
  | { readonly type: 'pass'; readonly ms: 0 }
  | { readonly type: 'delay'; readonly ms: number }
  | { readonly type: 'reject'; readonly ms: number };

const PASS: Verdict = { type: 'pass', ms: 0 };

/** Calls of the whole table are counted apart from those of its partitions. */
const WHOLE_TABLE = -1;

/**
 * Counts units (calls or bytes) by second and partition. The limits of the rule are those of the table: a partition may
 * have `n / partitions + 1` of them in a second. What is refused does not count.
 */
export class Throttle {
  readonly #rule: ThrottleRule;
  readonly #partitions: number;
  readonly #taken = new Map<number, number>();
  #second = 0;

  constructor(rule: ThrottleRule, partitions: number) {
    this.#rule = rule;
    this.#partitions = partitions;
  }

  take(partition: number | undefined, units: number, now: number): Verdict {
    const second = Math.floor(now / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#taken.clear();
    }
    const bucket = partition ?? WHOLE_TABLE;
    const taken = (this.#taken.get(bucket) ?? 0) + units;
    const { delay, reject } = this.#rule;
    if (reject && taken > this.#limit(reject.units, partition)) return { type: 'reject', ms: reject.ms };
    this.#taken.set(bucket, taken);
    if (delay && taken > this.#limit(delay.units, partition)) return { type: 'delay', ms: delay.ms };
    return PASS;
  }

  #limit(units: number, partition: number | undefined): number {
    return partition === undefined ? units : Math.floor(units / this.#partitions) + 1;
  }
}
