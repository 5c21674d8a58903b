import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { targetErrors } from '../errors.js';
import { askInspector, type ListenSocket, listenSockets, namespacesOf } from '../find/index.js';
import type { ProcessInfo } from '../types.js';
import { isGone } from './gone.js';

export interface InspectorPlace {
  readonly host: string;
  /** 0 when any port may come. */
  readonly port: number;
}

/** After so many looks, one per millisecond, they become slower, and the process's other ports are asked too. */
const QUICK_LOOKS = 200;

/**
 * Waits for the inspector's port to open. In our own network namespace a connection attempt tells it (reading the
 * socket table costs milliseconds a time); elsewhere, and where any port may come, a listening socket of the process
 * that is not in `before` does. Whose port it is, is proved over CDP later. An application that moved its inspector
 * (`process.debugPort`, `inspector.open()`) opens another port than the one it was started with: after a while those
 * are looked at too, also those of `before`. Undefined when none came in time; rejects when the process has exited.
 */
export async function waitForPort(
  process: ProcessInfo,
  at: InspectorPlace,
  before: ReadonlySet<number>,
  ms: number,
  onOwnPort: (port: number) => void = () => undefined,
): Promise<InspectorPlace | ListenSocket | undefined> {
  const { pid } = process;
  const direct = at.port !== 0 && namespacesOf(pid).net === 'same';
  const asked: Asked = new Map();
  const deadline = Date.now() + ms;
  for (let attempt = 0; Date.now() < deadline; attempt += 1) {
    const found = direct ? await tryPort(at, onOwnPort) : await freshSocket(pid, at.port, before);
    if (found) return found;
    if (isGone(process)) throw targetErrors.gone(pid);
    if (attempt > QUICK_LOOKS && attempt % 10 === 0) {
      const moved = await ownInspector(pid, { host: at.host, port: 0 }, asked, onOwnPort);
      if (moved) return moved;
    }
    await sleep(attempt < QUICK_LOOKS ? 1 : 20);
  }
  return undefined;
}

/** How often a port of the application was asked whether it is an inspector, by inode of its socket. */
export type Asked = Map<number, number>;
const ASK_AT_MOST = 3;
/** What a silence counts: on a busy machine an inspector may not answer at once. */
const SILENCE = 0.25;

/**
 * A listening socket of the process itself that answers like Node's inspector; `at.port` 0 = on any port, and then
 * `asked` bounds how often the application's own ports hear from us.
 */
export async function ownInspector(
  pid: number,
  at: InspectorPlace,
  asked: Asked,
  onOwnPort?: (port: number) => void,
): Promise<ListenSocket | undefined> {
  const sockets = (await listenSockets(pid)).filter((socket) =>
    at.port === 0 ? socket.host === at.host : socket.port === at.port,
  );
  // Another network's loopback cannot be asked from here; what we dial there is proved over CDP.
  if (namespacesOf(pid).net !== 'same') return sockets.length === 1 ? sockets[0] : undefined;
  for (const socket of sockets) {
    const times = asked.get(socket.inode) ?? 0;
    if (at.port === 0 && times >= ASK_AT_MOST) continue;
    const { version, silent } = await askInspector(socket.host, socket.port, onOwnPort);
    if (version !== undefined) return socket;
    asked.set(socket.inode, times + (silent ? SILENCE : 1));
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
): Promise<ListenSocket | undefined> {
  const sockets = await listenSockets(pid);
  return sockets.find((socket) => !before.has(socket.inode) && (port === 0 || socket.port === port));
}
