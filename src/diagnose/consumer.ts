import { performance } from 'node:perf_hooks';
import type { Clock } from './clock.js';
import type { Published } from './published.js';
import type { ResultQueue } from './resultQueue.js';

/** The visible timing of pull_results, wire/arthas.md 2.6. */
const LONGEST_WAIT_MS = 2000;
const FLUSH_MS = 100;
const BATCH_RESULTS = 20;
const BATCH_ITEMS = 100;
const BATCH_BYTES = 4 * 1024 * 1024;
const SECOND_POLL_WAIT_MS = 500;
/** In the reference a consumer with a full queue is healthy for this long after its last poll (2.7). */
const HEALTHY_MS = 1000;

/** One reader of a session, with a queue of its own. */
export class Consumer {
  private polling = false;
  private closed = false;
  private lastPoll: number;
  private readonly waiters = new Set<() => void>();

  constructor(
    readonly id: string,
    readonly queue: ResultQueue,
    private readonly clock: Clock,
  ) {
    this.lastPoll = clock.now();
  }

  deliver(result: Published): void {
    if (this.closed) return;
    this.queue.push(result);
    this.wake();
  }

  /** Milliseconds since anybody polled; 0 during a poll. */
  get idleMs(): number {
    return this.polling ? 0 : this.clock.now() - this.lastPoll;
  }

  get healthy(): boolean {
    return this.polling || !this.queue.full || this.idleMs < HEALTHY_MS;
  }

  /**
   * Long poll. Resolves with the next batch; empty after 2 s without a result, after 500 ms when another poll of this
   * consumer is still waiting, or when the consumer is closed or the client has gone.
   */
  async pull(signal: AbortSignal): Promise<Published[]> {
    const givenUp = performance.now() + SECOND_POLL_WAIT_MS;
    while (this.polling) {
      const left = givenUp - performance.now();
      if (left <= 0 || signal.aborted || this.closed) return [];
      await this.wait(left, signal);
    }
    this.polling = true;
    this.lastPoll = this.clock.now();
    try {
      return await this.batch(signal);
    } finally {
      this.polling = false;
      this.lastPoll = this.clock.now();
      this.wake();
    }
  }

  close(): void {
    this.closed = true;
    this.queue.close();
    this.wake();
  }

  private async batch(signal: AbortSignal): Promise<Published[]> {
    const deadline = performance.now() + LONGEST_WAIT_MS;
    while (this.queue.empty) {
      const left = deadline - performance.now();
      if (left <= 0 || signal.aborted || this.closed) return [];
      await this.wait(left, signal);
    }
    const flushAt = performance.now() + FLUSH_MS;
    const batch: Published[] = [];
    let items = 0;
    let bytes = 0;
    for (;;) {
      if (signal.aborted && !this.closed) {
        // Nobody is there to read it: it waits for the next poll.
        this.queue.restore(batch);
        return [];
      }
      const result = this.queue.take();
      if (result) {
        batch.push(result);
        items += result.items;
        bytes += result.bytes;
        if (batch.length >= BATCH_RESULTS || items >= BATCH_ITEMS || bytes >= BATCH_BYTES) return batch;
      } else {
        if (this.closed || performance.now() >= flushAt) return batch;
        await this.wait(FLUSH_MS, signal);
        if (this.queue.empty && !signal.aborted) return batch;
      }
    }
  }

  /** Until something happens here, the time is over, or the client has gone. */
  private wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.waiters.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done, { once: true });
      this.waiters.add(done);
    });
  }

  private wake(): void {
    for (const waiter of [...this.waiters]) waiter();
  }
}
