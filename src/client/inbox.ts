/** A queue with one reader: pushed from callbacks, read by `for await`. */
export class Inbox<T> implements AsyncIterable<T> {
  readonly #items: T[] = [];
  #failure: { readonly error: Error } | undefined;
  #wake: (() => void) | undefined;

  push(item: T): void {
    this.#items.push(item);
    this.#wake?.();
  }

  /** The reader gets what is queued, then this error. */
  fail(error: Error): void {
    this.#failure ??= { error };
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    for (;;) {
      while (this.#items.length > 0) yield this.#items.shift() as T;
      if (this.#failure) throw this.#failure.error;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
