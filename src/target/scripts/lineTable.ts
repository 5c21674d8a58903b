import type { Place } from './script.js';

/** Offsets of a text as lines and columns, and back; both count from 1. */
export class LineTable {
  readonly #starts: number[] = [0];
  readonly #length: number;

  constructor(text: string) {
    this.#length = text.length;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1);
  }

  get lines(): number {
    return this.#starts.length;
  }

  place(offset: number): Place {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.#starts[low] as number) + 1 };
  }

  /** Kept inside the text. */
  offset({ line, column }: Place): number {
    const start = this.#starts[Math.min(Math.max(line, 1), this.#starts.length) - 1] as number;
    return Math.min(this.#length, start + Math.max(0, column - 1));
  }
}
