import { closeSync, constants, mkdirSync, openSync, readdirSync, renameSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { processStat } from '../find/index.js';

/** What is known of a process that was signalled. */
export interface SignalNote {
  readonly pid: number;
  readonly startTicks: number;
  /** Where its inspector was seen open; it may have been closed since. Undefined: none has been seen yet. */
  readonly port: number | undefined;
}

const PROVEN_AT_MOST = 1000;

/**
 * Which processes were signalled and have not opened (or not yet closed) their inspector. One empty file each, named
 * `PID-STARTTICKS`, and `-PORT` once that is open, so that it outlives the agent: a process is never signalled twice in
 * vain, and an inspector that a killed agent left open is found and closed by the next.
 */
export class SignalMemory {
  readonly #folder: string;
  readonly #proven = new Set<string>();
  readonly #looks = new Map<string, object>();

  /** `folder`: below the agent's runtime folder; made when missing. */
  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  remember(pid: number, startTicks: number): void {
    const name = `${pid}-${startTicks}`;
    if (this.#rename(name, name)) return;
    const flags = constants.O_CREAT | constants.O_WRONLY | constants.O_NOFOLLOW;
    closeSync(openSync(join(this.#folder, name), flags, 0o600));
  }

  /** Its inspector did open: another signal would not be in vain. */
  opened(pid: number, startTicks: number, port: number): void {
    const name = `${pid}-${startTicks}`;
    if (this.#proven.size >= PROVEN_AT_MOST) this.#proven.clear();
    this.#proven.add(name);
    this.#rename(name, `${name}-${port}`);
  }

  /** Whether a signal has opened its inspector before, in this agent's life. */
  hasOpened(pid: number, startTicks: number): boolean {
    return this.#proven.has(`${pid}-${startTicks}`);
  }

  forget(pid: number, startTicks: number): void {
    const name = `${pid}-${startTicks}`;
    this.#looks.delete(name);
    try {
      unlinkSync(join(this.#folder, this.#fileOf(name) ?? name));
    } catch {
      // Not remembered.
    }
  }

  note(pid: number, startTicks: number): SignalNote | undefined {
    const file = this.#fileOf(`${pid}-${startTicks}`);
    return file === undefined ? undefined : noteOf(file);
  }

  /** Those that still run; the files of the others are removed. */
  pending(): SignalNote[] {
    return this.#files()
      .map(noteOf)
      .filter(({ pid, startTicks }) => {
        const runs = processStat(pid)?.startTicks === startTicks;
        if (!runs) this.forget(pid, startTicks);
        return runs;
      });
  }

  /** Whoever looks after a process in the background begins with this. Returns whether nobody has begun since. */
  beginLooks(pid: number, startTicks: number): () => boolean {
    const name = `${pid}-${startTicks}`;
    const own = {};
    this.#looks.set(name, own);
    return () => this.#looks.get(name) === own;
  }

  /** Whether there was one. */
  #rename(name: string, to: string): boolean {
    const file = this.#fileOf(name);
    if (file === undefined) return false;
    try {
      renameSync(join(this.#folder, file), join(this.#folder, to));
      return true;
    } catch {
      return false;
    }
  }

  #fileOf(name: string): string | undefined {
    return this.#files().find((file) => file === name || file.startsWith(`${name}-`));
  }

  #files(): string[] {
    try {
      return readdirSync(this.#folder);
    } catch {
      return [];
    }
  }
}

function noteOf(file: string): SignalNote {
  const [pid = 0, startTicks = 0, port] = file.split('-').map(Number);
  return { pid, startTicks, port };
}
