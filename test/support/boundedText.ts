/** The end of a stream of text: what came first is dropped when there is too much of it. */
export class BoundedText {
  readonly #limit: number;
  #text = '';
  #dropped = 0;

  constructor(limit = 1024 * 1024) {
    this.#limit = limit;
  }

  append(chunk: string): void {
    this.#text += chunk;
    // Cut at twice the limit only, so that a chatty program does not cost a copy for each line.
    if (this.#text.length <= 2 * this.#limit) return;
    this.#dropped += this.#text.length - this.#limit;
    this.#text = this.#text.slice(-this.#limit);
  }

  /** Characters dropped so far; 0 = `text` is everything. */
  get dropped(): number {
    return this.#dropped;
  }

  get text(): string {
    return this.#text;
  }
}
