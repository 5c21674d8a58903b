import { historyLines } from './limits.js';

/** Enough to recognise a line by; the full text of 500 very long lines would be too much to keep. */
const KEPT_CHARACTERS = 4096;

/** The last command lines of all callers, in memory. */
export class CommandHistory {
  private entries: { readonly user: string; readonly line: string }[] = [];

  add(user: string, line: string): void {
    this.entries.push({ user, line: line.slice(0, KEPT_CHARACTERS) });
    if (this.entries.length > historyLines.value) this.entries.shift();
  }

  /** Oldest first; of one user, or of all. */
  lines(user?: string): string[] {
    return this.entries
      .filter((entry) => user === undefined || entry.user === user)
      .map((entry) => entry.line);
  }

  clear(user?: string): void {
    this.entries = user === undefined ? [] : this.entries.filter((entry) => entry.user !== user);
  }
}
