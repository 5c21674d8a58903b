import { badKey } from './errors.js';
import { keyBytes } from './limits.js';
import type { ScanOptions } from './table.js';

/** What an LMDB page can bear, less what indexes put before a key. */
const LONGEST = 1900;
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * A key as bytes.
 *
 * @throws RemoraError `bad-key`.
 */
export function encodeKey(table: string, key: string): Buffer {
  if (typeof key !== 'string' || key === '') throw badKey(table, 'is empty');
  if (LONE_SURROGATE.test(key)) throw badKey(table, 'has half a character in it (a lone surrogate)');
  const bytes = Buffer.from(key);
  const limit = Math.min(LONGEST, keyBytes.value);
  if (bytes.length > limit) throw badKey(table, `has ${bytes.length} bytes; ${limit} are allowed`);
  return bytes;
}

/** A range of keys: from included, to left out; undefined = open. */
export interface KeyRange {
  readonly from: Buffer | undefined;
  readonly to: Buffer | undefined;
}

/** Undefined where nothing can lie between the bounds. */
export function keyRange({ prefix, from, to }: ScanOptions): KeyRange | undefined {
  let low: Buffer | undefined = from ? Buffer.from(from) : undefined;
  let high: Buffer | undefined = to === undefined ? undefined : Buffer.from(to);
  if (prefix) {
    const first = Buffer.from(prefix);
    const after = successor(first);
    if (!low || Buffer.compare(first, low) > 0) low = first;
    if (after && (!high || Buffer.compare(after, high) < 0)) high = after;
  }
  if (high && (high.length === 0 || (low && Buffer.compare(low, high) >= 0))) return undefined;
  return { from: low, to: high };
}

/** The first bytes after everything that begins with `prefix`. UTF-8 has no byte 0xff, so the last one can be counted up. */
function successor(prefix: Buffer): Buffer | undefined {
  const next = Buffer.from(prefix);
  const last = next.length - 1;
  if (last < 0) return undefined;
  next[last] = (next[last] ?? 0) + 1;
  return next;
}

export function isInRange(key: Buffer, range: KeyRange): boolean {
  if (range.from && Buffer.compare(key, range.from) < 0) return false;
  return !range.to || Buffer.compare(key, range.to) < 0;
}
