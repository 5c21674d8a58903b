import {
  closeSync,
  constants,
  fchmodSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { stateFolder } from '../base/index.js';
import { isKept } from '../diagnose/index.js';

const KEPT_LINES = 1000;
/** The file is cut to KEPT_LINES when it has grown to this many. */
const FILE_LINES = 2 * KEPT_LINES;

/** The lines typed at the prompt, kept from run to run in a file of mode 0600. A file that cannot be used is done without. */
export class HistoryFile {
  readonly path: string | undefined;

  constructor(path = defaultPath()) {
    this.path = path;
  }

  /** Newest first, without repeats. */
  load(): string[] {
    if (!this.path) return [];
    let lines: string[];
    try {
      lines = readFileSync(this.path, 'utf8').split('\n').filter(Boolean);
    } catch {
      return [];
    }
    if (lines.length > FILE_LINES) this.#rewrite(lines.slice(-KEPT_LINES));
    return [...new Set(lines.reverse())].slice(0, KEPT_LINES);
  }

  append(line: string): void {
    if (!this.path || !isKept(line)) return;
    try {
      const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW } = constants;
      const file = openSync(this.path, O_APPEND | O_CREAT | O_WRONLY | O_NOFOLLOW, 0o600);
      try {
        fchmodSync(file, 0o600);
        writeSync(file, `${line}\n`);
      } finally {
        closeSync(file);
      }
    } catch {
      // The prompt works without a history.
    }
  }

  #rewrite(lines: readonly string[]): void {
    if (!this.path) return;
    try {
      const fresh = `${this.path}.${process.pid}`;
      writeFileSync(fresh, `${lines.join('\n')}\n`, { mode: 0o600, flag: 'wx' });
      renameSync(fresh, this.path);
    } catch {
      // As above.
    }
  }
}

function defaultPath(): string | undefined {
  try {
    return join(stateFolder(), 'history');
  } catch {
    return undefined;
  }
}
