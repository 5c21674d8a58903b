import { errorText, type Log } from '../../base/index.js';
import { retentionMs } from '../limits.js';
import type { LmdbStateTable } from './stateTable.js';

/** The longest time that a timer can bear. */
const LONGEST_MS = 2 ** 31 - 1;

/** Takes expired keys out of the tables when their time has come, so that watchers hear of it. */
export class ExpirySweeper {
  readonly #tables = new Set<LmdbStateTable>();
  readonly #log: Log | undefined;
  #timer: NodeJS.Timeout | undefined;
  #at = Number.POSITIVE_INFINITY;
  #sweeping: Promise<void> | undefined;
  #closed = false;

  constructor(log: Log | undefined) {
    this.#log = log;
  }

  add(table: LmdbStateTable): void {
    this.#tables.add(table);
    const next = table.nextExpiry();
    if (next !== undefined) this.wake(next);
  }

  /** Something expires at that time (milliseconds since the epoch). */
  wake(time: number): void {
    if (this.#closed || time >= this.#at) return;
    this.#at = time;
    clearTimeout(this.#timer);
    const ms = Math.min(LONGEST_MS, Math.max(0, time - Date.now()));
    this.#timer = setTimeout(() => {
      this.#at = Number.POSITIVE_INFINITY;
      this.#sweeping ??= this.#sweep().finally(() => {
        this.#sweeping = undefined;
        this.#plan();
      });
    }, ms);
    this.#timer.unref();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#sweeping;
  }

  async #sweep(): Promise<void> {
    for (const table of this.#tables) {
      try {
        while (!this.#closed && (await table.sweep())) {}
      } catch (error) {
        this.#log?.warn({ table: table.name, reason: errorText(error) }, 'expired keys could not be removed');
        await new Promise((resolve) => setTimeout(resolve, retentionMs.value));
      }
    }
  }

  #plan(): void {
    if (this.#closed) return;
    for (const table of this.#tables) {
      try {
        const next = table.nextExpiry();
        if (next !== undefined) this.wake(next);
      } catch (error) {
        this.#log?.warn({ table: table.name, reason: errorText(error) }, 'keys of a table no longer expire');
      }
    }
  }
}
