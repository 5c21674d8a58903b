import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { targetErrors } from '../errors.js';
import { listenSockets, namespacesOf, processStat } from '../find/index.js';
import type { ProcessInfo } from '../types.js';

export interface InspectorPlace {
  readonly host: string;
  /** 0 when any port may come. */
  readonly port: number;
}

/**
 * Waits for the inspector's port to open. In our own network namespace a connection attempt tells it (reading the
 * socket table costs milliseconds a time); elsewhere, and where any port may come, a listening socket of the process
 * that is not in `before` does. Whose port it is, is proved over CDP later. Undefined when none came in time; rejects
 * when the process has exited.
 */
export async function waitForPort(
  process: ProcessInfo,
  at: InspectorPlace,
  before: ReadonlySet<number>,
  ms: number,
  onOwnPort: (port: number) => void = () => undefined,
): Promise<InspectorPlace | undefined> {
  const { pid } = process;
  const direct = at.port !== 0 && namespacesOf(pid).net === 'same';
  const deadline = Date.now() + ms;
  for (let attempt = 0; Date.now() < deadline; attempt += 1) {
    const found = direct ? await tryPort(at, onOwnPort) : await freshSocket(pid, at.port, before);
    if (found) return found;
    if (processStat(pid)?.startTicks !== process.startTicks) throw targetErrors.gone(pid);
    await sleep(attempt < 100 ? 1 : 20);
  }
  return undefined;
}

function tryPort(at: InspectorPlace, onOwnPort: (port: number) => void): Promise<InspectorPlace | undefined> {
  return new Promise((resolve) => {
    const socket = connect(at);
    socket.once('connect', () => {
      // Its row stays in the socket table for a minute and must not be taken for somebody else's.
      if (socket.localPort !== undefined) onOwnPort(socket.localPort);
      socket.destroy();
      resolve(at);
    });
    socket.once('error', () => resolve(undefined));
  });
}

async function freshSocket(
  pid: number,
  port: number,
  before: ReadonlySet<number>,
): Promise<InspectorPlace | undefined> {
  const sockets = await listenSockets(pid);
  return sockets.find((socket) => !before.has(socket.inode) && (port === 0 || socket.port === port));
}
