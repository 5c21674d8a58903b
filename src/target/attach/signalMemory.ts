import { closeSync, constants, mkdirSync, openSync, readdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { processStat } from '../find/index.js';

/**
 * Which processes were signalled and have not opened (or not yet closed) their inspector. One empty file each, named
 * by pid and start time, so that it outlives the agent: a process is never signalled twice in vain, and an inspector
 * that a killed agent left open is found and closed by the next.
 */
export class SignalMemory {
  readonly #folder: string;

  /** `folder`: below the agent's runtime folder; made when missing. */
  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  remember(pid: number, startTicks: number): void {
    const flags = constants.O_CREAT | constants.O_WRONLY | constants.O_NOFOLLOW;
    closeSync(openSync(this.#file(pid, startTicks), flags, 0o600));
  }

  forget(pid: number, startTicks: number): void {
    try {
      unlinkSync(this.#file(pid, startTicks));
    } catch {
      // Not remembered.
    }
  }

  has(pid: number, startTicks: number): boolean {
    return this.#names().includes(`${pid}-${startTicks}`);
  }

  /** Those that still run; the files of the others are removed. */
  async pending(): Promise<{ pid: number; startTicks: number }[]> {
    const alive = [];
    for (const name of this.#names()) {
      const [pid = 0, startTicks = 0] = name.split('-').map(Number);
      const stat = processStat(pid);
      if (stat?.startTicks === startTicks) alive.push({ pid, startTicks });
      else this.forget(pid, startTicks);
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
