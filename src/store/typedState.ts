import { corruptRecord, valueTooLarge } from './errors.js';
import { encodeKey, keyRange } from './keys.js';
import { valueBytes } from './limits.js';
import { partitionOf } from './partition.js';
import type { RawEntry, RawEvent, RawStateTable } from './raw.js';
import type {
  Change,
  Codec,
  Entry,
  PutOptions,
  ScanOptions,
  StateTable,
  TableSpec,
  WatchOptions,
} from './table.js';
import type { TableGate } from './tableGate.js';

/** A driver's table of bytes as a table of values: checks keys and values, obeys the envs, runs the codec. */
export class TypedStateTable<V> implements StateTable<V> {
  readonly #raw: RawStateTable;
  readonly #codec: Codec<V>;
  readonly #gate: TableGate;

  constructor(
    readonly spec: TableSpec,
    raw: RawStateTable,
    codec: Codec<V>,
    gate: TableGate,
  ) {
    this.#raw = raw;
    this.#codec = codec;
    this.#gate = gate;
  }

  async get(key: string): Promise<Entry<V> | undefined> {
    const bytes = encodeKey(this.spec.name, key);
    const found = await this.#gate.run(
      { kind: 'read', name: 'get', partition: this.#partition(bytes), bytes: 0 },
      () => this.#raw.get(bytes),
    );
    return found && this.#entry(found);
  }

  async put(key: string, value: V, options: PutOptions = {}): Promise<number> {
    const bytes = encodeKey(this.spec.name, key);
    const encoded = copyOf(this.#codec.encode(value));
    const limit = valueBytes.value;
    if (encoded.length > limit) throw valueTooLarge(this.spec.name, key, encoded.length, limit);
    const { expectedRevision, ttlSeconds = this.#gate.defaultTtl } = options;
    checkNumber('expectedRevision', expectedRevision);
    checkNumber('ttlSeconds', ttlSeconds);
    const call = {
      kind: 'write',
      name: 'put',
      partition: this.#partition(bytes),
      bytes: encoded.length,
    } as const;
    return this.#gate.run(call, () => this.#raw.put(bytes, encoded, { expectedRevision, ttlSeconds }));
  }

  async delete(key: string, options: Pick<PutOptions, 'expectedRevision'> = {}): Promise<number> {
    const bytes = encodeKey(this.spec.name, key);
    checkNumber('expectedRevision', options.expectedRevision);
    const call = { kind: 'write', name: 'delete', partition: this.#partition(bytes), bytes: 0 } as const;
    return this.#gate.run(call, () => this.#raw.delete(bytes, options.expectedRevision));
  }

  async *scan(options: ScanOptions = {}): AsyncGenerator<Entry<V>> {
    const { limit = Number.POSITIVE_INFINITY, reverse = false } = options;
    checkNumber('limit', options.limit);
    await this.#gate.admit({ kind: 'read', name: 'scan', partition: undefined, bytes: 0 });
    const range = keyRange(options);
    if (!range || limit === 0) return;
    for await (const found of this.#raw.scan(range, limit, reverse)) yield this.#entry(found);
  }

  watch(options: WatchOptions): AsyncIterableIterator<Change<V>> {
    this.#gate.refuseDenied('read');
    const range = keyRange({ prefix: options.prefix }) ?? { from: undefined, to: undefined };
    const events = this.#raw.watch(range, options.snapshot === true, options.signal);
    return mapped(events, (event) => this.#change(event));
  }

  async count(): Promise<number> {
    const call = { kind: 'read', name: 'count', partition: undefined, bytes: 0 } as const;
    return this.#gate.run(call, () => this.#raw.count());
  }

  #partition(key: Buffer): number {
    return partitionOf(key, this.spec.partitions);
  }

  #entry({ key, value, revision, time }: RawEntry): Entry<V> {
    const text = key.toString();
    return { key: text, value: decodeWith(this.#codec, this.spec.name, text, value), revision, time };
  }

  #change(event: RawEvent): Change<V> {
    if (event.type === 'put') return { type: 'put', entry: this.#entry(event.entry) };
    if (event.type !== 'delete') return event;
    const { key, revision, expired } = event;
    return { type: 'delete', key: key.toString(), revision, expired };
  }
}

/** A copy: a write waits for its turn, and a codec may use its bytes again meanwhile. */
export function copyOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes);
}

/** A value that its own codec cannot read was written by another version, or by hand. */
export function decodeWith<V>(codec: Codec<V>, table: string, key: string, bytes: Buffer): V {
  try {
    return codec.decode(bytes);
  } catch (error) {
    throw corruptRecord(table, key, error instanceof Error ? error.message : String(error));
  }
}

export function checkNumber(name: string, value: number | undefined): void {
  if (value === undefined) return;
  if (typeof value !== 'number' || Number.isNaN(value) || value < 0) {
    throw new RangeError(`${name} is a number of 0 or more, not ${String(value)}`);
  }
}

/** Like the iterator, with each event turned into another; ends with it. */
export function mapped<A, B>(
  events: AsyncIterableIterator<A>,
  turn: (event: A) => B,
): AsyncIterableIterator<B> {
  return {
    async next() {
      const step = await events.next();
      if (step.done) return { done: true, value: undefined };
      try {
        return { done: false, value: turn(step.value) };
      } catch (error) {
        await events.return?.();
        throw error;
      }
    },
    async return() {
      await events.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
