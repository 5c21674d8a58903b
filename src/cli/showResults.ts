import type { Result } from '../client/index.js';
import { pipesOf, renderResult } from '../diagnose/index.js';
import type { CliContext } from './context.js';

/** Prints results as they come; in order also when several sources call it. */
export class ResultText {
  readonly #context: CliContext;
  #pipes: ReturnType<typeof pipesOf>;
  #last: Promise<void> = Promise.resolve();

  constructor(context: CliContext) {
    this.#context = context;
  }

  /** What comes now answers this line: with pipes only what passes them is shown. */
  begin(line: string): void {
    this.#pipes = pipesOf(line);
  }

  /** The text of a result; undefined = nothing to show. */
  text(result: Result): string | undefined {
    const pipes = this.#pipes;
    // The `text` of a job is what passed its pipes, all at once at its end.
    if (!pipes || !('jobId' in result)) return this.#plain(result);
    if (result.type === 'text') return pipes.end() || undefined;
    if (result.type === 'status' || result.type === 'command') return this.#plain(result);
    pipes.add(result);
    const lines = pipes.take();
    return lines.length > 0 ? lines.join('\n') : undefined;
  }

  #plain(result: Result): string | undefined {
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
