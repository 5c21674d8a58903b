import type { WindowSize } from '../../client/index.js';
import type { Life } from '../life.js';
import { ScreenModes } from './screenModes.js';

const FALLBACK: WindowSize = { rows: 24, columns: 80 };
const QUIT_CODE = 131;

/** The size of the terminal that we write to, or of the one that we read from. */
export function windowSize(): WindowSize {
  for (const stream of [process.stdout, process.stderr]) {
    if (!stream.isTTY) continue;
    const [columns, rows] = stream.getWindowSize();
    if (columns > 0 && rows > 0) return { rows, columns };
  }
  return FALLBACK;
}

/**
 * The terminal of standard input in raw mode, so that every key reaches the program in the container. Undone however this
 * process ends, short of SIGKILL; undone also while it is stopped, so that the shell has a terminal that works.
 */
export class RawTerminal {
  readonly #life: Life;
  readonly #onResize: (size: WindowSize) => void;
  /** What the program has done to the screen: it may not be there any more to undo it. */
  readonly screen = new ScreenModes();
  #forget: (() => void) | undefined;

  constructor(life: Life, onResize: (size: WindowSize) => void) {
    this.#life = life;
    this.#onResize = onResize;
  }

  enter(): void {
    if (this.#forget) return;
    this.#forget = this.#life.lastResort(() => this.#restore());
    process.on('SIGWINCH', this.#resized);
    process.on('SIGTSTP', this.#stop);
    process.on('SIGCONT', this.#continue);
    process.on('SIGQUIT', this.#quit);
    process.stdin.setRawMode(true);
  }

  leave(): void {
    if (!this.#forget) return;
    this.#restore();
    process.off('SIGWINCH', this.#resized);
    process.off('SIGTSTP', this.#stop);
    process.off('SIGCONT', this.#continue);
    process.off('SIGQUIT', this.#quit);
    this.#forget();
    this.#forget = undefined;
  }

  #restore(): void {
    try {
      process.stdin.setRawMode(false);
      if (process.stdout.isTTY) process.stdout.write(this.screen.undo());
    } catch {
      // The terminal has gone: nothing is left to restore.
    }
  }

  readonly #resized = () => this.#onResize(windowSize());

  readonly #stop = () => {
    this.#restore();
    process.kill(process.pid, 'SIGSTOP');
  };

  readonly #continue = () => {
    process.stdin.setRawMode(true);
    if (process.stdout.isTTY) process.stdout.write(this.screen.redo());
    this.#resized();
  };

  readonly #quit = () => void this.#life.leave(QUIT_CODE);
}
