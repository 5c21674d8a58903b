/** Reading a process's memory through /proc/PID/mem: it is neither stopped nor told. */
import { closeSync, openSync, readSync } from 'node:fs';

export class ProcessMemory {
  readonly #fd: number;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** Throws the system's error. */
  static open(pid: number): ProcessMemory {
    return new ProcessMemory(openSync(`/proc/${pid}/mem`, 'r'));
  }

  /** All of the bytes, or undefined where not all of them are mapped. */
  read(address: number, length: number): Buffer | undefined {
    if (!Number.isSafeInteger(address) || address <= 0) return undefined;
    const bytes = Buffer.alloc(length);
    try {
      return readSync(this.#fd, bytes, 0, length, address) === length ? bytes : undefined;
    } catch {
      return undefined;
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** A pointer of a 64-bit process; one beyond 2^53 is none of user space and comes out inexact, hence unreadable. */
export function pointerAt(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
}
