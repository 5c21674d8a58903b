import type { Risk } from '../../base/index.js';

export interface OutputOptions {
  /** Of the command that writes: who may run it may read the file. Default `observe`. */
  readonly risk?: Risk;
  /**
   * Where the name is taken: `refuse` (RemoraError `output-taken`; the default), `number` (NAME-2.EXT, NAME-3.EXT, ...)
   * or `replace`, which takes the old file's place in one step when the new one is closed.
   */
  readonly whenTaken?: 'refuse' | 'number' | 'replace';
  /** Bytes, where less than the limit `output-file-bytes` is enough. */
  readonly maxBytes?: number;
}

/** A file that is being written. Others see it when it is closed; one made by `append` grows before their eyes. */
export interface OutputFile {
  readonly name: string;
  /** Absolute, on the agent's host. */
  readonly path: string;
  /** `/arthas-output/NAME`, below any address of the agent. */
  readonly url: string;
  /** Accepted so far, without what an appended file had before. */
  readonly bytes: number;
  /**
   * Resolves when the system has taken it, so that who awaits it holds back its source. Calls may overlap: they are
   * written in order.
   * @throws RemoraError `output-failed`, `output-too-large`, `output-full`: nothing of the file is left then
   */
  write(chunk: string | Uint8Array): Promise<void>;
  /** Gives it its name. @throws RemoraError as `write`; twice is once */
  close(): Promise<void>;
  /** Unless it was closed: removes what was written (of an appended file: what was appended). Never rejects. */
  abort(): Promise<void>;
}

export interface OutputEntry {
  readonly name: string;
  readonly path: string;
  readonly url: string;
  readonly bytes: number;
  readonly modified: Date;
  /** Who may run commands of this risk may read it. */
  readonly risk: Risk;
}

/** Files that commands write on the agent's side (DESIGN 4, Files): below the agent's own state folder, 0600. */
export interface OutputService {
  /** A new file. @throws RemoraError `bad-output-name`, `output-taken`, `output-busy`, `output-full`, ... */
  create(name: string, options?: OutputOptions): Promise<OutputFile>;
  /** Writes at the end of a file, which is made where it is missing. @throws as `create` */
  append(name: string, options?: Pick<OutputOptions, 'risk' | 'maxBytes'>): Promise<OutputFile>;
  /** Finished ones, newest first. */
  list(): Promise<OutputEntry[]>;
  /** @throws RemoraError `output-not-found`, `output-busy` */
  remove(name: string): Promise<void>;
  /** Bytes that can still be written: by the limits, and by the disk. */
  room(): Promise<{ readonly limit: number; readonly disk: number }>;
}
