import { watchBuffer, watchBytes } from './limits.js';

/** How a `Feed` turns what was published into what the watcher gets. */
export interface FeedOptions<P, E> {
  /** Runs when the watcher takes it: a watcher that never reads costs no decoding. Undefined = not for this watcher. */
  readonly read: (published: P) => E | undefined;
  /** The last event of a watcher that was too slow. */
  readonly lost: E;
  readonly signal: AbortSignal;
  /** Given first, before what was published since. */
  readonly prelude?: AsyncIterator<E>;
  readonly closed: (feed: Feed<P, E>) => void;
}

/**
 * What one watcher has still to read. It listens from its making on, and holds a bounded number of changes and bytes:
 * over that the watcher gets `lost` and nothing more, and the writers go on.
 */
export class Feed<P, E> implements AsyncIterableIterator<E> {
  readonly #options: FeedOptions<P, E>;
  readonly #abort = (): void => this.end();
  #waiting: { readonly published: P; readonly bytes: number }[] = [];
  #head = 0;
  #bytes = 0;
  #wake: (() => void) | undefined;
  #prelude: AsyncIterator<E> | undefined;
  #state: 'open' | 'draining' | 'lost' | 'ended' = 'open';

  constructor(options: FeedOptions<P, E>) {
    this.#options = options;
    this.#prelude = options.prelude;
    if (options.signal.aborted) this.end();
    else options.signal.addEventListener('abort', this.#abort, { once: true });
  }

  /** Never waits and never throws. */
  push(published: P, bytes: number): void {
    if (this.#state !== 'open') return;
    const count = this.#waiting.length - this.#head;
    if (count + 1 > watchBuffer.value || this.#bytes + bytes > watchBytes.value) {
      this.lose();
      return;
    }
    this.#waiting.push({ published, bytes });
    this.#bytes += bytes;
    this.#wake?.();
  }

  /** The watcher gets `lost` in place of what it has not read. */
  lose(): void {
    if (this.#state !== 'open') return;
    this.#close('lost');
  }

  /** The watcher gets what it has still to read, and nothing more. */
  finish(): void {
    if (this.#state !== 'open') return;
    this.#state = 'draining';
    this.#wake?.();
  }

  /** The watcher gets nothing more. */
  end(): void {
    if (this.#state === 'ended') return;
    this.#close('ended');
  }

  #close(state: 'lost' | 'ended'): void {
    this.#state = state;
    this.#waiting = [];
    this.#head = 0;
    this.#bytes = 0;
    this.#options.signal.removeEventListener('abort', this.#abort);
    this.#options.closed(this);
    const prelude = this.#prelude;
    this.#prelude = undefined;
    void prelude?.return?.();
    this.#wake?.();
  }

  async next(): Promise<IteratorResult<E>> {
    for (;;) {
      if (this.#state === 'ended') return { done: true, value: undefined };
      if (this.#state === 'lost') {
        this.#state = 'ended';
        return { done: false, value: this.#options.lost };
      }
      const first = await this.#fromPrelude();
      if (first) return first;
      const event = this.#take();
      if (event !== undefined) return { done: false, value: event };
      if (this.#state === 'draining') this.end();
      else if (this.#state === 'open' && this.#waiting.length === this.#head) await this.#sleep();
    }
  }

  async return(): Promise<IteratorResult<E>> {
    this.end();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #fromPrelude(): Promise<IteratorResult<E> | undefined> {
    const prelude = this.#prelude;
    if (!prelude) return undefined;
    let step: IteratorResult<E>;
    try {
      step = await prelude.next();
    } catch (error) {
      this.end();
      throw error;
    }
    // The feed may have been ended, or lost, in the meantime.
    if (this.#prelude !== prelude) return undefined;
    if (!step.done) return step;
    this.#prelude = undefined;
    return undefined;
  }

  #take(): E | undefined {
    while ((this.#state === 'open' || this.#state === 'draining') && this.#head < this.#waiting.length) {
      const item = this.#waiting[this.#head++];
      if (this.#head > 1024 && this.#head * 2 > this.#waiting.length) {
        this.#waiting = this.#waiting.slice(this.#head);
        this.#head = 0;
      }
      if (!item) continue;
      this.#bytes -= item.bytes;
      const event = this.#options.read(item.published);
      if (event !== undefined) return event;
    }
    return undefined;
  }

  #sleep(): Promise<void> {
    return new Promise((resolve) => {
      const before = this.#wake;
      this.#wake = () => {
        before?.();
        this.#wake = undefined;
        resolve();
      };
    });
  }
}
