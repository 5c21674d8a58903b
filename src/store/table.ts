/**
 * The one storage interface (DESIGN 6). A driver is an object of type `Store`; every driver passes the conformance suite
 * of test/store.
 */

/** `state`: the last value of each key, with its revision. `log`: records appended, kept for a while. */
export type TableKind = 'state' | 'log';

/** How long a log's records stay; the oldest go first. Absent = without that bound. */
export interface Retention {
  readonly maxAgeSeconds?: number;
  readonly maxRecords?: number;
  readonly maxBytes?: number;
}

export interface TableSpec {
  /** `[a-z][a-z0-9_-]*`, at most 64 bytes. */
  readonly name: string;
  readonly kind: TableKind;
  /** 1 to 1024; a key's partition is a hash of it. */
  readonly partitions: number;
  /** Of a log. */
  readonly retention?: Retention;
  /** Table envs as Pegasus names them (`default_ttl`, ...), set where the table is made. */
  readonly envs?: Readonly<Record<string, string>>;
}

/** How values become bytes. `decode` throws on bytes that it did not make. */
export interface Codec<V> {
  encode(value: V): Uint8Array;
  decode(bytes: Uint8Array): V;
}

/** Values as JSON text. */
export function jsonCodec<V>(): Codec<V> {
  return {
    encode: (value) => Buffer.from(JSON.stringify(value)),
    decode: (bytes) => JSON.parse(Buffer.from(bytes).toString('utf8')) as V,
  };
}

/** One key's value. */
export interface Entry<V> {
  readonly key: string;
  readonly value: V;
  /** Grows with every change in the key's partition; 1 or more, and never used again after a delete. */
  readonly revision: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

export interface PutOptions {
  /** Write only if the key has this revision now; 0 = only if there is no such key. Else `revision-conflict`. */
  readonly expectedRevision?: number;
  /** Seconds after which the key is gone; the table's `default_ttl` otherwise; 0 = never. */
  readonly ttlSeconds?: number;
}

/** Bounds are by key, in byte order of its UTF-8 form. */
export interface ScanOptions {
  readonly prefix?: string;
  /** First key, itself included. */
  readonly from?: string;
  /** End of the range, itself left out. */
  readonly to?: string;
  readonly limit?: number;
  readonly reverse?: boolean;
}

export interface WatchOptions {
  readonly prefix?: string;
  /** First give every key that there is now, as puts, then `{type: 'current'}`, then changes. */
  readonly snapshot?: boolean;
  readonly signal: AbortSignal;
}

/**
 * `lost`: the watcher was slower than the writers for longer than `store-watch-buffer` changes; it must read anew. It is
 * the last event.
 */
export type Change<V> =
  | { readonly type: 'put'; readonly entry: Entry<V> }
  | { readonly type: 'delete'; readonly key: string; readonly revision: number; readonly expired: boolean }
  | { readonly type: 'current' }
  | { readonly type: 'lost' };

/**
 * A table of kind `state`. Every write is durable before its promise resolves. Keys are 1 to `store-key-bytes` bytes of
 * UTF-8, values at most `store-value-bytes`; otherwise `bad-key`, `value-too-large`.
 */
export interface StateTable<V> {
  readonly spec: TableSpec;
  get(key: string): Promise<Entry<V> | undefined>;
  /** Returns the new revision. Rejects with `revision-conflict` (details: `revision`, the present one). */
  put(key: string, value: V, options?: PutOptions): Promise<number>;
  /** Returns the revision of the deletion, 0 where there was nothing. */
  delete(key: string, options?: Pick<PutOptions, 'expectedRevision'>): Promise<number>;
  /** In order of keys over all partitions, from one moment's state of each partition. */
  scan(options?: ScanOptions): AsyncIterable<Entry<V>>;
  /** From the time of the call on. In order within a partition. */
  watch(options: WatchOptions): AsyncIterable<Change<V>>;
  /** Number of keys. */
  count(): Promise<number>;
}

/** Where a record stands in a log. */
export interface Position {
  readonly partition: number;
  /** 1 or more, growing within the partition. */
  readonly sequence: number;
}

export interface LogRecord<V> extends Position {
  readonly key: string;
  readonly value: V;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

export interface ReadOptions {
  /** Only records of this key: only its partition is read. */
  readonly key?: string;
  readonly partition?: number;
  /** Milliseconds since the epoch, bounds of the record's time: from included, to left out. */
  readonly fromTime?: number;
  readonly toTime?: number;
  /** Only its partition, from the record on that comes next in the direction of reading. */
  readonly after?: Position;
  readonly limit?: number;
  /** Newest first. */
  readonly reverse?: boolean;
}

/** A table of kind `log`. Appends are durable before their promise resolves. */
export interface LogTable<V> {
  readonly spec: TableSpec;
  append(key: string, value: V): Promise<Position>;
  /** By time over partitions, by sequence within one. */
  read(options?: ReadOptions): AsyncIterable<LogRecord<V>>;
  /** Records appended from the call on. Ends by the signal, or after `{type: 'lost'}` as in `Change`. */
  watch(options: {
    readonly key?: string;
    readonly signal: AbortSignal;
  }): AsyncIterable<{ readonly type: 'record'; readonly record: LogRecord<V> } | { readonly type: 'lost' }>;
  /** Number of records. */
  count(): Promise<number>;
}

/** A partition as `/meta/*` shows it. */
export interface PartitionInfo {
  readonly index: number;
  /** Number of accepted changes of its configuration; 0 when the table is made. */
  readonly ballot: number;
  readonly maxReplicaCount: number;
  /** Node address, undefined while it has none. */
  readonly primary: string | undefined;
  readonly secondaries: readonly string[];
}

/** A table as the registry knows it. */
export interface TableInfo {
  /** 1 or more, never used again. */
  readonly id: number;
  readonly spec: TableSpec;
  readonly status: 'available' | 'creating' | 'dropping';
  /** Milliseconds since the epoch. */
  readonly createTime: number;
  readonly envs: Readonly<Record<string, string>>;
}

/** A node that holds replicas. */
export interface NodeInfo {
  /** `host:port`. */
  readonly address: string;
  readonly status: 'ALIVE' | 'UNALIVE';
}

export interface ClusterInfo {
  /** `embedded`, or the addresses of the engine. */
  readonly engine: string;
  /** Where the store is kept: a folder, or the root of its names in the engine. */
  readonly root: string;
  /** Address of the server that is primary now. */
  readonly primary: string | undefined;
}

/** An open store. */
export interface Store {
  /** Makes the table or opens it. Rejects with `table-differs` where one of that name has another kind or partitions. */
  state<V>(spec: TableSpec & { readonly kind: 'state' }, codec: Codec<V>): Promise<StateTable<V>>;
  log<V>(spec: TableSpec & { readonly kind: 'log' }, codec: Codec<V>): Promise<LogTable<V>>;
  tables(): Promise<TableInfo[]>;
  partitions(table: string): Promise<PartitionInfo[]>;
  nodes(): Promise<NodeInfo[]>;
  cluster(): Promise<ClusterInfo>;
  /** Replaces the envs of a table; rejects with `bad-env` naming the key and the rule. */
  setEnvs(table: string, envs: Readonly<Record<string, string>>): Promise<void>;
  /** Ends watches, waits for writes, closes files. */
  close(): Promise<void>;
}
