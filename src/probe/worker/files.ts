import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { WorkerContext, WorkerFunction } from './functions.js';

/** Bytes of one read at most; a longer file is read in pieces. */
const READ_LIMIT = 8 * 1024 * 1024;

interface ReadFile {
  readonly path: string;
  readonly offset?: number;
  readonly length?: number;
  /** For files that may be no text; `utf8` when absent. */
  readonly encoding?: 'utf8' | 'base64';
}

/** Reads files as the target sees them: its uid, its working folder, its root (DESIGN 3.4). */
export function fileFunctions(_context: WorkerContext): Record<string, WorkerFunction> {
  return {
    /** `{path, offset, length, encoding}` → `{text, size, end}`; only regular files, never blocking on a FIFO. */
    readFile(params) {
      const { path, offset = 0, length = READ_LIMIT, encoding = 'utf8' } = params as ReadFile;
      const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
      try {
        const stat = fstatSync(fd);
        if (!stat.isFile())
          throw Object.assign(new Error(`${path} is not a regular file`), { code: 'not-a-file' });
        const buffer = Buffer.alloc(Math.max(0, Math.min(length, READ_LIMIT, stat.size - offset)));
        const bytes = readSync(fd, buffer, 0, buffer.length, offset);
        return { text: buffer.toString(encoding, 0, bytes), size: stat.size, end: offset + bytes };
      } finally {
        closeSync(fd);
      }
    },
  };
}
