/** The calls that are kept, oldest first: bounded by their number, by what they hold, and by their age. */
import type { KeptCall, TunnelLimits, TunnelState } from './fragment.js';
import type { Weigh } from './weigh.js';

const FIRST_INDEX = 1000;
/** A record without what it refers to. */
const RECORD_BYTES = 512;
/** Of the cap, for a receiver: it is mostly the application's own, whatever the record does. */
const RECEIVER_PART = 8;

export interface Kept {
  readonly index: number;
  readonly call: KeptCall;
  readonly names: readonly string[];
  /** Milliseconds, monotonic. */
  readonly at: number;
  readonly bytes: number;
  readonly roots: readonly object[];
}

interface Root {
  readonly bytes: number;
  /** Records that hold it. */
  count: number;
}

interface Tools {
  readonly weigh: Weigh;
  readonly now: () => number;
  /** Calls once after so many milliseconds; does not keep the process alive. */
  later(work: () => void, ms: number): () => void;
}

export class Store {
  readonly #tools: Tools;
  readonly #kept = new Map<number, Kept>();
  /** What several records hold counts once. */
  readonly #roots = new Map<object, Root>();
  readonly #evicted = { records: 0, bytes: 0, age: 0 };
  #limits: TunnelLimits = { records: 1000, bytes: 32 * 1024 * 1024, lifetimeMs: 1_800_000 };
  #bytes = 0;
  #next = FIRST_INDEX;
  /** No record has an index below. */
  #first = FIRST_INDEX;
  #cancel: (() => void) | undefined;

  constructor(tools: Tools) {
    this.#tools = tools;
  }

  get state(): TunnelState {
    return { count: this.#kept.size, bytes: this.#bytes, evicted: this.#evicted };
  }

  setLimits(limits: TunnelLimits): void {
    this.#limits = limits;
    this.#trim();
    this.#expire();
  }

  /** `evicted`: older ones that had to go; `isKept` false: it is larger than all that may be kept. */
  add(
    call: KeptCall,
    names: readonly string[],
  ): { readonly kept: Kept; readonly isKept: boolean; readonly evicted: number } {
    const before = this.#kept.size;
    const roots: object[] = [];
    const bytes = RECORD_BYTES + this.#hold(call, roots);
    const kept: Kept = { index: this.#next++, call, names, at: this.#tools.now(), bytes, roots };
    this.#kept.set(kept.index, kept);
    this.#bytes += RECORD_BYTES;
    // The others should not go for one that cannot be kept either.
    if (bytes > this.#limits.bytes) this.delete(kept.index);
    this.#trim();
    const isKept = this.#kept.has(kept.index);
    if (this.#cancel === undefined) this.#wait();
    return { kept, isKept, evicted: before + 1 - this.#kept.size - (isKept ? 0 : 1) };
  }

  get(index: number): Kept | undefined {
    return this.#kept.get(index);
  }

  /** From one index on, in their order. */
  *from(index: number): Generator<Kept, void, void> {
    for (const kept of this.#kept.values()) if (kept.index >= index) yield kept;
  }

  delete(index: number): boolean {
    const kept = this.#kept.get(index);
    if (!kept) return false;
    this.#kept.delete(index);
    this.#bytes -= RECORD_BYTES;
    for (const root of kept.roots) this.#release(root);
    return true;
  }

  clear(fits: (kept: Kept) => boolean = () => true): number {
    let count = 0;
    for (const kept of [...this.#kept.values()]) if (fits(kept) && this.delete(kept.index)) count += 1;
    if (this.#kept.size === 0) this.#rest();
    return count;
  }

  /** Bytes of the values of a call; those that are known already add nothing. */
  #hold({ self, params, returned, thrown }: KeptCall, roots: object[]): number {
    const receiver = this.#limits.bytes / RECEIVER_PART;
    let bytes = this.#root(self, receiver, roots);
    for (let at = 0; at < params.length; at++) bytes += this.#root(params[at], undefined, roots);
    return bytes + this.#root(returned, undefined, roots) + this.#root(thrown, undefined, roots);
  }

  #root(value: unknown, most: number | undefined, roots: object[]): number {
    const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
    if (!isObject && typeof value !== 'string') return 0;
    // A text has no identity: each counts by itself.
    const key = isObject ? (value as object) : { text: 0 };
    // A function may return what it was given.
    for (let at = 0; at < roots.length; at++) if (roots[at] === key) return 0;
    let root = this.#roots.get(key);
    if (!root) {
      const weight = this.#tools.weigh(value);
      root = { bytes: most === undefined || weight < most ? weight : most, count: 0 };
      this.#roots.set(key, root);
      this.#bytes += root.bytes;
    }
    root.count += 1;
    roots[roots.length] = key;
    return root.bytes;
  }

  #release(key: object): void {
    const root = this.#roots.get(key);
    if (!root) return;
    root.count -= 1;
    if (root.count > 0) return;
    this.#roots.delete(key);
    this.#bytes -= root.bytes;
  }

  /** Not the map's first: V8 passes by all that were deleted before it, each time. */
  #oldest(): Kept | undefined {
    if (this.#kept.size === 0) return undefined;
    for (;;) {
      const kept = this.#kept.get(this.#first);
      if (kept) return kept;
      this.#first += 1;
    }
  }

  #trim(): void {
    const { records, bytes } = this.#limits;
    for (let oldest = this.#oldest(); oldest !== undefined; oldest = this.#oldest()) {
      const isOver = this.#bytes > bytes;
      if (this.#kept.size <= records && !isOver) return;
      this.#evicted[isOver ? 'bytes' : 'records'] += 1;
      this.delete(oldest.index);
    }
  }

  #expire(): void {
    const over = this.#tools.now() - this.#limits.lifetimeMs;
    for (let oldest = this.#oldest(); oldest !== undefined && oldest.at <= over; oldest = this.#oldest()) {
      this.#evicted.age += 1;
      this.delete(oldest.index);
    }
    this.#wait();
  }

  /** For the oldest of them. */
  #wait(): void {
    this.#rest();
    const oldest = this.#oldest();
    if (!oldest) return;
    const ms = oldest.at + this.#limits.lifetimeMs - this.#tools.now();
    this.#cancel = this.#tools.later(() => this.#expire(), Math.max(1, Math.ceil(ms)));
  }

  #rest(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
