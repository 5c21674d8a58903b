import { corruptRecord, scanTooSlow } from '../errors.js';
import { Feed } from '../feed.js';
import { scanSeconds } from '../limits.js';
import { partitionOf } from '../partition.js';
import type { RawLogEvent, RawLogTable, RawRead, RawRecord } from '../raw.js';
import type { Position, Retention } from '../table.js';
import type { Batch, Engine, Snapshot, Tree } from './engine.js';
import { DamagedRecord, decodeLog, encodeLog, logTime } from './records.js';
import { counterKey, type Trees } from './trees.js';

const CHUNK = 128;
const RECORD_BYTES = 100;
/** Records that one commit of the retention takes out. */
const CUT = 1_000;

/** What there is of a partition: sequences first to last without gaps; empty while last < first. */
interface Extent {
  readonly first: number;
  readonly last: number;
  /** Of its records as they are stored. */
  readonly bytes: number;
  /** Of the last record, so that times never run backwards within a partition. */
  readonly time: number;
}

/** The oldest record of a partition, while the retention is at work. */
interface Head {
  readonly partition: number;
  extent: Extent;
  /** Infinity where the partition is empty. */
  time: number;
  changed: boolean;
}

const EMPTY: Extent = { first: 1, last: 0, bytes: 0, time: 0 };

/** One log: records in order of partition and sequence. */
export class LmdbLogTable implements RawLogTable {
  readonly #engine: Engine;
  readonly #trees: Trees;
  readonly #tree: Tree;
  readonly #watchers = new Map<Feed<RawRecord, RawLogEvent>, Buffer | undefined>();
  #retention: Retention;

  constructor(
    readonly id: number,
    readonly name: string,
    readonly partitions: number,
    retention: Retention,
    engine: Engine,
    trees: Trees,
  ) {
    this.#engine = engine;
    this.#trees = trees;
    this.#tree = trees.table(id);
    this.#retention = retention;
  }

  append(key: Buffer, value: Buffer): Promise<Position> {
    const partition = partitionOf(key, this.partitions);
    return this.#engine.submit(key.length + value.length, (batch) => {
      const extent = readExtent(batch.get(this.#trees.facts, counterKey(this.id, partition)));
      const sequence = extent.last + 1;
      const time = Math.max(batch.now, extent.time);
      const at = positionKey(partition, sequence);
      const bytes = encodeLog(at, { time, key, value });
      batch.put(this.#tree, at, bytes);
      this.#setExtent(batch, partition, {
        ...extent,
        last: sequence,
        bytes: extent.bytes + bytes.length,
        time,
      });
      batch.after(() => this.#publish({ partition, sequence, key, value, time }, bytes.length));
      return { partition, sequence };
    });
  }

  read(options: RawRead): AsyncIterableIterator<RawRecord> {
    return this.#read(options);
  }

  watch(key: Buffer | undefined, signal: AbortSignal): AsyncIterableIterator<RawLogEvent> {
    const feed = new Feed<RawRecord, RawLogEvent>({
      read: (record) => ({ type: 'record', record }),
      lost: { type: 'lost' },
      signal,
      closed: (closed) => this.#watchers.delete(closed),
    });
    if (!signal.aborted) this.#watchers.set(feed, key);
    return feed;
  }

  count(): number {
    let count = 0;
    for (let partition = 0; partition < this.partitions; partition++) {
      const { first, last } = readExtent(this.#engine.get(this.#trees.facts, counterKey(this.id, partition)));
      count += Math.max(0, last - first + 1);
    }
    return count;
  }

  setRetention(retention: Retention): void {
    this.#retention = retention;
  }

  /** Ends all watches, when they have been read to their end. */
  close(): void {
    for (const feed of this.#watchers.keys()) feed.finish();
  }

  /** Takes out the oldest records beyond the retention, some at a time. Resolves with true where there may be more. */
  cut(): Promise<boolean> {
    return this.#engine.submit(0, (batch) => {
      const heads = this.#heads(batch);
      let removed = 0;
      for (; removed < CUT; removed++) {
        const head = this.#oldestBeyond(batch.now, heads);
        if (!head) break;
        this.#removeHead(batch, head);
      }
      for (const { partition, extent, changed } of heads)
        if (changed) this.#setExtent(batch, partition, extent);
      return removed === CUT;
    });
  }

  #heads(batch: Batch): Head[] {
    return Array.from({ length: this.partitions }, (_, partition) => {
      const extent = readExtent(batch.get(this.#trees.facts, counterKey(this.id, partition)));
      return { partition, extent, time: this.#headTime(batch, partition, extent), changed: false };
    });
  }

  #headTime(batch: Batch, partition: number, { first, last }: Extent): number {
    if (last < first) return Number.POSITIVE_INFINITY;
    const bytes = batch.get(this.#tree, positionKey(partition, first));
    return bytes ? logTime(bytes) : 0;
  }

  /** The oldest record of all, if it is to go; undefined where everything is within the bounds. */
  #oldestBeyond(now: number, heads: readonly Head[]): Head | undefined {
    const { maxAgeSeconds, maxRecords, maxBytes } = this.#retention;
    let records = 0;
    let bytes = 0;
    let oldest: Head | undefined;
    for (const head of heads) {
      if (head.time === Number.POSITIVE_INFINITY) continue;
      records += head.extent.last - head.extent.first + 1;
      bytes += head.extent.bytes;
      if (!oldest || head.time < oldest.time) oldest = head;
    }
    if (!oldest) return undefined;
    const beyond =
      (maxAgeSeconds !== undefined && oldest.time <= now - maxAgeSeconds * 1000) ||
      (maxRecords !== undefined && records > maxRecords) ||
      (maxBytes !== undefined && bytes > maxBytes);
    return beyond ? oldest : undefined;
  }

  #removeHead(batch: Batch, head: Head): void {
    const { partition, extent } = head;
    const at = positionKey(partition, extent.first);
    const bytes = batch.get(this.#tree, at);
    if (bytes) batch.remove(this.#tree, at);
    head.extent = { ...extent, first: extent.first + 1, bytes: extent.bytes - (bytes?.length ?? 0) };
    head.time = this.#headTime(batch, partition, head.extent);
    head.changed = true;
  }

  #setExtent(batch: Batch, partition: number, extent: Extent): void {
    batch.put(this.#trees.facts, counterKey(this.id, partition), writeExtent(extent));
  }

  #publish(record: RawRecord, bytes: number): void {
    for (const [feed, key] of this.#watchers) {
      if (!key || key.equals(record.key)) feed.push(record, bytes + RECORD_BYTES);
    }
  }

  async *#read(options: RawRead): AsyncGenerator<RawRecord> {
    const { key, reverse } = options;
    const snapshot = this.#engine.snapshot();
    try {
      const cursors = this.#chosen(options).map((partition) => this.#cursor(snapshot, partition, options));
      let left = options.limit;
      for (;;) {
        const next = nextOf(cursors, reverse);
        if (!next) return;
        const record = next.take();
        if (key && !key.equals(record.key)) continue;
        yield record;
        if (--left <= 0) return;
      }
    } finally {
      snapshot.release();
    }
  }

  #chosen({ key, partition, after }: RawRead): number[] {
    const all = Array.from({ length: this.partitions }, (_, index) => index);
    return all.filter(
      (index) =>
        (key === undefined || index === partitionOf(key, this.partitions)) &&
        (partition === undefined || index === partition) &&
        (after === undefined || index === after.partition),
    );
  }

  #cursor(snapshot: Snapshot, partition: number, options: RawRead): PartitionCursor {
    let bounds: readonly [number, number] | undefined;
    return new PartitionCursor((at) => {
      if (snapshot.expired) throw scanTooSlow(this.name, scanSeconds.value);
      return this.#engine.read(() => {
        bounds ??= this.#bounds(snapshot, partition, options);
        const [low, high] = bounds;
        if (at === undefined) return this.#chunk(snapshot, partition, low, high, options.reverse);
        return options.reverse
          ? this.#chunk(snapshot, partition, low, at - 1, true)
          : this.#chunk(snapshot, partition, at + 1, high, false);
      });
    });
  }

  #chunk(snapshot: Snapshot, partition: number, first: number, last: number, reverse: boolean): RawRecord[] {
    if (first > last) return [];
    const ends = [positionKey(partition, first), positionKey(partition, last)] as const;
    const rows = this.#tree.getRange({
      start: reverse ? ends[1] : ends[0],
      end: reverse ? ends[0] : ends[1],
      inclusiveEnd: true,
      reverse,
      limit: CHUNK,
      transaction: snapshot.transaction,
    });
    return [...rows].map(({ key, value }) => this.#decode(key, value));
  }

  /** Sequences of the first and last record that are asked for. */
  #bounds(
    snapshot: Snapshot,
    partition: number,
    { fromTime, toTime, after, reverse }: RawRead,
  ): [number, number] {
    const { transaction } = snapshot;
    const extent = readExtent(this.#trees.facts.get(counterKey(this.id, partition), { transaction }));
    let { first, last } = extent;
    const { maxAgeSeconds } = this.#retention;
    const oldest = maxAgeSeconds === undefined ? 0 : Date.now() - maxAgeSeconds * 1000 + 1;
    const from = Math.max(fromTime ?? 0, oldest);
    if (from > 0) first = this.#firstSince(snapshot, partition, extent, from);
    if (toTime !== undefined) last = this.#firstSince(snapshot, partition, extent, toTime) - 1;
    if (after && reverse) last = Math.min(last, after.sequence - 1);
    else if (after) first = Math.max(first, after.sequence + 1);
    return [first, last];
  }

  /** Sequence of the first record of that time or later; one beyond the last where there is none. */
  #firstSince(snapshot: Snapshot, partition: number, extent: Extent, time: number): number {
    const { transaction } = snapshot;
    let low = extent.first;
    let high = extent.last + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const bytes = this.#tree.get(positionKey(partition, middle), { transaction });
      if (bytes && logTime(bytes) >= time) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #decode(at: Buffer, bytes: Buffer): RawRecord {
    const partition = at.readUInt16BE(0);
    const sequence = at.readUIntBE(2, 6);
    try {
      return { partition, sequence, ...decodeLog(at, bytes) };
    } catch (error) {
      if (error instanceof DamagedRecord)
        throw corruptRecord(this.name, `${partition}/${sequence}`, error.message);
      throw error;
    }
  }
}

/** Reads one partition in chunks, for the merge of all. */
class PartitionCursor {
  #rows: readonly RawRecord[] = [];
  #at = 0;
  #done = false;

  constructor(private readonly fetch: (after: number | undefined) => RawRecord[]) {}

  get head(): RawRecord | undefined {
    if (this.#at >= this.#rows.length && !this.#done) {
      this.#rows = this.fetch(this.#rows.at(-1)?.sequence);
      this.#at = 0;
      this.#done = this.#rows.length === 0;
    }
    return this.#rows[this.#at];
  }

  take(): RawRecord {
    const { head } = this;
    if (!head) throw new RangeError('the partition has been read to its end');
    this.#at += 1;
    return head;
  }
}

/** The cursor whose record comes next: by time, then by partition, which is the order of the cursors. */
function nextOf(cursors: readonly PartitionCursor[], reverse: boolean): PartitionCursor | undefined {
  let best: PartitionCursor | undefined;
  for (const cursor of cursors) {
    const { head } = cursor;
    const first = best?.head;
    if (!head) continue;
    if (!first || (reverse ? head.time >= first.time : head.time < first.time)) best = cursor;
  }
  return best;
}

/** Partition (2), sequence (6). */
function positionKey(partition: number, sequence: number): Buffer {
  const key = Buffer.allocUnsafe(8);
  key.writeUInt16BE(partition, 0);
  key.writeUIntBE(sequence, 2, 6);
  return key;
}

function readExtent(bytes: Buffer | undefined): Extent {
  if (!bytes || bytes.length < 24) return EMPTY;
  return {
    first: bytes.readUIntBE(0, 6),
    last: bytes.readUIntBE(6, 6),
    bytes: bytes.readUIntBE(12, 6),
    time: bytes.readUIntBE(18, 6),
  };
}

function writeExtent({ first, last, bytes, time }: Extent): Buffer {
  const extent = Buffer.allocUnsafe(24);
  extent.writeUIntBE(first, 0, 6);
  extent.writeUIntBE(last, 6, 6);
  extent.writeUIntBE(Math.max(0, bytes), 12, 6);
  extent.writeUIntBE(time, 18, 6);
  return extent;
}
