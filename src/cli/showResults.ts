import type { Result } from '../client/index.js';
import type { CliContext, RenderResult } from './context.js';

/** Prints results as they come; in order also when several sources call it. */
export class ResultText {
  readonly #context: CliContext;
  readonly #render: RenderResult;
  #last: Promise<void> = Promise.resolve();

  private constructor(context: CliContext, render: RenderResult) {
    this.#context = context;
    this.#render = render;
  }

  static async for(context: CliContext): Promise<ResultText> {
    return new ResultText(context, await context.load.renderer());
  }

  /** The text of a result; undefined = nothing to show. */
  text(result: Result): string | undefined {
    switch (result.type) {
      case 'input_status':
      case 'command':
        return undefined;
      case 'status':
        return this.#statusText(result);
      default: {
        const { style, width } = this.#context.terminal;
        return this.#render(result, style, width);
      }
    }
  }

  /** Prints a result; resolves when the reader of our output has room for more. */
  show(result: Result): Promise<void> {
    const text = this.text(result);
    if (text === undefined) return this.#last;
    this.#last = this.#last.then(() => this.#context.terminal.printForeign(text));
    return this.#last;
  }

  #statusText(result: Result): string | undefined {
    if (typeof result.message !== 'string' || result.message === '') return undefined;
    const { red, dim } = this.#context.terminal.style;
    return result.statusCode === 0 ? dim(result.message) : red(result.message);
  }
}
