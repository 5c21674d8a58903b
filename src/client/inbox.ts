/** A queue with one reader: pushed from callbacks, read by `for await`. */
export class Inbox<T> implements AsyncIterable<T> {
  readonly #items: T[] = [];
  #end: { readonly error?: Error } | undefined;
  #wake: (() => void) | undefined;
  #left = false;
  #shrunk: (() => void)[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** Resolves when the reader has taken all there is, or there is none any more. */
  shrunk(): Promise<void> {
    if (this.#items.length === 0 || this.#end || this.#left) return Promise.resolve();
    return new Promise((resolve) => this.#shrunk.push(resolve));
  }

  push(item: T): void {
    this.#items.push(item);
    this.#wake?.();
  }

  /** The reader gets what is queued, then the end, or this error. */
  end(error?: Error): void {
    this.#end ??= { error };
    this.#wake?.();
    this.#tellShrunk();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    try {
      for (;;) {
        while (this.#items.length > 0) yield this.#items.shift() as T;
        if (this.#end?.error) throw this.#end.error;
        if (this.#end) return;
        this.#tellShrunk();
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      this.#left = true;
      this.#tellShrunk();
    }
  }

  #tellShrunk(): void {
    for (const resolve of this.#shrunk.splice(0)) resolve();
  }
}
