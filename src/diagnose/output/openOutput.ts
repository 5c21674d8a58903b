import type { FileHandle } from 'node:fs/promises';
import { RemoraError } from '../../base/index.js';
import { outputFailed, outputTooLarge } from './errors.js';
import type { OutputFile } from './types.js';

/** What a file needs of its folder. */
export interface OutputHome {
  /** Asks for room in the folder. @throws RemoraError `output-full` */
  take(bytes: number): void;
  /** Gives the file its name. */
  keep(): Promise<void>;
  /** Removes what is there of it. */
  drop(): Promise<void>;
  /** In any case, last. */
  ended(kept: boolean): void;
}

export interface OpenOptions {
  readonly name: string;
  readonly path: string;
  readonly url: string;
  readonly handle: FileHandle;
  readonly home: OutputHome;
  readonly maxBytes: number;
  /** What was there before, of an appended file. */
  readonly before: number;
}

/** Writes in the order of the calls; the first fault removes the file and is what every later call gets. */
export class OpenOutput implements OutputFile {
  readonly name: string;
  readonly path: string;
  readonly url: string;
  readonly #options: OpenOptions;
  #bytes = 0;
  #tail: Promise<void> = Promise.resolve();
  #fault: RemoraError | undefined;
  #end: Promise<void> | undefined;

  constructor(options: OpenOptions) {
    this.#options = options;
    this.name = options.name;
    this.path = options.path;
    this.url = options.url;
  }

  get bytes(): number {
    return this.#bytes;
  }

  write(chunk: string | Uint8Array): Promise<void> {
    const data = typeof chunk === 'string' ? Buffer.from(chunk, 'utf8') : chunk;
    const done = this.#tail.then(() => this.#write(data));
    this.#tail = done.catch(() => {});
    return done;
  }

  close(): Promise<void> {
    this.#end ??= this.#tail.then(() => this.#close());
    return this.#end;
  }

  async abort(): Promise<void> {
    if (this.#end) return;
    this.#end = this.#tail.then(() => this.#give(new RemoraError('output-aborted', 'the file was given up')));
    await this.#end;
    // Who closes a file that was given up is told so.
    this.#end = Promise.reject(this.#fault);
    this.#end.catch(() => {});
  }

  async #write(data: Uint8Array): Promise<void> {
    if (this.#fault) throw this.#fault;
    const { before, maxBytes, home, handle, name } = this.#options;
    try {
      if (before + this.#bytes + data.length > maxBytes) throw outputTooLarge(name, maxBytes);
      home.take(data.length);
      for (let at = 0; at < data.length; ) {
        const { bytesWritten } = await handle.write(data, at, data.length - at);
        at += bytesWritten;
      }
      this.#bytes += data.length;
    } catch (error) {
      await this.#give(error instanceof RemoraError ? error : outputFailed(name, error));
      throw this.#fault;
    }
  }

  async #close(): Promise<void> {
    if (this.#fault) throw this.#fault;
    const { home, handle, name } = this.#options;
    try {
      // Some file systems find out here that they have no room.
      await handle.datasync();
      await handle.close();
      await home.keep();
    } catch (error) {
      await this.#give(error instanceof RemoraError ? error : outputFailed(name, error));
      throw this.#fault;
    }
    home.ended(true);
  }

  async #give(fault: RemoraError): Promise<void> {
    if (this.#fault) return;
    this.#fault = fault;
    const { home, handle, before } = this.#options;
    if (before > 0) await handle.truncate(before).catch(() => {});
    await handle.close().catch(() => {});
    await home.drop().catch(() => {});
    home.ended(false);
  }
}
