import { closeSync, constants, mkdirSync, openSync, readdirSync, renameSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { processStat } from '../find/index.js';

/** `signalled`: no inspector has been seen yet. `opened`: one was, and may have been closed since. */
export type SignalStage = 'signalled' | 'opened';

const OPENED = '-opened';
const PROVEN_AT_MOST = 1000;

/**
 * Which processes were signalled and have not opened (or not yet closed) their inspector. One empty file each, named
 * by pid and start time, so that it outlives the agent: a process is never signalled twice in vain, and an inspector
 * that a killed agent left open is found and closed by the next.
 */
export class SignalMemory {
  readonly #folder: string;
  readonly #proven = new Set<string>();

  /** `folder`: below the agent's runtime folder; made when missing. */
  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  remember(pid: number, startTicks: number): void {
    const flags = constants.O_CREAT | constants.O_WRONLY | constants.O_NOFOLLOW;
    closeSync(openSync(this.#file(pid, startTicks), flags, 0o600));
  }

  /** Its inspector did open: another signal would not be in vain. */
  opened(pid: number, startTicks: number): void {
    if (this.#proven.size >= PROVEN_AT_MOST) this.#proven.clear();
    this.#proven.add(`${pid}-${startTicks}`);
    const file = this.#file(pid, startTicks);
    try {
      renameSync(file, file + OPENED);
    } catch {
      // Not remembered.
    }
  }

  /** Whether a signal has opened its inspector before, in this agent's life. */
  hasOpened(pid: number, startTicks: number): boolean {
    return this.#proven.has(`${pid}-${startTicks}`);
  }

  forget(pid: number, startTicks: number): void {
    const file = this.#file(pid, startTicks);
    for (const each of [file, file + OPENED]) {
      try {
        unlinkSync(each);
      } catch {
        // Not remembered.
      }
    }
  }

  stage(pid: number, startTicks: number): SignalStage | undefined {
    const names = this.#names();
    const name = `${pid}-${startTicks}`;
    if (names.includes(name + OPENED)) return 'opened';
    return names.includes(name) ? 'signalled' : undefined;
  }

  /** Those that still run; the files of the others are removed. */
  async pending(): Promise<{ pid: number; startTicks: number; stage: SignalStage }[]> {
    const alive: { pid: number; startTicks: number; stage: SignalStage }[] = [];
    for (const name of this.#names()) {
      const [pid = 0, startTicks = 0] = name.split('-').map(Number);
      if (processStat(pid)?.startTicks !== startTicks) this.forget(pid, startTicks);
      else alive.push({ pid, startTicks, stage: name.endsWith(OPENED) ? 'opened' : 'signalled' });
    }
    return alive;
  }

  #names(): string[] {
    try {
      return readdirSync(this.#folder);
    } catch {
      return [];
    }
  }

  #file(pid: number, startTicks: number): string {
    return join(this.#folder, `${pid}-${startTicks}`);
  }
}
