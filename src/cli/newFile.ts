import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { notWritten } from './errors.js';

/**
 * A file that is there only when it is whole. Opened before the work whose result it takes: who named a place that
 * cannot be written learns it at once.
 */
export class NewFile {
  readonly #path: string;
  readonly #partPath: string;
  #part: FileHandle | undefined;

  private constructor(path: string, partPath: string, part: FileHandle) {
    this.#path = path;
    this.#partPath = partPath;
    this.#part = part;
  }

  /** @throws RemoraError `not-written` */
  static async open(path: string): Promise<NewFile> {
    const partPath = `${path}.${process.pid}.part`;
    try {
      const there = await stat(path).catch(() => undefined);
      if (there && !there.isFile()) throw Object.assign(new Error(), { code: 'it is no plain file' });
      return new NewFile(path, partPath, await open(partPath, 'wx', 0o600));
    } catch (cause) {
      throw notWritten(path, cause);
    }
  }

  /** Writes all of it and gives it its name. @throws RemoraError `not-written` */
  async keep(bytes: Buffer): Promise<void> {
    try {
      await this.#part?.writeFile(bytes);
      await this.#part?.close();
      await rename(this.#partPath, this.#path);
      this.#part = undefined;
    } catch (cause) {
      throw notWritten(this.#path, cause);
    }
  }

  /** Unless it was kept. */
  async remove(): Promise<void> {
    if (!this.#part) return;
    await this.#part.close().catch(() => undefined);
    this.#part = undefined;
    await rm(this.#partPath, { force: true });
  }
}
