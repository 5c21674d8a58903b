import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { type IPty, spawn } from '@lydell/node-pty';
import { eventually } from './eventually.js';

export interface PtyOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly columns?: number;
  readonly rows?: number;
}

/**
 * A shell command line on a pseudoterminal of ours. Around the program stands a shell that, when it has ended, says its exit
 * code and how the terminal was left: `[ended CODE raw|cooked]`.
 */
export class PtyRun {
  readonly #pty: IPty;
  #text = '';

  constructor(program: readonly string[], { env, columns = 80, rows = 24 }: PtyOptions) {
    const words = program.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
    // Ctrl-C is the program's; what stands around it has to stay.
    const script =
      `trap : INT QUIT; ${words}; code=$?; ` +
      `case "$(stty -a)" in *-icanon*|*-echo\\ *|*-isig*) mode=raw;; *) mode=cooked;; esac; ` +
      `echo "[ended $code $mode]"`;
    this.#pty = spawn('/bin/sh', ['-c', script], {
      name: 'xterm-256color',
      cols: columns,
      rows,
      env: env as Record<string, string>,
    });
    this.#pty.onData((data) => {
      this.#text += data;
    });
  }

  /** Everything that was shown, without control sequences and carriage returns. */
  get text(): string {
    return stripVTControlCharacters(this.#text).replaceAll('\r', '');
  }

  get raw(): string {
    return this.#text;
  }

  type(keys: string): void {
    this.#pty.write(keys);
  }

  resize(columns: number, rows: number): void {
    this.#pty.resize(columns, rows);
  }

  /** Pid of the program within the shell. */
  programPid(): Promise<number> {
    const path = `/proc/${this.#pty.pid}/task/${this.#pty.pid}/children`;
    return eventually(() => Number(readFileSync(path, 'utf8').trim().split(' ')[0]), {
      what: 'the program on the terminal',
    });
  }

  /** Resolves when the text stands after what `from` (a length of `text`) was; returns the new length. */
  async sees(text: string | RegExp, from = 0, timeoutMs = 15_000): Promise<number> {
    await eventually(
      () => {
        const seen = this.text.slice(from);
        return typeof text === 'string' ? seen.includes(text) : text.test(seen);
      },
      { timeoutMs, what: `${text} on the terminal`, intervalMs: 20 },
    ).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.text}`);
    });
    return this.text.length;
  }

  /** The exit code of the program, and whether the terminal was left as it was found. */
  async ended(timeoutMs = 15_000): Promise<{ code: number; restored: boolean }> {
    await this.sees(/\[ended \d+ \w+\]/, 0, timeoutMs);
    const [, code, mode] = /\[ended (\d+) (\w+)\]/.exec(this.text) ?? [];
    return { code: Number(code), restored: mode === 'cooked' };
  }

  /** Closes the terminal, as a window that is closed. */
  close(): void {
    try {
      this.#pty.kill('SIGKILL');
    } catch {
      // It has ended.
    }
  }
}
