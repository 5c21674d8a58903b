import type { Result } from '../client/index.js';
import { ResultText } from '../diagnose/index.js';
import type { CliContext } from './context.js';

/** Prints results as they come, where there is no prompt. */
export class ResultPrinter {
  readonly #context: CliContext;
  readonly #text = new ResultText();

  constructor(context: CliContext) {
    this.#context = context;
  }

  /** Prints a result; resolves when the reader of our output has room for more. */
  async show(result: Result): Promise<void> {
    const { terminal } = this.#context;
    const text = this.#text.of(result, terminal.style, terminal.width);
    if (text !== undefined) await terminal.printForeign(text);
  }
}
