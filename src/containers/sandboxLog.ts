/**
 * The sandbox files `stdout` and `stderr`, each bounded by `sandbox-log-bytes`: a session's ends there (its stream is what
 * counts), any other goes on in a new file and keeps one old, `stdout.1`. Nothing is opened through a link.
 */
import {
  closeSync,
  constants,
  fchownSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  writeSync,
  writev,
} from 'node:fs';
import { sandboxLogBytes } from './limits.js';
import type { Sandbox } from './sandbox.js';
import type { User } from './users.js';

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDWR, O_WRONLY } = constants;
/** Waiting for the disk; at it the container is held back. */
const BEHIND_BYTES = 1024 * 1024;
const COPY_BYTES = 1024 * 1024;

export type LogName = 'stdout' | 'stderr';

function place(sandbox: Sandbox, name: string): string {
  return `/proc/self/fd/${sandbox.fd}/${name}`;
}

function isOurs(stat: Stats, user: User): boolean {
  return stat.isFile() && stat.nlink === 1 && (stat.uid === user.uid || stat.uid === process.getuid?.());
}

/** Opens for appending; the caller closes. A file that is there is gone on with if it is the user's own plain file. */
export function openLog(sandbox: Sandbox, name: LogName, user: User): number {
  const path = place(sandbox, name);
  for (const again of [false, true]) {
    if (again) rmSync(path, { force: true });
    try {
      // O_NONBLOCK: a FIFO in its place must not hang us.
      const fd = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o644);
      if (isOurs(fstatSync(fd), user)) {
        if (process.getuid?.() === 0) fchownSync(fd, user.uid, user.gid);
        return fd;
      }
      closeSync(fd);
    } catch (error) {
      if (again) throw error;
    }
  }
  throw new Error(`${sandbox.path}/${name} is no plain file`);
}

/** One that we write ourselves, from a stream. */
export class LogFile {
  readonly #sandbox: Sandbox;
  readonly #name: LogName;
  readonly #user: User;
  readonly #rotates: boolean;
  readonly #onError: (error: unknown) => void;
  #fd: number | undefined;
  #size: number;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #writing = false;
  #closing = false;
  #closed: () => void = () => undefined;
  readonly #whenClosed = new Promise<void>((resolve) => {
    this.#closed = resolve;
  });

  constructor(
    sandbox: Sandbox,
    name: LogName,
    user: User,
    rotates: boolean,
    onError: (error: unknown) => void,
  ) {
    this.#sandbox = sandbox;
    this.#name = name;
    this.#user = user;
    this.#rotates = rotates;
    this.#onError = onError;
    this.#fd = openLog(sandbox, name, user);
    this.#size = fstatSync(this.#fd).size;
  }

  get isBehind(): boolean {
    return this.#waitingBytes >= BEHIND_BYTES;
  }

  /** `onTaken`: the disk has caught up. */
  write(data: Buffer, onTaken: () => void): void {
    const room = sandboxLogBytes.value - this.#size - this.#waitingBytes;
    if (this.#fd === undefined || (room <= 0 && !this.#rotates)) return;
    const piece = this.#rotates ? data : data.subarray(0, room);
    this.#waiting.push(piece);
    this.#waitingBytes += piece.length;
    if (!this.#writing) this.#drain(onTaken);
  }

  #drain(onTaken: () => void): void {
    const pieces = this.#waiting;
    this.#waiting = [];
    const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
    if (this.#fd === undefined || bytes === 0) return;
    this.#writing = true;
    writev(this.#fd, pieces, (error, written) => {
      const wasBehind = this.isBehind;
      this.#writing = false;
      this.#waitingBytes -= bytes;
      this.#size += written ?? 0;
      // A full disk ends the file, not the container.
      if (error || written !== bytes)
        this.#fail(error ?? new Error(`${written} of ${bytes} bytes were written`));
      else if (this.#rotates && this.#size >= sandboxLogBytes.value) this.#rotate();
      if (this.#waiting.length > 0 && this.#fd !== undefined) this.#drain(onTaken);
      else if (this.#closing) this.#shut();
      if (wasBehind && !this.isBehind) onTaken();
    });
  }

  #rotate(): void {
    try {
      renameSync(place(this.#sandbox, this.#name), place(this.#sandbox, `${this.#name}.1`));
      const old = this.#fd;
      this.#fd = openLog(this.#sandbox, this.#name, this.#user);
      this.#size = fstatSync(this.#fd).size;
      if (old !== undefined) closeSync(old);
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#onError(error);
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#shut();
  }

  #shut(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
    this.#closed();
  }

  /** What waits is still written; resolves then. */
  close(): Promise<void> {
    this.#closing = true;
    if (!this.#writing) this.#shut();
    return this.#whenClosed;
  }
}

/**
 * Bounds a file that the container itself appends to: what is in it goes to `NAME.1`, and it begins anew. What the
 * container writes in between is lost. Does nothing to a file that is not the user's own plain file.
 */
export function cutLog(sandbox: Sandbox, name: LogName, user: User): boolean {
  let fd: number | undefined;
  let old: number | undefined;
  try {
    fd = openSync(place(sandbox, name), O_RDWR | O_NOFOLLOW | O_NONBLOCK);
    const stat = fstatSync(fd);
    if (stat.size < sandboxLogBytes.value || !isOurs(stat, user)) return false;
    rmSync(place(sandbox, `${name}.1`), { force: true });
    old = openSync(place(sandbox, `${name}.1`), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644);
    if (process.getuid?.() === 0) fchownSync(old, user.uid, user.gid);
    copyEnd(fd, old, stat.size);
    ftruncateSync(fd, 0);
    return true;
  } catch {
    return false;
  } finally {
    if (fd !== undefined) closeSync(fd);
    if (old !== undefined) closeSync(old);
  }
}

/** The last `sandbox-log-bytes`: a container may have been alone for long. */
function copyEnd(from: number, to: number, size: number): void {
  const buffer = Buffer.allocUnsafe(COPY_BYTES);
  for (let at = Math.max(0, size - sandboxLogBytes.value); at < size; ) {
    const count = readSync(from, buffer, 0, Math.min(buffer.length, size - at), at);
    if (count === 0) return;
    writeSync(to, buffer, 0, count);
    at += count;
  }
}
