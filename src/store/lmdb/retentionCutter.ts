import { errorText, type Log } from '../../base/index.js';
import { retentionMs } from '../limits.js';
import type { LmdbLogTable } from './logTable.js';

/** Cuts logs back to their retention: when they are opened, and every `store-retention-ms`. */
export class RetentionCutter {
  readonly #tables = new Set<LmdbLogTable>();
  readonly #log: Log | undefined;
  readonly #timer: NodeJS.Timeout;
  #cutting: Promise<void> | undefined;
  #closed = false;

  constructor(log: Log | undefined) {
    this.#log = log;
    this.#timer = setInterval(() => this.#start(), Math.max(10, retentionMs.value));
    this.#timer.unref();
  }

  async add(table: LmdbLogTable): Promise<void> {
    await this.#cut(table);
    this.#tables.add(table);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#cutting;
  }

  #start(): void {
    this.#cutting ??= this.#cutAll().finally(() => {
      this.#cutting = undefined;
    });
  }

  async #cutAll(): Promise<void> {
    for (const table of this.#tables) await this.#cut(table);
  }

  async #cut(table: LmdbLogTable): Promise<void> {
    try {
      while (!this.#closed && (await table.cut())) {}
    } catch (error) {
      this.#log?.warn({ table: table.name, reason: errorText(error) }, 'old records could not be removed');
    }
  }
}
