/** The files of a store, looked at before LMDB maps them: what it cannot read ends the process, and not by an exception. */
import {
  chmodSync,
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { RootDatabase } from 'lmdb';
import { hexId } from '../../base/index.js';
import { cannotOpen, newerStore, notAStore, storeCorrupt } from '../errors.js';
import { errorOf } from './engine.js';
import { OWNER_FILE } from './folderOwner.js';
import { MAX_TABLES } from './trees.js';

const FORMAT = 1;
const MARK = 'store.json';
const DATA = 'tables.mdb';
const LOCK = `${DATA}-lock`;
/** Places for readers: more than scans can be open. */
const MAX_READERS = 600;
/** LMDB maps this file and writes to it; on a full disk that would be fatal unless the blocks are there already. */
const LOCK_BYTES = 64 * 1024;

/** Opens the file in a folder that is ours alone by now. A new folder is made into a store. */
export async function openDataFile(folder: string): Promise<RootDatabase<Buffer, Buffer>> {
  // Loaded here alone: native code that commands without tables should not wait for.
  const { open } = await import('lmdb');
  checkFolder(folder);
  const path = join(folder, DATA);
  checkDataFile(path);
  try {
    const lock = join(folder, LOCK);
    if (!existsSync(lock)) writeFileSync(lock, Buffer.alloc(LOCK_BYTES), { mode: 0o600 });
    const root = open<Buffer, Buffer>({
      path,
      noSubdir: true,
      encoding: 'binary',
      keyEncoding: 'binary',
      // A write's promise settles when the disk has it, not before.
      overlappingSync: false,
      // Our own batches are the only ones: nothing to wait a turn for.
      eventTurnBatching: false,
      maxDbs: MAX_TABLES + 4,
      maxReaders: MAX_READERS,
    } as Parameters<typeof open>[0]) as RootDatabase<Buffer, Buffer>;
    chmodSync(path, 0o600);
    // A file whose name is not on the disk is lost with the power, whatever was synced into it.
    syncFolder(folder);
    return root;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    if (/MDB_(INVALID|CORRUPTED|VERSION_MISMATCH|PAGE_NOTFOUND)|not an LMDB/i.test(text)) {
      throw storeCorrupt(path, text, error);
    }
    const known = errorOf(folder, error);
    throw known.code === 'store-full' ? known : cannotOpen(folder, error);
  }
}

function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function checkFolder(folder: string): void {
  const mark = join(folder, MARK);
  if (!existsSync(mark)) {
    const others = readdirSync(folder).filter((name) => !OWNER_FILE.test(name));
    // The first start may have died between its two files.
    if (others.some((name) => name !== LOCK)) {
      throw notAStore(folder, `it has files, and no ${MARK} among them (${others.slice(0, 3).join(', ')})`);
    }
    try {
      writeFileSync(mark, `${JSON.stringify({ format: FORMAT, id: hexId() })}\n`, {
        mode: 0o600,
        flush: true,
      } as object);
    } catch (error) {
      throw errorOf(folder, error);
    }
    return;
  }
  const format = readFormat(mark);
  if (format !== FORMAT) {
    throw typeof format === 'number' && format > FORMAT
      ? newerStore(folder, format)
      : storeCorrupt(mark, 'it does not name a format');
  }
}

function readFormat(mark: string): unknown {
  let text = '';
  try {
    text = readFileSync(mark, 'utf8');
    return (JSON.parse(text) as { format?: unknown } | null)?.format;
  } catch (error) {
    throw storeCorrupt(mark, text === '' ? 'it is empty' : 'it is no JSON', error);
  }
}

const MAGIC = 0xbeefc0de;
const HEADER = 24;
const PAGE_SIZE_AT = 48;
const PAGE_SIZES = [4096, 8192, 16_384, 32_768, 65_536];
const META_BYTES = 168;
const ROOTS_AT = [48 + 40, 96 + 40];
const LAST_PAGE_AT = 144;
const TRANSACTION_AT = 152;
const NO_PAGE = 2n ** 64n - 1n;
const MOST_BYTES = 2n ** 48n;

/** The two pages at the file's begin say how long it must be; a mapped page beyond its end would be fatal to read. */
function checkDataFile(path: string): void {
  if (!existsSync(path)) return;
  const fd = openSync(path, 'r+');
  try {
    const { size } = fstatSync(fd);
    if (size === 0) return;
    const first = readMeta(fd, 0);
    const second = first && PAGE_SIZES.includes(first.pageSize) ? readMeta(fd, first.pageSize) : undefined;
    if (!first || !second) throw storeCorrupt(path, 'it does not begin as such a file does');
    const { pageSize } = first;
    const meta = first.transaction > second.transaction ? first : second;
    const needed = (meta.lastPage + 1n) * BigInt(pageSize);
    const end = BigInt(size);
    const isMissing = (page: bigint): boolean => page !== NO_PAGE && (page + 1n) * BigInt(pageSize) > end;
    if (meta.roots.some(isMissing) || needed > MOST_BYTES) {
      throw storeCorrupt(path, `it has ${size} bytes, and ${needed} are expected: its end is missing`);
    }
    // Free pages at the end need not be in the file; as holes they can be read.
    if (needed > end) ftruncateSync(fd, Number(needed));
  } finally {
    closeSync(fd);
  }
}

function readMeta(fd: number, at: number) {
  const bytes = Buffer.alloc(META_BYTES);
  if (readSync(fd, bytes, 0, META_BYTES, at) < META_BYTES || bytes.readUInt32LE(HEADER) !== MAGIC)
    return undefined;
  return {
    pageSize: bytes.readUInt32LE(PAGE_SIZE_AT),
    lastPage: bytes.readBigUInt64LE(LAST_PAGE_AT),
    transaction: bytes.readBigUInt64LE(TRANSACTION_AT),
    roots: ROOTS_AT.map((offset) => bytes.readBigUInt64LE(offset)),
  };
}
