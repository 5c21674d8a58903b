import { execBytes, execResults } from './limits.js';
import { type Published, publishDropped } from './published.js';
import type { ByteBudget } from './resultQueue.js';

/** The reference keeps this many and loses what comes later, the final status too (wire/arthas.md 2.7). */
const REFERENCE_RESULTS = 500;

/**
 * Takes the results of one `exec`. When full the newest are dropped, as in the reference; but a `dropped` result says
 * how many, and the end of the job always gets in.
 */
export class Collector {
  private readonly taken: Published[] = [];
  private bytes = 0;
  private lost = 0;

  constructor(
    private readonly likeReference: boolean,
    private readonly budget: ByteBudget,
  ) {}

  add(result: Published): void {
    if (this.likeReference) {
      if (this.taken.length < REFERENCE_RESULTS) this.taken.push(result);
      return;
    }
    const full =
      this.taken.length >= execResults.value ||
      this.bytes + result.bytes > execBytes.value ||
      this.budget.exceeded;
    // Once one was lost, so are the ones after it: a smaller result must not come out ahead of the gap.
    if (!result.keep && (full || this.lost > 0)) {
      this.lost++;
      return;
    }
    if (result.keep) this.closeGap(result.jobId);
    this.bytes += result.bytes;
    this.budget.add(result.bytes);
    this.taken.push(result);
    this.budget.relieve();
  }

  /** Once the answer is made. */
  release(): void {
    this.budget.add(-this.bytes);
    this.bytes = 0;
  }

  results(): readonly Published[] {
    return this.lost > 0
      ? [...this.taken, publishDropped(this.taken.at(-1)?.jobId ?? 0, this.lost)]
      : this.taken;
  }

  private closeGap(jobId: number): void {
    if (this.lost > 0) this.taken.push(publishDropped(jobId, this.lost));
    this.lost = 0;
  }
}
