import { closeSync, constants, fstatSync, lstatSync, openSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { targetErrors } from '../errors.js';
import { workerWait } from '../limits.js';

/** Linux O_PATH; not among Node's constants. */
const O_PATH = 0o10000000;

export interface SocketPlace {
  readonly pid: number;
  /** Host uid that must own the socket. */
  readonly uid: number;
  /** Folder as the target sees it, without symbolic links. */
  readonly folder: string;
  /** The target has another mount namespace: go through /proc/PID/root. */
  readonly otherMount: boolean;
}

/**
 * Connects to the Worker's socket as soon as it is there. Through another mount namespace no symbolic link is
 * followed: an absolute one would lead to a file of the host (evidence/network-and-shim.md 2.5).
 */
export async function connectToWorker(place: SocketPlace, failed: () => Error | undefined): Promise<Socket> {
  const deadline = Date.now() + workerWait.value;
  for (let attempt = 0; ; attempt += 1) {
    const error = failed();
    if (error) throw error;
    const socket = await tryConnect(place);
    if (socket) return socket;
    if (Date.now() > deadline) throw targetErrors.workerSilent(place.pid, 'its socket did not appear');
    await sleep(attempt < 50 ? 2 : 20);
  }
}

/** Whether the folder is there: made by the injection itself, removed when the agent has come. */
export function hasFolder(place: SocketPlace): boolean {
  const fds: number[] = [];
  try {
    return lstatSync(place.otherMount ? dirname(walk(place, fds)) : place.folder) !== undefined;
  } catch {
    return false;
  } finally {
    for (const fd of fds) closeSync(fd);
  }
}

async function tryConnect(place: SocketPlace): Promise<Socket | undefined> {
  const fds: number[] = [];
  try {
    const path = place.otherMount ? walk(place, fds) : `${place.folder}/s`;
    const stat = lstatSync(path);
    if (!stat.isSocket() || stat.uid !== place.uid) return undefined;
    return await new Promise((resolve) => {
      const socket = connect({ path });
      socket.pause();
      socket.once('connect', () => resolve(socket));
      socket.on('error', () => resolve(undefined));
    });
  } catch {
    return undefined;
  } finally {
    for (const fd of fds) closeSync(fd);
  }
}

/** Opens the folder component by component without following a link; returns a path through the last descriptor. */
function walk(place: SocketPlace, fds: number[]): string {
  const open = (path: string, flags: number): number => {
    const fd = openSync(path, flags);
    fds.push(fd);
    return fd;
  };
  let fd = open(`/proc/${place.pid}/root`, constants.O_DIRECTORY | O_PATH);
  for (const part of place.folder.split('/').filter(Boolean)) {
    if (part === '..' || part === '.') throw new Error('not a plain path');
    fd = open(`/proc/self/fd/${fd}/${part}`, constants.O_DIRECTORY | constants.O_NOFOLLOW | O_PATH);
  }
  if (fstatSync(fd).uid !== place.uid) throw new Error('the folder is not of the target');
  return `/proc/self/fd/${fd}/s`;
}
