import { valueTooLarge } from './errors.js';
import { encodeKey } from './keys.js';
import { valueBytes } from './limits.js';
import { partitionOf } from './partition.js';
import type { RawLogTable, RawRecord } from './raw.js';
import type { Codec, LogRecord, LogTable, Position, ReadOptions, TableSpec } from './table.js';
import type { TableGate } from './tableGate.js';
import { checkNumber, copyOf, decodeWith, mapped } from './typedState.js';

/** A driver's log of bytes as a log of values: checks keys and values, obeys the envs, runs the codec. */
export class TypedLogTable<V> implements LogTable<V> {
  readonly #raw: RawLogTable;
  readonly #codec: Codec<V>;
  readonly #gate: TableGate;

  constructor(
    readonly spec: TableSpec,
    raw: RawLogTable,
    codec: Codec<V>,
    gate: TableGate,
  ) {
    this.#raw = raw;
    this.#codec = codec;
    this.#gate = gate;
  }

  async append(key: string, value: V): Promise<Position> {
    const bytes = encodeKey(this.spec.name, key);
    const encoded = copyOf(this.#codec.encode(value));
    const limit = valueBytes.value;
    if (encoded.length > limit) throw valueTooLarge(this.spec.name, key, encoded.length, limit);
    const partition = partitionOf(bytes, this.spec.partitions);
    const call = { kind: 'write', name: 'append', partition, bytes: encoded.length } as const;
    return this.#gate.run(call, () => this.#raw.append(bytes, encoded));
  }

  async *read(options: ReadOptions = {}): AsyncGenerator<LogRecord<V>> {
    const { partition, fromTime, toTime, after, limit = Number.POSITIVE_INFINITY, reverse = false } = options;
    checkNumber('limit', options.limit);
    checkNumber('partition', partition);
    const key = options.key === undefined ? undefined : encodeKey(this.spec.name, options.key);
    await this.#gate.admit({ kind: 'read', name: 'read', partition, bytes: 0 });
    if (limit === 0) return;
    const found = this.#raw.read({ key, partition, fromTime, toTime, after, limit, reverse });
    for await (const record of found) yield this.#record(record);
  }

  watch(options: {
    readonly key?: string;
    readonly signal: AbortSignal;
  }): AsyncIterableIterator<
    { readonly type: 'record'; readonly record: LogRecord<V> } | { readonly type: 'lost' }
  > {
    this.#gate.refuseDenied('read');
    const key = options.key === undefined ? undefined : encodeKey(this.spec.name, options.key);
    return mapped(this.#raw.watch(key, options.signal), (event) =>
      event.type === 'record' ? { type: 'record', record: this.#record(event.record) } : event,
    );
  }

  async count(): Promise<number> {
    const call = { kind: 'read', name: 'count', partition: undefined, bytes: 0 } as const;
    return this.#gate.run(call, () => this.#raw.count());
  }

  #record({ partition, sequence, key, value, time }: RawRecord): LogRecord<V> {
    const text = key.toString();
    return {
      partition,
      sequence,
      key: text,
      value: decodeWith(this.#codec, this.spec.name, text, value),
      time,
    };
  }
}
