/** Reads of /proc that never throw: a process may end, or belong to somebody else, between any two of them. */
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs';
import { PROC_FILE_BYTES } from './limits.js';

export interface ProcLink {
  /** The link's text, when it could be read. */
  readonly text?: string;
  /** True when the kernel refused; false when there is nothing to read (gone, or a kernel thread). */
  readonly denied: boolean;
}

export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** True for the errors that mean "not yours", false for those that mean "not there". */
export function isDenied(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'EACCES' || code === 'EPERM';
}

/** The file's bytes, at most `limit`; undefined when it is gone or refused. */
export function readProcBytes(path: string, limit = PROC_FILE_BYTES.value): Buffer | undefined {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return undefined;
  }
  try {
    const parts: Buffer[] = [];
    let total = 0;
    // Files of /proc have no size: they are read until nothing comes.
    while (total < limit) {
      const part = Buffer.allocUnsafe(Math.min(limit - total, parts.length === 0 ? 4096 : 65_536));
      const count = readSync(fd, part, 0, part.length, null);
      if (count === 0) break;
      parts.push(part.subarray(0, count));
      total += count;
    }
    return parts.length === 1 ? parts[0] : Buffer.concat(parts);
  } catch {
    return undefined;
  } finally {
    closeSync(fd);
  }
}

export function readProcText(path: string, limit?: number): string | undefined {
  return readProcBytes(path, limit)?.toString('utf8');
}

export function readProcLink(path: string): ProcLink {
  try {
    return { text: readlinkSync(path), denied: false };
  } catch (error) {
    return { denied: isDenied(error) };
  }
}

/** The entries of a /proc folder whose names are numbers, ascending; empty when gone or refused. */
export function readProcNumbers(path: string): number[] {
  try {
    return readdirSync(path)
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .sort((a, b) => a - b);
  } catch {
    return [];
  }
}

/** Splits a NUL-separated file (cmdline, environ). The padding that `process.title` leaves is dropped. */
export function splitNul(bytes: Buffer): string[] {
  const parts = bytes.toString('utf8').split('\0');
  while (parts.length > 0 && parts[parts.length - 1] === '') parts.pop();
  return parts;
}

export function readCommand(pid: number): string[] {
  const bytes = readProcBytes(`/proc/${pid}/cmdline`);
  return bytes === undefined ? [] : splitNul(bytes);
}

/** The environment the process was started with; undefined when it cannot be read. */
export function readEnvironment(pid: number): Map<string, string> | undefined {
  const bytes = readProcBytes(`/proc/${pid}/environ`);
  if (bytes === undefined) return undefined;
  const environment = new Map<string, string>();
  for (const entry of splitNul(bytes)) {
    const at = entry.indexOf('=');
    // The first of two equal names is the one that getenv() answers with.
    if (at > 0 && !environment.has(entry.slice(0, at))) {
      environment.set(entry.slice(0, at), entry.slice(at + 1));
    }
  }
  return environment;
}

interface Auxiliary {
  readonly ticksPerSecond: number;
  readonly pageBytes: number;
}

let auxiliary: Auxiliary | undefined;

/** Clock ticks per second and page size, from our own auxiliary vector (they are the host's). */
export function hostUnits(): Auxiliary {
  if (auxiliary) return auxiliary;
  let ticksPerSecond = 100;
  let pageBytes = 4096;
  try {
    const vector = readFileSync('/proc/self/auxv');
    for (let at = 0; at + 16 <= vector.length; at += 16) {
      const type = Number(vector.readBigUInt64LE(at));
      const value = Number(vector.readBigUInt64LE(at + 8));
      if (type === 6 && value > 0) pageBytes = value;
      if (type === 17 && value > 0) ticksPerSecond = value;
    }
  } catch {
    // Linux on x64 and arm64 has 100 and, nearly always, 4096.
  }
  auxiliary = { ticksPerSecond, pageBytes };
  return auxiliary;
}
