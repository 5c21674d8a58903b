import { setTimeout as sleep } from 'node:timers/promises';
import { targetErrors } from '../errors.js';
import { listenSockets, processStat } from '../find/index.js';

export interface FoundPort {
  readonly host: string;
  readonly port: number;
  readonly inode: number;
}

/**
 * Waits for a listening socket of the process that was not there before. `port`: the one that the inspector will
 * take, or 0 when any may come. Undefined when none came in time; rejects when the process has exited.
 */
export async function waitForPort(
  pid: number,
  port: number,
  before: ReadonlySet<number>,
  ms: number,
): Promise<FoundPort | undefined> {
  const deadline = Date.now() + ms;
  for (let attempt = 0; Date.now() < deadline; attempt += 1) {
    const sockets = await listenSockets(pid);
    const fresh = sockets.find((socket) => !before.has(socket.inode) && (port === 0 || socket.port === port));
    if (fresh) return fresh;
    if (sockets.length === 0 && !processStat(pid)) throw targetErrors.gone(pid);
    await sleep(attempt < 100 ? 1 : 20);
  }
  return undefined;
}
