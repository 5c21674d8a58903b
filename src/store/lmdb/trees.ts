import type { RootDatabase } from 'lmdb';
import type { Tree } from './engine.js';

/** Beside the three below each table has one of its own. */
export const MAX_TABLES = 200;

/** The trees of the file. */
export interface Trees {
  /** Counters: see `counterKey`, and names of facts about the store. */
  readonly facts: Tree;
  /** `expiryKey` → nothing, for every key of a state table that expires. */
  readonly expiry: Tree;
  /** The tree of a table's own records. */
  table(id: number): Tree;
}

const BINARY = { encoding: 'binary', keyEncoding: 'binary' } as const;

/** Makes what is missing: a commit each. */
export function openTrees(root: RootDatabase<Buffer, Buffer>): Trees {
  const opened = new Map<string, Tree>();
  const open = (name: string): Tree => {
    let tree = opened.get(name);
    if (!tree) {
      tree = root.openDB<Buffer, Buffer>(name, BINARY);
      opened.set(name, tree);
    }
    return tree;
  };
  return { facts: open('facts'), expiry: open('expiry'), table: (id) => open(`table-${id}`) };
}

/** `r`, table (4), partition (2) → what the partition's counter says. */
export function counterKey(table: number, partition: number): Buffer {
  const key = Buffer.alloc(7);
  key[0] = 0x72;
  key.writeUInt32BE(table, 1);
  key.writeUInt16BE(partition, 5);
  return key;
}

const EXPIRY_HEAD = 10;

/** Table (4), time (6), key. */
export function expiryKey(table: number, expires: number, key: Buffer): Buffer {
  const head = Buffer.alloc(EXPIRY_HEAD);
  head.writeUInt32BE(table, 0);
  head.writeUIntBE(expires, 4, 6);
  return Buffer.concat([head, key]);
}

export function readExpiryKey(bytes: Buffer): { readonly expires: number; readonly key: Buffer } {
  return { expires: bytes.readUIntBE(4, 6), key: bytes.subarray(EXPIRY_HEAD) };
}

/** The greatest time that 6 bytes can hold. */
export const MAX_TIME = 2 ** 48 - 1;
