import { monotonicMs } from '../base/index.js';
import { readerStall } from './limits.js';

/** Of the time that passes without a stall, how much of the allowance comes back. */
const REFUND = 0.1;

/** How long one reader has held its container back, against what it may. */
export class StallMeter {
  readonly #exceeded: () => void;
  #allowance = readerStall.value;
  #since = monotonicMs();
  #timer: NodeJS.Timeout | undefined;

  /** `exceeded`: called once the allowance is used up. */
  constructor(exceeded: () => void) {
    this.#exceeded = exceeded;
  }

  begin(): void {
    if (this.#timer) return;
    const now = monotonicMs();
    this.#allowance = Math.min(readerStall.value, this.#allowance + (now - this.#since) * REFUND);
    this.#since = now;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#exceeded();
      },
      Math.max(0, this.#allowance),
    );
  }

  end(): void {
    if (!this.#timer) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const now = monotonicMs();
    this.#allowance -= now - this.#since;
    this.#since = now;
  }
}
