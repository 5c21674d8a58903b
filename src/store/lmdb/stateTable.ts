import { corruptRecord, revisionConflict, scanTooSlow } from '../errors.js';
import { Feed } from '../feed.js';
import { isInRange, type KeyRange } from '../keys.js';
import { scanSeconds } from '../limits.js';
import { partitionOf } from '../partition.js';
import type { RawChange, RawEntry, RawEvent, RawPut, RawStateTable } from '../raw.js';
import type { Batch, Engine, Snapshot, Tree } from './engine.js';
import { DamagedRecord, decodeState, encodeState, type StateRecord } from './records.js';
import { counterKey, expiryKey, MAX_TIME, readExpiryKey, type Trees } from './trees.js';

const CHUNK = 128;
/** What a change costs in a watcher's buffer beside key and value. */
const CHANGE_BYTES = 100;
const SWEEP = 500;
const COUNTER_BYTES = 6;

interface Watched {
  readonly range: KeyRange;
  /** Revisions of each partition that the watcher has seen in its snapshot. */
  readonly floor: readonly number[] | undefined;
}

/** One state table: its own tree in order of keys, and a revision counter for each partition. */
export class LmdbStateTable implements RawStateTable {
  readonly #engine: Engine;
  readonly #trees: Trees;
  readonly #tree: Tree;
  readonly #watchers = new Map<Feed<RawChange, RawEvent>, Watched>();
  /** Told when a key is to expire: milliseconds since the epoch. */
  readonly #willExpire: (time: number) => void;

  constructor(
    readonly id: number,
    readonly name: string,
    readonly partitions: number,
    engine: Engine,
    trees: Trees,
    willExpire: (time: number) => void,
  ) {
    this.#engine = engine;
    this.#trees = trees;
    this.#tree = trees.table(id);
    this.#willExpire = willExpire;
  }

  get(key: Buffer): RawEntry | undefined {
    const bytes = this.#engine.get(this.#tree, key);
    const record = bytes && this.#decode(key, bytes);
    return record && !hasExpired(record, Date.now()) ? entryOf(key, record) : undefined;
  }

  put(key: Buffer, value: Buffer, options: RawPut): Promise<number> {
    return this.#engine.submit(key.length + value.length, (batch) =>
      this.stagePut(batch, key, value, options),
    );
  }

  /** The put as a part of a commit that does more. */
  stagePut(batch: Batch, key: Buffer, value: Buffer, { expectedRevision, ttlSeconds }: RawPut): number {
    const before = this.#stageExpected(batch, key, expectedRevision);
    const revision = this.#nextRevision(batch, key);
    const time = batch.now;
    const expires = ttlSeconds > 0 ? Math.min(MAX_TIME, Math.ceil(time + ttlSeconds * 1000)) : 0;
    if (before?.expires) batch.remove(this.#trees.expiry, expiryKey(this.id, before.expires, key));
    batch.put(this.#tree, key, encodeState(key, { revision, time, expires, value }));
    if (expires > 0) batch.put(this.#trees.expiry, expiryKey(this.id, expires, key), Buffer.alloc(1));
    batch.after(() => {
      if (expires > 0) this.#willExpire(expires);
      this.#publish({ type: 'put', entry: { key, value, revision, time } }, key.length + value.length);
    });
    return revision;
  }

  /** What the key holds in a commit that is being put together. */
  stagedValue(batch: Batch, key: Buffer): Buffer | undefined {
    const bytes = batch.get(this.#tree, key);
    return bytes && this.#decode(key, bytes).value;
  }

  delete(key: Buffer, expectedRevision: number | undefined): Promise<number> {
    return this.#engine.submit(key.length, (batch) => {
      const before = this.#stageExpected(batch, key, expectedRevision);
      return before ? this.#stageRemoval(batch, key, before, false) : 0;
    });
  }

  scan(range: KeyRange, limit: number, reverse: boolean): AsyncIterableIterator<RawEntry> {
    return this.#scan(() => this.#engine.snapshot(), range, limit, reverse);
  }

  watch(range: KeyRange, snapshot: boolean, signal: AbortSignal): AsyncIterableIterator<RawEvent> {
    const taken = snapshot && !signal.aborted ? this.#engine.snapshot() : undefined;
    // What the snapshot holds already may still be on its way to the watchers.
    const floor = taken && this.#counters(taken);
    const feed = new Feed<RawChange, RawEvent>({
      read: (change) => change,
      lost: { type: 'lost' },
      signal,
      prelude: taken && this.#prelude(taken, range, () => feed.lose()),
      closed: (closed) => {
        this.#watchers.delete(closed);
        taken?.release();
      },
    });
    if (!signal.aborted) this.#watchers.set(feed, { range, floor });
    return feed;
  }

  /** Keys whose time has passed are not counted, whether they were taken out already or not. */
  count(): number {
    const start = expiryKey(this.id, 0, Buffer.alloc(0));
    const end = expiryKey(this.id, Date.now() + 1, Buffer.alloc(0));
    return this.#engine.read(() => {
      const { entryCount } = this.#tree.getStats() as { entryCount: number };
      return entryCount - this.#trees.expiry.getKeysCount({ start, end });
    });
  }

  /** Time of the next expiry, undefined where nothing expires. */
  nextExpiry(): number | undefined {
    const start = expiryKey(this.id, 0, Buffer.alloc(0));
    const end = expiryKey(this.id + 1, 0, Buffer.alloc(0));
    const [first] = this.#engine.read(() => [...this.#trees.expiry.getKeys({ start, end, limit: 1 })]);
    return first && readExpiryKey(first).expires;
  }

  /** Takes out keys whose time has passed, some hundreds at a time. Resolves with true where there may be more. */
  sweep(): Promise<boolean> {
    return this.#engine.submit(0, (batch) => {
      const start = expiryKey(this.id, 0, Buffer.alloc(0));
      const end = expiryKey(this.id, batch.now + 1, Buffer.alloc(0));
      const due = [...this.#trees.expiry.getKeys({ start, end, limit: SWEEP })];
      for (const indexed of due) {
        const { expires, key } = readExpiryKey(indexed);
        const record = this.#decodeLeniently(key, batch.get(this.#tree, key));
        if (record?.expires === expires) this.#stageRemoval(batch, key, record, true);
        else batch.remove(this.#trees.expiry, indexed);
      }
      return due.length === SWEEP;
    });
  }

  /** Ends all watches, when they have been read to their end. */
  close(): void {
    for (const feed of this.#watchers.keys()) feed.finish();
  }

  /** What the key holds now, if it is as expected. What has expired meanwhile goes first, so that watchers see it go. */
  #stageExpected(batch: Batch, key: Buffer, expected: number | undefined): StateRecord | undefined {
    const bytes = batch.get(this.#tree, key);
    const found =
      expected === undefined ? this.#decodeLeniently(key, bytes) : bytes && this.#decode(key, bytes);
    const expired = found !== undefined && hasExpired(found, batch.now);
    const present = expired ? undefined : found;
    const revision = present?.revision ?? 0;
    if (expected !== undefined && expected !== revision) {
      throw revisionConflict(this.name, key.toString(), expected, revision);
    }
    if (expired) this.#stageRemoval(batch, key, found, true);
    return present;
  }

  #nextRevision(batch: Batch, key: Buffer): number {
    const counter = counterKey(this.id, partitionOf(key, this.partitions));
    const next = readCounter(batch.get(this.#trees.facts, counter)) + 1;
    const bytes = Buffer.alloc(COUNTER_BYTES);
    bytes.writeUIntBE(next, 0, COUNTER_BYTES);
    batch.put(this.#trees.facts, counter, bytes);
    return next;
  }

  #stageRemoval(batch: Batch, key: Buffer, before: StateRecord, expired: boolean): number {
    const revision = this.#nextRevision(batch, key);
    if (before.expires) batch.remove(this.#trees.expiry, expiryKey(this.id, before.expires, key));
    batch.remove(this.#tree, key);
    batch.after(() => this.#publish({ type: 'delete', key, revision, expired }, key.length));
    return revision;
  }

  #publish(change: RawChange, bytes: number): void {
    if (this.#watchers.size === 0) return;
    const [key, revision] =
      change.type === 'put' ? [change.entry.key, change.entry.revision] : [change.key, change.revision];
    for (const [feed, { range, floor }] of this.#watchers) {
      if (!isInRange(key, range)) continue;
      if (floor && revision <= (floor[partitionOf(key, this.partitions)] ?? 0)) continue;
      feed.push(change, bytes + CHANGE_BYTES);
    }
  }

  #counters(snapshot: Snapshot): number[] {
    const { transaction } = snapshot;
    return Array.from({ length: this.partitions }, (_, partition) =>
      readCounter(this.#trees.facts.get(counterKey(this.id, partition), { transaction })),
    );
  }

  async *#prelude(snapshot: Snapshot, range: KeyRange, tooSlow: () => void): AsyncGenerator<RawEvent> {
    try {
      for await (const entry of this.#scan(() => snapshot, range, Number.POSITIVE_INFINITY, false)) {
        yield { type: 'put', entry };
      }
    } catch (error) {
      if (!snapshot.expired) throw error;
      tooSlow();
      return;
    }
    yield { type: 'current' };
  }

  async *#scan(
    take: () => Snapshot,
    range: KeyRange,
    limit: number,
    reverse: boolean,
  ): AsyncGenerator<RawEntry> {
    const snapshot = take();
    const now = Date.now();
    let left = limit;
    let after: Buffer | undefined;
    try {
      while (left > 0) {
        const chunk = this.#chunk(snapshot, range, after, reverse);
        for (const { key, value } of chunk) {
          const record = this.#decode(key, value);
          if (hasExpired(record, now)) continue;
          yield entryOf(key, record);
          if (--left <= 0) return;
        }
        if (chunk.length < CHUNK) return;
        after = chunk.at(-1)?.key;
      }
    } finally {
      snapshot.release();
    }
  }

  #chunk(snapshot: Snapshot, { from, to }: KeyRange, after: Buffer | undefined, reverse: boolean) {
    if (snapshot.expired) throw scanTooSlow(this.name, scanSeconds.value);
    const { transaction } = snapshot;
    const first = from ?? FIRST_KEY;
    const options = reverse
      ? { start: after ?? to, exclusiveStart: true, end: first, inclusiveEnd: true, reverse }
      : { start: after ?? first, exclusiveStart: after !== undefined, ...(to ? { end: to } : {}) };
    return this.#engine.read(() => [...this.#tree.getRange({ ...options, limit: CHUNK, transaction })]);
  }

  #decode(key: Buffer, bytes: Buffer): StateRecord {
    try {
      return decodeState(key, bytes);
    } catch (error) {
      if (error instanceof DamagedRecord) throw corruptRecord(this.name, key.toString(), error.message);
      throw error;
    }
  }

  /** For a write that does not ask what was there: it is the way out of a damaged record. */
  #decodeLeniently(key: Buffer, bytes: Buffer | undefined): StateRecord | undefined {
    if (!bytes) return undefined;
    try {
      return decodeState(key, bytes);
    } catch (error) {
      if (!(error instanceof DamagedRecord)) throw error;
      return { revision: 0, time: 0, expires: 0, value: Buffer.alloc(0) };
    }
  }
}

/** The least key that there can be. */
const FIRST_KEY = Buffer.from([0]);

function hasExpired(record: StateRecord, now: number): boolean {
  return record.expires !== 0 && record.expires <= now;
}

function readCounter(bytes: Buffer | undefined): number {
  return bytes && bytes.length >= COUNTER_BYTES ? bytes.readUIntBE(0, COUNTER_BYTES) : 0;
}

function entryOf(key: Buffer, { value, revision, time }: StateRecord): RawEntry {
  return { key, value, revision, time };
}
