import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { formatDateTime } from './clock.js';
import { counters } from './counters.js';
import { errorText, RemoraError } from './error.js';
import { unsafeAuditFile } from './errors.js';
import { ensurePrivateFolder } from './folders.js';
import { auditFileBytes, auditFiles } from './limits.js';
import type { Log } from './log.js';
import { redactArgv, redactValue } from './redact.js';
import type { Caller } from './role.js';

/** What is kept of one call that observes or changes, or that was refused. */
export interface AuditRecord {
  readonly caller: Caller;
  /** Dotted: `arthas.exec`, `http.refused`. */
  readonly action: string;
  /** Pid and name, or a container id. */
  readonly process?: string;
  /** The command line as it was sent; secrets in it are masked. */
  readonly command?: string;
  /** `ok`, `failed`, `refused`, or an error code. */
  readonly outcome: string;
  /** Further facts; members with secret-looking names are masked. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** A record as it is kept: a line of the file, masked. */
export interface AuditLine {
  /** Local time. */
  readonly time: string;
  readonly user: string;
  readonly kind: string;
  readonly address: string;
  readonly role: string;
  readonly action: string;
  readonly process?: string;
  readonly command?: string;
  readonly outcome: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
const failures = counters.counter('audit.failures', 'audit records that could not be written');
const written = counters.counter('audit.records', 'audit records written');

/**
 * An append-only file of JSON lines in a folder of ours (0700, the file 0600), rotated by size: `audit.jsonl` is the
 * newest, `audit.1.jsonl` the one before. A record is with the kernel when `write` returns, so that the death of the
 * agent loses none; a write that fails never throws, is counted, and is logged once until writing works again.
 */
export class Audit {
  readonly path: string;
  readonly #folder: string;
  readonly #log: Log;
  #fd: number | undefined;
  #size = 0;
  #torn = false;
  #failing = 0;
  #closed = false;
  #sink: ((line: AuditLine) => void) | undefined;

  /** Throws RemoraError where the folder or file is not safe; a full disk is no reason to throw. */
  constructor(folder: string, log: Log) {
    this.#folder = ensurePrivateFolder(folder);
    this.path = join(folder, 'audit.jsonl');
    this.#log = log;
    try {
      this.#open();
    } catch (error) {
      if (error instanceof RemoraError) throw error;
      this.#failed(error);
    }
  }

  write(record: AuditRecord): void {
    if (this.#closed) return;
    const kept = lineOf(record);
    this.#sink?.(kept);
    const line = Buffer.from(`${JSON.stringify(kept)}\n`);
    try {
      if (this.#fd === undefined) this.#open();
      else if (this.#size > 0 && this.#size + line.length > auditFileBytes.value) this.#rotate();
      this.#append(line);
      written.add();
      if (this.#failing > 0) this.#log.info({ lost: this.#failing }, 'audit records are written again');
      this.#failing = 0;
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Where each record goes beside the file: a table, once there is one. It must not throw. */
  setSink(sink: ((line: AuditLine) => void) | undefined): void {
    this.#sink = sink;
  }

  close(): void {
    this.#closed = true;
    this.#shut();
  }

  #append(line: Buffer): void {
    if (this.#fd === undefined) throw new Error('the audit file is not open');
    // A disk that filled up in the middle of a record left half a line behind: the next record starts a line of its own.
    const bytes = this.#torn ? Buffer.concat([Buffer.from('\n'), line]) : line;
    const count = writeSync(this.#fd, bytes);
    this.#size += count;
    if (count > 0) this.#torn = count < bytes.length;
    if (count < bytes.length) throw new Error(`only ${count} of ${bytes.length} bytes could be written`);
  }

  #open(): void {
    let fd: number;
    try {
      fd = openSync(this.path, APPEND, 0o600);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ELOOP') {
        throw unsafeAuditFile(this.path, 'it is a symbolic link', error);
      }
      throw error;
    }
    try {
      const stat = fstatSync(fd);
      if (!stat.isFile()) throw unsafeAuditFile(this.path, 'it is not a plain file');
      if (stat.uid !== process.getuid?.()) throw unsafeAuditFile(this.path, `it belongs to uid ${stat.uid}`);
      if (stat.nlink > 1) throw unsafeAuditFile(this.path, 'it has a second name (hard link)');
      if ((stat.mode & 0o777) !== 0o600) fchmodSync(fd, 0o600);
      this.#size = stat.size;
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    this.#fd = fd;
  }

  #rotate(): void {
    const name = (index: number): string => join(this.#folder, `audit.${index}.jsonl`);
    const keep = Math.max(1, Math.floor(auditFiles.value));
    rmSync(name(keep), { force: true });
    for (let index = keep - 1; index >= 1; index--) {
      try {
        renameSync(name(index), name(index + 1));
      } catch {
        // That generation is not there yet.
      }
    }
    renameSync(this.path, name(1));
    this.#shut();
    this.#open();
  }

  #shut(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #failed(error: unknown): void {
    failures.add();
    this.#failing += 1;
    if (this.#failing === 1) {
      this.#log.error(
        { path: this.path, reason: errorText(error) },
        'audit records cannot be written; calls go on',
      );
    }
  }
}

function lineOf(record: AuditRecord): AuditLine {
  const { caller, action, process, command, outcome, detail } = record;
  return redactValue({
    time: formatDateTime(Date.now()),
    user: caller.user,
    kind: caller.kind,
    address: caller.address,
    role: caller.role,
    action,
    process,
    command: command === undefined ? undefined : redactArgv(command.split(' ')).join(' '),
    outcome,
    detail,
  }) as AuditLine;
}
