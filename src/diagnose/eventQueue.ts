/** Events of several sources as one sequence to wait for. When nobody takes them the oldest go, and are counted. */
export class EventQueue<T> {
  readonly #waiting: T[] = [];
  readonly #limit: number;
  #dropped = 0;
  #wake: (() => void) | undefined;

  constructor(limit = 1000) {
    this.#limit = limit;
  }

  get dropped(): number {
    return this.#dropped;
  }

  push(event: T): void {
    if (this.#waiting.length >= this.#limit) {
      this.#waiting.shift();
      this.#dropped += 1;
    }
    this.#waiting.push(event);
    this.#wake?.();
  }

  /** The next one that is there already. */
  take(): T | undefined {
    return this.#waiting.shift();
  }

  /** The next event; undefined after `waitMs` without one, and at once when the signal is aborted. */
  async next(waitMs: number, signal: AbortSignal): Promise<T | undefined> {
    if (this.#waiting.length === 0 && !signal.aborted && waitMs > 0) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          this.#wake = undefined;
          resolve();
        };
        const timer = setTimeout(done, waitMs);
        signal.addEventListener('abort', done, { once: true });
        this.#wake = done;
      });
    }
    return signal.aborted ? undefined : this.#waiting.shift();
  }
}
