/** What a driver provides: tables of bytes. Keys and values were checked, envs obeyed and codecs run before (typed.ts). */
import type { KeyRange } from './keys.js';
import type { Position, Retention } from './table.js';

export interface RawEntry {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly revision: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

export type RawChange =
  | { readonly type: 'put'; readonly entry: RawEntry }
  | { readonly type: 'delete'; readonly key: Buffer; readonly revision: number; readonly expired: boolean };

export type RawEvent = RawChange | { readonly type: 'current' } | { readonly type: 'lost' };

export interface RawPut {
  readonly expectedRevision: number | undefined;
  /** Seconds; 0 = never. */
  readonly ttlSeconds: number;
}

export interface RawStateTable {
  get(key: Buffer): Promise<RawEntry | undefined> | RawEntry | undefined;
  put(key: Buffer, value: Buffer, options: RawPut): Promise<number>;
  delete(key: Buffer, expectedRevision: number | undefined): Promise<number>;
  scan(range: KeyRange, limit: number, reverse: boolean): AsyncIterableIterator<RawEntry>;
  /** Listens from the call on, not from the first `next()`. */
  watch(range: KeyRange, snapshot: boolean, signal: AbortSignal): AsyncIterableIterator<RawEvent>;
  count(): Promise<number> | number;
}

export interface RawRecord extends Position {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly time: number;
}

export type RawLogEvent = { readonly type: 'record'; readonly record: RawRecord } | { readonly type: 'lost' };

export interface RawRead {
  readonly key: Buffer | undefined;
  readonly partition: number | undefined;
  readonly fromTime: number | undefined;
  readonly toTime: number | undefined;
  readonly after: Position | undefined;
  readonly limit: number;
  readonly reverse: boolean;
}

export interface RawLogTable {
  append(key: Buffer, value: Buffer): Promise<Position>;
  read(options: RawRead): AsyncIterableIterator<RawRecord>;
  watch(key: Buffer | undefined, signal: AbortSignal): AsyncIterableIterator<RawLogEvent>;
  count(): Promise<number> | number;
  setRetention(retention: Retention): void;
}
