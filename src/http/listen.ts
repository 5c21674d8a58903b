import { chmodSync, lstatSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { dirname, resolve } from 'node:path';
import { checkPrivateFolder, type Log } from '../base/index.js';
import { cannotListen, notASocket, portTaken, socketInUse } from './errors.js';
import { portOwner, unixOwner } from './portOwner.js';

/** Where to listen. */
export type Listener =
  | { readonly kind: 'unix'; readonly path: string }
  | {
      readonly kind: 'tcp';
      /** An address of this machine; `localhost` is 127.0.0.1. */
      readonly host: string;
      /** 0 = any free one. */
      readonly port: number;
      /** A taken port is an error; otherwise a warning. */
      readonly required: boolean;
      /** TLS on this listener; by default where the address is not loopback and there is a certificate. */
      readonly tls?: boolean;
    };

/** Where a listener ended up. */
export type BoundAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly url: string };

export interface Bound {
  readonly address: BoundAddress;
  readonly server: Server;
}

type Accept = (socket: Socket, address: BoundAddress) => void;

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Paused at accept: not a byte is read before it is known who is there. Half-open as Node's own HTTP server has it. */
function makeServer(): Server {
  return createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true });
}

function started(server: Server, where: { path: string } | { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function urlOf(tls: boolean, host: string, port: number): string {
  return `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Listens on TCP. Undefined where the port is taken and not required: that is a warning in the log. */
export async function listenTcp(
  listener: Extract<Listener, { kind: 'tcp' }>,
  tls: boolean,
  accept: Accept,
  log: Log,
): Promise<Bound | undefined> {
  const host = listener.host === 'localhost' ? '127.0.0.1' : listener.host;
  const server = makeServer();
  try {
    await started(server, { host, port: listener.port });
  } catch (error) {
    const code = codeOf(error);
    const failure =
      code === 'EADDRINUSE'
        ? portTaken(host, listener.port, await portOwner(host, listener.port))
        : cannotListen(`${host}:${listener.port}`, error);
    if (listener.required) throw failure;
    log.warn({ code: failure.code, ...failure.details }, failure.message);
    return undefined;
  }
  const { port } = server.address() as AddressInfo;
  const address: BoundAddress = { kind: 'tcp', host, port, url: urlOf(tls, host, port) };
  server.on('connection', (socket) => accept(socket, address));
  server.on('error', (error) => log.warn({ err: error, port }, 'a listener failed'));
  return { address, server };
}

/** Does a live process answer on the socket? */
function isLive(path: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      done(true);
    });
    // Refused = its process is gone. A full backlog (EAGAIN) is somebody who is only busy.
    socket.once('error', (error) => done(codeOf(error) !== 'ECONNREFUSED' && codeOf(error) !== 'ENOENT'));
  });
}

/** Listens on a Unix socket (0600) in a private folder, whose mode is the credential. A dead one's socket is replaced. */
export async function listenUnix(pathGiven: string, accept: Accept, log: Log): Promise<Bound> {
  const path = resolve(pathGiven);
  checkPrivateFolder(dirname(path));
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat) {
    if (!stat.isSocket()) throw notASocket(path);
    if (await isLive(path)) throw socketInUse(path, await unixOwner(path));
    rmSync(path, { force: true });
    log.info({ path }, 'the socket of a process that is gone was replaced');
  }
  const server = makeServer();
  try {
    await started(server, { path });
  } catch (error) {
    if (codeOf(error) === 'EADDRINUSE') throw socketInUse(path, await unixOwner(path));
    throw cannotListen(path, error);
  }
  chmodSync(path, 0o600);
  const address: BoundAddress = { kind: 'unix', path };
  server.on('connection', (socket) => accept(socket, address));
  server.on('error', (error) => log.warn({ err: error, path }, 'a listener failed'));
  return { address, server };
}
