import { setTimeout as sleep } from 'node:timers/promises';
import { epochMs, RemoraError } from '../base/index.js';
import type { Change, Entry, StateTable } from '../store/index.js';
import { contended } from './errors.js';

const RETRY_MS = 1000;
const ATTEMPTS = 20;
/** Revisions of deleted keys that are remembered; events are late by less than so many deletions. */
const DELETED_KEPT = 10_000;

export interface MirrorOptions {
  /** Only keys that begin so; they are known here without it. */
  readonly prefix?: string;
  /** The watch ended by a fault; it is begun anew. */
  readonly onFault: (error: unknown) => void;
}

/**
 * A state table (or the keys of one prefix) in memory, true to it: what others write comes by watch, what we write is here
 * when the write is durable, and not before.
 */
export class Mirror<V> {
  readonly #table: StateTable<V>;
  readonly #prefix: string;
  readonly #options: MirrorOptions;
  readonly #entries = new Map<string, Entry<V>>();
  /** Newest revision seen per key, also of keys that we deleted: an older event must not bring one back. */
  readonly #revisions = new Map<string, number>();
  readonly #closing = new AbortController();
  #changes = 0;
  #following: Promise<void> = Promise.resolve();

  private constructor(table: StateTable<V>, options: MirrorOptions) {
    this.#table = table;
    this.#options = options;
    this.#prefix = options.prefix ?? '';
  }

  /** Resolves when everything there is now has been read. */
  static async open<V>(table: StateTable<V>, options: MirrorOptions): Promise<Mirror<V>> {
    const mirror = new Mirror(table, options);
    await new Promise<void>((resolve, reject) => {
      mirror.#following = mirror.#follow(resolve, reject);
    });
    return mirror;
  }

  /** Another number whenever an entry is another. */
  get changes(): number {
    return this.#changes;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): Entry<V> | undefined {
    return this.#entries.get(key);
  }

  /** In no order. */
  entries(): IterableIterator<[string, Entry<V>]> {
    return this.#entries.entries();
  }

  /** Writes. Rejects with `revision-conflict` where `expectedRevision` is not that of the key. */
  async put(key: string, value: V, expectedRevision?: number): Promise<void> {
    const stored = this.#prefix + key;
    const revision = await this.#table.put(stored, value, { expectedRevision });
    this.#set({ key: stored, value, revision, time: epochMs() });
  }

  async delete(key: string, expectedRevision?: number): Promise<void> {
    const revision = await this.#table.delete(this.#prefix + key, { expectedRevision });
    if (revision > 0) this.#remove(key, revision);
  }

  /**
   * Changes a key by compare-and-set: `next` is asked again with the present value where somebody else was first. It throws
   * to leave the key as it is, or gives undefined to delete it.
   */
  async change(
    key: string,
    next: (present: V | undefined) => V | undefined | Promise<V | undefined>,
  ): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const present = this.#entries.get(key);
      const value = await next(present?.value);
      try {
        if (value !== undefined) await this.put(key, value, present?.revision ?? 0);
        else if (present) await this.delete(key, present.revision);
        return;
      } catch (error) {
        if (!(error instanceof RemoraError) || error.code !== 'revision-conflict') throw error;
      }
      await this.#refresh(key);
    }
    throw contended(key);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#following;
  }

  async #refresh(key: string): Promise<void> {
    const entry = await this.#table.get(this.#prefix + key);
    if (entry) this.#set(entry);
    else {
      this.#entries.delete(key);
      this.#changes += 1;
    }
  }

  async #follow(ready: () => void, failed: (error: unknown) => void): Promise<void> {
    const { signal } = this.#closing;
    let opened = false;
    while (!signal.aborted) {
      try {
        await this.#watch(() => {
          opened = true;
          ready();
        });
      } catch (error) {
        if (signal.aborted) return;
        if (!opened) {
          failed(error);
          return;
        }
        this.#options.onFault(error);
        await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
    if (!opened) failed(new Error('closed before it was read'));
  }

  /** Until the watch ends, by the signal or because we were too slow for it. */
  async #watch(current: () => void): Promise<void> {
    const before = new Set(this.#entries.keys());
    const { signal } = this.#closing;
    for await (const change of this.#table.watch({ prefix: this.#prefix, snapshot: true, signal })) {
      if (change.type === 'lost') return;
      if (change.type === 'current') {
        // What was here before and did not come again may have gone while nobody watched.
        for (const key of before) await this.#refresh(key);
        before.clear();
        current();
      } else before.delete(this.#apply(change));
    }
  }

  #apply(change: Extract<Change<V>, { type: 'put' | 'delete' }>): string {
    if (change.type === 'put') return this.#set(change.entry);
    const key = change.key.slice(this.#prefix.length);
    this.#remove(key, change.revision);
    return key;
  }

  #set(entry: Entry<V>): string {
    const key = entry.key.slice(this.#prefix.length);
    if (entry.revision <= (this.#revisions.get(key) ?? 0)) return key;
    this.#revisions.set(key, entry.revision);
    this.#entries.set(key, entry);
    this.#changes += 1;
    return key;
  }

  #remove(key: string, revision: number): void {
    if (revision <= (this.#revisions.get(key) ?? 0)) return;
    this.#revisions.set(key, revision);
    this.#entries.delete(key);
    this.#changes += 1;
    if (this.#revisions.size - this.#entries.size > DELETED_KEPT) {
      for (const each of this.#revisions.keys()) if (!this.#entries.has(each)) this.#revisions.delete(each);
    }
  }
}
