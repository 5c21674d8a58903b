import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { monotonicMs } from '../base/index.js';

/** A process that holds a socket, as far as /proc tells us. */
export interface SocketOwner {
  readonly pid: number;
  /** File name of its executable, or its command name where that cannot be read. */
  readonly program: string;
  /** Inodes of all sockets that it holds. */
  readonly sockets: ReadonlySet<number>;
}

/** The search gives the loop back after this many milliseconds. */
const SLICE_MS = 2;

function pidsNewestFirst(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => b - a);
}

function socketsOf(pid: number): Set<number> {
  const inodes = new Set<number>();
  try {
    for (const fd of readdirSync(`/proc/${pid}/fd`)) {
      try {
        const found = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`));
        if (found) inodes.add(Number(found[1]));
      } catch {
        // Closed between the listing and the look.
      }
    }
  } catch {
    // Gone, or another user's.
  }
  return inodes;
}

/** File name of a process's executable; its command name where the link cannot be read. */
export function programOf(pid: number): string {
  try {
    return basename(readlinkSync(`/proc/${pid}/exe`)).replace(/ \(deleted\)$/, '');
  } catch {
    try {
      return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
    } catch {
      return '';
    }
  }
}

/**
 * The newest process that holds the socket of this inode; only among the processes of one user where `uid` is given.
 * Undefined when none can be seen.
 */
export async function findSocketOwner(inode: number, uid?: number): Promise<SocketOwner | undefined> {
  let sliceStart = monotonicMs();
  for (const pid of pidsNewestFirst()) {
    if (uid !== undefined && statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid !== uid) continue;
    const sockets = socketsOf(pid);
    if (sockets.has(inode)) return { pid, program: programOf(pid), sockets };
    if (monotonicMs() - sliceStart > SLICE_MS) {
      await nextTurn();
      sliceStart = monotonicMs();
    }
  }
  return undefined;
}

/** Is the process in our own pid, mount and user namespace? False also when that cannot be read. */
export function inOurNamespaces(pid: number): boolean {
  try {
    return ['pid', 'mnt', 'user'].every(
      (kind) => readlinkSync(`/proc/${pid}/ns/${kind}`) === readlinkSync(`/proc/self/ns/${kind}`),
    );
  } catch {
    return false;
  }
}
