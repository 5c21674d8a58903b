import { performance } from 'node:perf_hooks';
import type { Clock } from './clock.js';
import { type Published, publishDropped } from './published.js';
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

/** Results that a stream takes at once. */
const STREAM_RESULTS = 64;
const STREAM_BYTES = 256 * 1024;

/** A result with its number among all that this reader was sent by streams, from 1. */
export interface Numbered {
  readonly number: number;
  readonly result: Published;
}

/**
 * Why a stream ends: the session has ended; this reader has a newer stream; this reader was dropped, as it had not read for
 * long.
 */
export type StreamEnd = 'closed' | 'replaced' | 'forgotten';

/** One reader of a session, with a queue of its own. */
export class Consumer {
  private polling = false;
  private closed = false;
  private closedBy: StreamEnd = 'closed';
  private lastPoll: number;
  private sentCount = 0;
  private stream: object | undefined;
  private readonly waiters = new Set<() => void>();

  /** `sent` keeps what streams have sent last, for a reader who comes again and has not got all of it. */
  constructor(
    readonly id: string,
    readonly queue: ResultQueue,
    private readonly sent: ResultQueue,
    private readonly clock: Clock,
  ) {
    this.lastPoll = clock.now();
  }

  deliver(result: Published): void {
    if (this.closed) return;
    this.queue.push(result);
    this.wake();
  }

  private get busy(): boolean {
    return this.polling || this.stream !== undefined;
  }

  /** Milliseconds since anybody polled; 0 during a poll or a stream. */
  get idleMs(): number {
    return this.busy ? 0 : this.clock.now() - this.lastPoll;
  }

  get healthy(): boolean {
    return this.busy || !this.queue.full || this.idleMs < HEALTHY_MS;
  }

  /**
   * Long poll. Resolves with the next batch; empty after 2 s without a result, after 500 ms when another poll of this
   * consumer is still waiting, or when the consumer is closed or the client has gone.
   */
  async pull(signal: AbortSignal): Promise<Published[]> {
    const givenUp = performance.now() + SECOND_POLL_WAIT_MS;
    // A stream counts as a poll that does not end.
    while (this.busy) {
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

  close(why: 'closed' | 'forgotten' = 'closed'): void {
    this.closed = true;
    this.closedBy = why;
    this.queue.close();
    this.sent.close();
    this.wake();
  }

  /** Takes the place of the stream that was; polls find nothing while there is one. Leave it by `leaveStream`. */
  takeStream(): object {
    const ticket = {};
    this.stream = ticket;
    this.wake();
    return ticket;
  }

  leaveStream(ticket: object): void {
    if (this.stream !== ticket) return;
    this.stream = undefined;
    this.lastPoll = this.clock.now();
    this.wake();
  }

  /**
   * What was sent after the result of that number; a `dropped` result with a count stands for what is not kept any
   * more.
   */
  sentAfter(number: number): Numbered[] {
    const kept = this.sent.peekAll();
    const first = this.sentCount - kept.length + 1;
    const again = kept
      .map((result, index) => ({ number: first + index, result }))
      .filter((one) => one.number > number);
    const lost = Math.max(0, first - 1 - number);
    return lost === 0 ? again : [{ number: first - 1, result: publishDropped(0, lost) }, ...again];
  }

  /** The next results for a stream; none after `waitMs`, or when the signal is aborted. */
  async streamNext(
    ticket: object,
    waitMs: number,
    signal: AbortSignal,
  ): Promise<readonly Numbered[] | StreamEnd> {
    if (this.stream === ticket && this.queue.empty && !this.closed && !signal.aborted) {
      await this.wait(waitMs, signal);
    }
    if (this.stream !== ticket) return 'replaced';
    if (this.closed) return this.closedBy;
    const batch: Numbered[] = [];
    for (let bytes = 0; !signal.aborted && batch.length < STREAM_RESULTS && bytes < STREAM_BYTES; ) {
      const result = this.queue.take();
      if (!result) break;
      bytes += result.bytes;
      this.sent.push(result);
      batch.push({ number: ++this.sentCount, result });
    }
    return batch;
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
