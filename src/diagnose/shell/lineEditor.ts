import { EventEmitter } from 'node:events';
import { clearLine, createInterface, cursorTo, type Interface } from 'node:readline';
import type { Writable } from 'node:stream';
import type { Style } from '../command.js';
import type { Completion } from '../complete.js';
import { terminalLine } from '../limits.js';
import { isKept } from './shellWords.js';
import { choiceLines, completions, tabAnswer } from './tabAnswer.js';

export interface EditorOptions {
  readonly output: Writable;
  readonly style: Style;
  width(): number;
  /** Newest first. */
  readonly history: readonly string[];
  complete(line: string): Promise<Completion>;
  /** A line was entered; the editor rests until `ask`. */
  line(line: string): void;
  /** Ctrl-D on an empty line, or Ctrl-C on one for the second time in a row. */
  leave(): void;
  /** Ctrl-Z at the prompt. */
  stop(): void;
  /** It takes keys again. */
  ready(): void;
}

/** Keys on their way to readline: handed over at once, so that it is known what they did. */
class KeySource extends EventEmitter {
  isPaused = false;
  readonly #resumed: () => void;

  constructor(resumed: () => void) {
    super();
    this.#resumed = resumed;
  }

  pause(): this {
    this.isPaused = true;
    return this;
  }

  resume(): this {
    const wasPaused = this.isPaused;
    this.isPaused = false;
    if (wasPaused) this.#resumed();
    return this;
  }
}

/** Keys that shorten or end a line; all that a full one takes. */
const NOT_SHORTENING = /[^\x03\x04\b\r\n\x0b\x15\x17\x7f]/g;

/** One line typed at a prompt: Node's readline with completion, history, and Ctrl-C that clears the line. */
export class LineEditor {
  readonly #options: EditorOptions;
  readonly #keys: KeySource;
  readonly #reader: Interface;
  #asking = false;
  #ctrlC = false;

  constructor(options: EditorOptions) {
    this.#options = options;
    const { output, history } = options;
    this.#keys = new KeySource(() => options.ready());
    this.#reader = createInterface({
      // Readline asks no more of its input than this.
      input: this.#keys as unknown as NodeJS.ReadableStream,
      output,
      terminal: true,
      history: [...history],
      historySize: 1000,
      removeHistoryDuplicates: true,
      completer: (line: string, done: (error: null, answer: [string[], string]) => void) => {
        void completions(options.complete, line).then((found) =>
          done(
            null,
            tabAnswer(found, line, (candidates) =>
              this.above(choiceLines(candidates, options.style, options.width())),
            ),
          ),
        );
      },
    });
    this.#reader.on('history', (lines: string[]) => {
      if (lines[0] !== undefined && !isKept(lines[0])) lines.shift();
    });
    this.#reader.on('line', (line) => {
      this.#ctrlC = false;
      this.#asking = false;
      options.line(line);
    });
    this.#reader.on('SIGINT', () => this.#onCtrlC());
    // Without a listener readline would stop this whole process, and with it an agent.
    this.#reader.on('SIGTSTP', () => options.stop());
    this.#reader.on('close', () => options.leave());
  }

  get asking(): boolean {
    return this.#asking;
  }

  /** It takes keys now. */
  get ready(): boolean {
    return this.#asking && !this.#keys.isPaused;
  }

  ask(prompt: string): void {
    this.#asking = true;
    this.#reader.setPrompt(prompt);
    this.#reader.prompt();
  }

  /** Keys, no more than up to one that ends the line. False where the line is full and some were left out. */
  type(keys: string): boolean {
    const room = terminalLine.value - this.#reader.line.length;
    const fit = keys.length <= room ? keys : keys.replace(NOT_SHORTENING, '');
    if (fit !== '') this.#keys.emit('data', fit);
    return fit.length === keys.length;
  }

  /** Writes lines where the prompt is and shows it again below, with what was typed. */
  above(lines: readonly string[]): void {
    const { output } = this.#options;
    this.erase();
    output.write(lines.map((line) => `${line}\n`).join(''));
    this.#reader.prompt(true);
  }

  /** The prompt again, where the screen was cleared or left. */
  redraw(): void {
    if (this.#asking) this.#reader.prompt(true);
  }

  /** The size of the screen has changed. */
  resized(): void {
    this.#options.output.emit('resize');
  }

  close(): void {
    this.#asking = false;
    this.#reader.removeAllListeners('close');
    this.#reader.close();
  }

  /** Takes the prompt and what was typed off the screen, until `redraw`. */
  erase(): void {
    const { output } = this.#options;
    const { rows } = this.#reader.getCursorPos();
    if (rows > 0) output.write(`\x1b[${rows}A`);
    cursorTo(output, 0);
    clearLine(output, 0);
    output.write('\x1b[J');
  }

  #onCtrlC(): void {
    const { output, style } = this.#options;
    const typed = this.#reader.line !== '';
    if (!typed && this.#ctrlC) {
      output.write('\n');
      this.#options.leave();
      return;
    }
    this.#ctrlC = !typed;
    output.write('^C\n');
    if (!typed) output.write(`${style.dim('Ctrl-C again leaves')}\n`);
    // To the end of the line, then erase to its start: readline has no public way to empty it.
    this.#reader.write(null, { ctrl: true, name: 'e' });
    this.#reader.write(null, { ctrl: true, name: 'u' });
    this.#reader.prompt();
  }
}
