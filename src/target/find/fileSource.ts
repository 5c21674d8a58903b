/** Opening what a process runs: its executable, or a library it has loaded, as bytes and an identity. */
import type { BigIntStats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import type { ByteSource } from './elf.js';
import type { Mapping } from './maps.js';
import { namespacesOf } from './namespaces.js';

export interface OpenFile {
  readonly source: ByteSource;
  /** Device, inode, time of change and size: the same key is the same content. */
  readonly key: string;
  readonly inode: number;
}

export function fileKey(stats: BigIntStats): string {
  return `${stats.dev}:${stats.ino}:${stats.mtimeNs}:${stats.size}`;
}

/** Opens a regular file, gives it to `use`, and closes it. Rejects with the system's error. */
export async function withFile<T>(path: string, use: (file: OpenFile) => Promise<T>): Promise<T> {
  const handle = await open(path, 'r');
  try {
    const stats = await handle.stat({ bigint: true });
    if (!stats.isFile()) throw new Error(`${path} is not a regular file`);
    return await use({ source: byteSource(handle), key: fileKey(stats), inode: Number(stats.ino) });
  } finally {
    await handle.close();
  }
}

function byteSource(handle: FileHandle): ByteSource {
  return {
    async read(offset, length) {
      // Headers of a broken file name any offset; beyond the end there is simply nothing.
      if (length <= 0 || !Number.isSafeInteger(offset + length)) return Buffer.alloc(0);
      const bytes = Buffer.allocUnsafe(length);
      let total = 0;
      while (total < length) {
        const { bytesRead } = await handle.read(bytes, total, length - total, offset + total);
        if (bytesRead === 0) break;
        total += bytesRead;
      }
      return bytes.subarray(0, total);
    },
  };
}

/**
 * The file behind a mapping. The kernel's link to the mapped inode where we may follow it (root), else the path, if it
 * is in our own mount namespace and still the same file. A path of another mount namespace is never opened.
 */
export async function withMapped<T>(
  pid: number,
  mapping: Mapping,
  use: (file: OpenFile) => Promise<T>,
): Promise<T> {
  const range = `${mapping.start.toString(16)}-${mapping.end.toString(16)}`;
  const checked = async (file: OpenFile) => {
    if (file.inode !== mapping.inode) throw new Error(`${mapping.path} is not the file that is mapped`);
    return await use(file);
  };
  const link = `/proc/${pid}/map_files/${range}`;
  const followed = await stat(link).then(
    () => true,
    () => false,
  );
  if (followed) return await withFile(link, checked);
  if (namespacesOf(pid).mnt !== 'same') throw new Error(`${mapping.path} is in another mount namespace`);
  return await withFile(mapping.path, checked);
}
