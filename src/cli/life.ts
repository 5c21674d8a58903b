import { EXIT } from './exitCode.js';
import type { Terminal } from './terminal.js';

type Task = () => Promise<void> | void;

/** A second Ctrl-C within this time leaves at once. */
const AGAIN_MS = 2000;
/** What cleaning up may take after a signal; a target that does not answer lets go by itself when we are gone. */
const CLEAN_UP_MS = 8000;
const SIGNAL_CODES = { SIGINT: EXIT.interrupted, SIGTERM: 143, SIGHUP: 129 } as const;

/** What must be undone before the process ends, whatever ends it. */
export class Life {
  readonly #terminal: Terminal;
  readonly #tasks = new Set<Task>();
  readonly #lastResorts = new Set<() => void>();
  #leaving: Promise<never> | undefined;
  #serving = false;
  #interruptedAt = Number.NEGATIVE_INFINITY;
  /** What Ctrl-C does in place of leaving; false = leave after all. */
  onInterrupt: (() => boolean) | undefined;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Watches for signals and for the end of whoever reads our output. */
  watch(): void {
    process.on('SIGINT', () => this.interrupt());
    process.on('SIGTERM', () => void this.leave(this.#signalCode('SIGTERM')));
    process.on('SIGHUP', () => void this.leave(this.#signalCode('SIGHUP')));
    process.on('exit', () => {
      for (const task of this.#lastResorts) task();
    });
    this.#terminal.onReaderGone(() => void this.leave(EXIT.ok));
  }

  /** Ctrl-C, from the signal or from a terminal in raw mode. */
  interrupt(): void {
    const now = performance.now();
    if (now - this.#interruptedAt < AGAIN_MS) process.exit(EXIT.interrupted);
    this.#interruptedAt = now;
    this.#terminal.afterCtrlC();
    if (!this.#leaving && this.onInterrupt?.()) return;
    void this.leave(this.#signalCode('SIGINT'));
  }

  /** From now on a signal is the ordinary end. Never resolves: the agent's listeners keep the process alive. */
  serve(): Promise<never> {
    this.#serving = true;
    return new Promise(() => undefined);
  }

  #signalCode(signal: keyof typeof SIGNAL_CODES): number {
    return this.#serving ? EXIT.ok : SIGNAL_CODES[signal];
  }

  /** What Ctrl-C interrupted has ended: the next Ctrl-C is a first one again. */
  calm(): void {
    this.#interruptedAt = Number.NEGATIVE_INFINITY;
  }

  /** Registers what to undo at the end, last first. Returns the way to undo it now. */
  defer(task: Task): () => Promise<void> {
    this.#tasks.add(task);
    return async () => {
      if (this.#tasks.delete(task)) await task();
    };
  }

  /** Registers what to undo even when we leave at once; it must be synchronous. Returns the unregisterer. */
  lastResort(task: () => void): () => void {
    this.#lastResorts.add(task);
    return () => this.#lastResorts.delete(task);
  }

  /** The process is ending: what fails now fails because of that. */
  get isLeaving(): boolean {
    return this.#leaving !== undefined;
  }

  /** Cleans up and ends the process. */
  leave(code: number): Promise<never> {
    this.#leaving ??= this.#leave(code);
    return this.#leaving;
  }

  async #leave(code: number): Promise<never> {
    const timer = setTimeout(() => {
      this.#terminal.note('remora: cleaning up takes too long, leaving');
      process.exit(code);
    }, CLEAN_UP_MS);
    for (const task of [...this.#tasks].reverse()) {
      this.#tasks.delete(task);
      try {
        await task();
      } catch (error) {
        this.#terminal.note(`remora: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    clearTimeout(timer);
    await this.#terminal.flush();
    process.exit(code);
  }
}
