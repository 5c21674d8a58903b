import { once } from 'node:events';
import type { Style } from '../diagnose/index.js';
import { ANSI_STYLE, PLAIN_STYLE, visible } from '../diagnose/render/index.js';

/** Wide enough for a table in a file or a pipe, where nothing folds. */
const PIPE_WIDTH = 160;
const NARROWEST = 40;

/** Standard input and output as the CLI uses them. */
export class Terminal {
  readonly style: Style;
  readonly noteStyle: Style;
  #gone = false;

  constructor() {
    this.style = styleFor(process.stdout);
    this.noteStyle = styleFor(process.stderr);
  }

  /** Somebody sits there and can be asked. */
  get interactive(): boolean {
    return process.stdin.isTTY === true && process.stdout.isTTY === true;
  }

  get inputIsTerminal(): boolean {
    return process.stdin.isTTY === true;
  }

  get outputIsTerminal(): boolean {
    return process.stdout.isTTY === true;
  }

  /** Columns to fold at; undefined where output goes to a file or a pipe and COLUMNS is not set. */
  get foldWidth(): number | undefined {
    const columns = process.stdout.isTTY ? process.stdout.columns : Number(process.env.COLUMNS);
    return columns && Number.isInteger(columns) && columns > 0 ? Math.max(columns, NARROWEST) : undefined;
  }

  get width(): number {
    return this.foldWidth ?? PIPE_WIDTH;
  }

  /** Writes a line to standard output; resolves when there is room for more, so that a slow reader slows us. */
  async print(text: string): Promise<void> {
    if (this.#gone) return;
    if (!process.stdout.write(`${text}\n`)) {
      await Promise.race([once(process.stdout, 'drain'), once(process.stdout, 'close')]).catch(
        () => undefined,
      );
    }
  }

  /** Text from a target or an agent: control characters that could drive the terminal are made visible. */
  printForeign(text: string): Promise<void> {
    return this.print(visible(text, true));
  }

  /** Text of another as it is, for a file or a pipe; made visible where a terminal would obey it. */
  async printExact(text: string): Promise<void> {
    if (this.outputIsTerminal) await this.printForeign(text.replace(/\n$/, ''));
    else if (!this.#gone && !process.stdout.write(text)) {
      await Promise.race([once(process.stdout, 'drain'), once(process.stdout, 'close')]).catch(
        () => undefined,
      );
    }
  }

  /** One line for the person, on standard error. */
  note(text: string): void {
    process.stderr.write(`${visible(text, true)}\n`);
  }

  /** One line on standard error that the next one replaces, where a person sits there; '' takes it away. */
  progress(text: string): void {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${visible(text, true)}`);
  }

  /** A terminal has just shown `^C` where the cursor was: go on below. */
  afterCtrlC(): void {
    if (this.interactive && !this.#gone) process.stdout.write('\n');
  }

  /** Calls back once when nobody reads standard output any more. */
  onReaderGone(callback: () => void): void {
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#gone) return;
      this.#gone = true;
      if (error.code !== 'EPIPE') process.stderr.write(`${error.message}\n`);
      callback();
    });
    process.stderr.on('error', () => undefined);
  }

  /** Resolves when everything printed has left, or cannot leave. */
  async flush(): Promise<void> {
    if (this.#gone || process.stdout.writableLength === 0) return;
    await new Promise<void>((resolve) => {
      process.stdout.once('close', () => resolve());
      process.stdout.write('', () => resolve());
    });
  }
}

function styleFor(stream: NodeJS.WriteStream): Style {
  const colours = stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
  return colours ? ANSI_STYLE : PLAIN_STYLE;
}
