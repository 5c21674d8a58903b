import { clearLine, createInterface, cursorTo, type Interface } from 'node:readline';
import type { ClientSession } from '../client/index.js';
import { choiceLines, completions, type TabAnswer, tabAnswer } from './complete.js';
import { HistoryFile } from './history.js';
import type { Terminal } from './terminal.js';

export interface PromptHandlers {
  line(line: string): void;
  /** Ctrl-C on an empty line for the second time in a row, or Ctrl-D. */
  leave(): void;
}

/** The line editor at a terminal: history, completion, Ctrl-C that clears the line. */
export class Prompt {
  readonly #reader: Interface;
  readonly #history = new HistoryFile();
  readonly #terminal: Terminal;
  #asking = false;
  #ctrlC = false;

  constructor(terminal: Terminal, text: string, session: ClientSession, handlers: PromptHandlers) {
    this.#terminal = terminal;
    this.#reader = createInterface({
      input: process.stdin,
      output: process.stdout,
      terminal: true,
      prompt: text,
      history: this.#history.load(),
      removeHistoryDuplicates: true,
      completer: (line: string, done: (error: null, answer: TabAnswer) => void) => {
        void completions(session, line).then((completion) =>
          done(
            null,
            tabAnswer(completion, line, (candidates) => this.above(choiceLines(candidates, terminal))),
          ),
        );
      },
    });
    this.#reader.on('line', (line) => {
      this.#ctrlC = false;
      this.#history.append(line);
      handlers.line(line);
    });
    this.#reader.on('SIGINT', () => this.#onCtrlC(handlers));
    this.#reader.on('close', () => handlers.leave());
  }

  /** Shows the prompt and takes keys. */
  ask(): void {
    this.#asking = true;
    process.stdin.setRawMode(true);
    this.#reader.prompt();
  }

  /** Stops taking keys: the terminal turns Ctrl-C into a signal again, and keeps what is typed until the next `ask`. */
  rest(): void {
    this.#asking = false;
    this.#reader.pause();
    process.stdin.setRawMode(false);
  }

  /** Prints lines where the prompt is and shows the prompt again below, with what was typed. */
  above(lines: readonly string[]): void {
    if (!this.#asking) {
      for (const line of lines) void this.#terminal.print(line);
      return;
    }
    const { rows } = this.#reader.getCursorPos();
    if (rows > 0) process.stdout.write(`\x1b[${rows}A`);
    cursorTo(process.stdout, 0);
    clearLine(process.stdout, 0);
    process.stdout.write('\x1b[J');
    for (const line of lines) process.stdout.write(`${line}\n`);
    this.#reader.prompt(true);
  }

  close(): void {
    this.#asking = false;
    this.#reader.removeAllListeners('close');
    this.#reader.close();
  }

  #onCtrlC(handlers: PromptHandlers): void {
    const typed = this.#reader.line !== '';
    if (!typed && this.#ctrlC) {
      process.stdout.write('\n');
      handlers.leave();
      return;
    }
    this.#ctrlC = !typed;
    process.stdout.write('^C\n');
    if (!typed) process.stdout.write(`${this.#terminal.style.dim('Ctrl-C again leaves')}\n`);
    // To the end of the line, then erase to its start: readline has no public way to empty it.
    this.#reader.write(null, { ctrl: true, name: 'e' });
    this.#reader.write(null, { ctrl: true, name: 'u' });
    this.#reader.prompt();
  }
}
