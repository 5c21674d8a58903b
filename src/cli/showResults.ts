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

  /** A failed end goes to standard error, in red, with the way out below it where there is one. */
  fail(status: Result): void {
    const { terminal } = this.#context;
    const { message } = status;
    if (typeof message !== 'string' || message === '') return;
    terminal.note(terminal.noteStyle.red(message));
    const wayOut = this.#text.wayOut(status);
    if (wayOut !== undefined) terminal.note(terminal.noteStyle.dim(wayOut));
  }

  /** Prints a result; resolves when the reader of our output has room for more. */
  async show(result: Result): Promise<void> {
    const { terminal } = this.#context;
    const text = this.#text.of(result, terminal.style, terminal.width);
    if (text !== undefined) await terminal.printForeign(text);
  }
}
