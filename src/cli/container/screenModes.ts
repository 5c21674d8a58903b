/**
 * Modes of a terminal that a program may leave behind when it is cut off (an editor's second screen, a hidden cursor, mouse
 * reports, bracketed paste). Followed in its output, so that exactly those are put back that it had changed.
 */
const NORMALLY_OFF = [1, 9, 47, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1015, 1016, 1047, 1049, 2004, 2026];
const NORMALLY_ON = [7, 25];
const NORMAL: ReadonlyMap<number, 'h' | 'l'> = new Map([
  ...NORMALLY_OFF.map((mode) => [mode, 'l'] as const),
  ...NORMALLY_ON.map((mode) => [mode, 'h'] as const),
]);

/** A private mode set or reset, also several at once: ESC [ ? 1 ; 25 h. */
const CHANGE = /\u001b\[\?(\d{1,5}(?:;\d{1,5}){0,15})([hl])/g;
const LONGEST = 100;
const ESCAPE = 0x1b;

export class ScreenModes {
  readonly #changed = new Set<number>();
  #rest = '';

  /** Looks at what the program has written next; a sequence may begin in one piece and end in another. */
  see(data: Buffer): void {
    if (this.#rest === '' && data.indexOf(ESCAPE) === -1) return;
    const text = this.#rest + data.toString('latin1');
    for (const [, modes = '', to] of text.matchAll(CHANGE)) {
      for (const mode of modes.split(';').map(Number)) {
        const normal = NORMAL.get(mode);
        if (normal === undefined) continue;
        if (to === normal) this.#changed.delete(mode);
        else this.#changed.add(mode);
      }
    }
    const last = text.lastIndexOf('\u001b');
    const open = text.slice(last);
    this.#rest = last >= 0 && /^\u001b(?:\[(?:\?[\d;]*)?)?$/.test(open) && open.length < LONGEST ? open : '';
  }

  /** What puts back all that was changed; nothing where nothing was. */
  undo(): string {
    const modes = this.#modes();
    if (modes.length === 0) return '';
    return `${modes.map((mode) => `\u001b[?${mode}${NORMAL.get(mode)}`).join('')}\u001b[0m`;
  }

  /** What changes all that again. */
  redo(): string {
    return this.#modes()
      .reverse()
      .map((mode) => `\u001b[?${mode}${NORMAL.get(mode) === 'h' ? 'l' : 'h'}`)
      .join('');
  }

  #modes(): number[] {
    return [...this.#changed].sort((a, b) => b - a);
  }
}
