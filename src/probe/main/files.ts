import type * as Fs from 'node:fs';
import type { MainContext, MainFunction } from './functions.js';

/** Less than the Worker takes at once: here the application waits. */
const READ_LIMIT = 1024 * 1024;

interface ReadFile {
  readonly path: string;
  readonly offset?: number;
  readonly length?: number;
}

/** What src/probe/worker/files.ts does, for targets that are talked to without a Worker. */
export function fileFunctions(context: MainContext): Record<string, MainFunction> {
  return {
    /** `{path, offset, length}` → `{text, size, end}`; only regular files, never blocking on a FIFO. */
    readFile(params) {
      const { openSync, fstatSync, readSync, closeSync, constants } = context.builtin<typeof Fs>('node:fs');
      const { path, offset = 0, length = READ_LIMIT } = params as ReadFile;
      const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
      try {
        const stat = fstatSync(fd);
        if (!stat.isFile()) throw new Error(`${path} is not a regular file`);
        const buffer = Buffer.alloc(Math.max(0, Math.min(length, READ_LIMIT, stat.size - offset)));
        const bytes = readSync(fd, buffer, 0, buffer.length, offset);
        return { text: buffer.toString('utf8', 0, bytes), size: stat.size, end: offset + bytes };
      } finally {
        closeSync(fd);
      }
    },
  };
}
