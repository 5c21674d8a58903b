import type { Result } from '../client/index.js';
import { renderResult } from '../diagnose/index.js';
import type { CliContext } from './context.js';

/** Prints results as they come; in order also when several sources call it. */
export class ResultText {
  readonly #context: CliContext;
  #last: Promise<void> = Promise.resolve();

  constructor(context: CliContext) {
    this.#context = context;
  }

  /** The text of a result; undefined = nothing to show. */
  text(result: Result): string | undefined {
    // What was typed is on the screen already.
    if (result.type === 'command') return undefined;
    const { style, width } = this.#context.terminal;
    return renderResult(result, style, width) || undefined;
  }

  /** Prints a result; resolves when the reader of our output has room for more. */
  show(result: Result): Promise<void> {
    const text = this.text(result);
    if (text === undefined) return this.#last;
    this.#last = this.#last.then(() => this.#context.terminal.printForeign(text));
    return this.#last;
  }
}
