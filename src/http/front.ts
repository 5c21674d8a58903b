import type { IncomingMessage, Server as PlainServer } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { counters, type RemoraError, uuid } from '../base/index.js';
import type { ClientCertificates } from './clientCertificates.js';
import type { Connections } from './connection.js';
import type { Dispatcher } from './dispatcher.js';
import { badRequest, headersTooLarge, headersTooSlow, tooManyConnections } from './errors.js';
import { connections as connectionLimit, headerBytes, headersMs, lingerMs } from './limits.js';
import type { BoundAddress } from './listen.js';
import type { Peer, PeerFinder } from './peer.js';
import { isLoopback } from './procNet.js';
import { rawAnswer } from './rawAnswer.js';
import { failureOf } from './reply.js';
import type { TrustMode } from './trustMode.js';

const turnedAway = counters.counter(
  'http.connections.refused',
  'connections refused because too many were open',
);
const malformed = counters.counter(
  'http.malformed',
  'connections ended because what they sent was no proper request',
);

export interface FrontOptions {
  readonly trust: TrustMode;
  readonly finder: PeerFinder;
  readonly certificates: ClientCertificates;
  readonly connections: Connections;
  readonly dispatcher: Dispatcher;
  readonly plain: PlainServer;
  readonly tls: TlsServer | undefined;
}

/** Takes accepted sockets, finds out who is there, and only then hands them to the HTTP server. */
export class Front {
  readonly #options: FrontOptions;
  readonly #sockets = new Set<Socket>();

  constructor(options: FrontOptions) {
    this.#options = options;
    for (const server of [options.plain, options.tls]) {
      if (!server) continue;
      server.on('clientError', (error, socket) => this.#clientError(error, socket));
      server.on('upgrade', (request, socket, head) => this.#upgrade(server, request, socket, head));
    }
    options.tls?.on('secureConnection', (socket) => {
      options.connections.add(socket, this.#certified(socket));
    });
    options.tls?.on('tlsClientError', (_error, socket) => socket.destroy());
  }

  get size(): number {
    return this.#sockets.size;
  }

  /** Ends every connection at once. */
  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  readonly accept = (socket: Socket, address: BoundAddress): void => {
    socket.on('error', () => {});
    if (this.#sockets.size >= connectionLimit.value) {
      turnedAway.add();
      const error = tooManyConnections(connectionLimit.value);
      socket.end(rawAnswer(failureOf(error, uuid())), () => socket.destroy());
      return;
    }
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    if (address.kind === 'unix') {
      this.#handOver(socket, { kind: 'unix', address: 'unix', localPort: 0, tls: false, reason: '' });
      return;
    }
    const { tls, trust, finder } = this.#options;
    if (tls && address.url.startsWith('https:')) {
      tls.emit('connection', socket);
      return;
    }
    const { remoteAddress, remotePort, localAddress, localPort } = socket;
    if (!remoteAddress || !remotePort || !localAddress || !localPort) {
      // Reset before it was accepted.
      socket.destroy();
      return;
    }
    if (trust !== 'uid' || !isLoopback(address.host)) {
      const reason =
        trust === 'off' ? 'comes by TCP, where this Remora knows nobody' : 'brings no token that it knows';
      this.#handOver(socket, this.#stranger(socket, false, reason));
      return;
    }
    const pair = {
      client: { address: remoteAddress, port: remotePort },
      server: { address: localAddress, port: localPort },
    };
    void finder.find(pair).then((peer) => this.#handOver(socket, peer));
  };

  #certified(socket: TLSSocket): Peer {
    const client = this.#options.certificates.identify(socket);
    if (typeof client === 'string') return this.#stranger(socket, true, client);
    return { ...this.#stranger(socket, true, ''), kind: 'certificate', client };
  }

  #stranger(socket: Socket, tls: boolean, reason: string): Peer {
    const address = `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? 0}`;
    return { kind: 'unknown', address, localPort: socket.localPort ?? 0, tls, reason };
  }

  #handOver(socket: Socket, peer: Peer): void {
    if (socket.destroyed) return;
    this.#options.connections.add(socket, peer);
    this.#options.plain.emit('connection', socket);
    socket.resume();
  }

  /**
   * Node before 24.9 lets go of any connection whose request asks for an upgrade, also of the harmless `Upgrade: h2c`
   * that Java and `curl --http2` send with a first request. One that no route takes goes back without that header.
   */
  #upgrade(server: PlainServer | TlsServer, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => {});
    if (this.#options.dispatcher.upgrade(request, socket, head)) return;
    const lines = [`${request.method} ${request.url} HTTP/${request.httpVersion}`];
    const raw = request.rawHeaders;
    for (let index = 0; index + 1 < raw.length; index += 2) {
      const name = raw[index] ?? '';
      if (/^(upgrade|connection|http2-settings)$/i.test(name)) continue;
      lines.push(`${name}: ${raw[index + 1] ?? ''}`);
    }
    const again = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
    socket.unshift(Buffer.concat([again, head]));
    server.emit(server === this.#options.tls ? 'secureConnection' : 'connection', socket);
    socket.resume();
  }

  #clientError(error: NodeJS.ErrnoException, socket: Duplex): void {
    if (error.code === 'ECONNRESET' || socket.destroyed) {
      socket.destroy();
      return;
    }
    malformed.add();
    if (!socket.writable) {
      socket.destroy();
      return;
    }
    const connection = this.#options.connections.of(socket);
    if (connection.answering > 0 && !connection.request?.complete) {
      // The garbage is in its body: nobody would ever hear of the end of that.
      socket.destroy();
      return;
    }
    if (connection.answering > 0) {
      // Bytes of an error in the middle of a running answer would be taken for a part of it; what was asked properly, before
      // the garbage, is answered if that does not take long.
      const timer = setTimeout(() => socket.destroy(), lingerMs.value);
      connection.whenAnswered = () => {
        clearTimeout(timer);
        socket.destroy();
      };
      return;
    }
    socket.end(rawAnswer(failureOf(clientFault(error), uuid())), () => socket.destroy());
  }
}

function clientFault(error: NodeJS.ErrnoException): RemoraError {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return headersTooLarge(headerBytes.value);
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return headersTooSlow(headersMs.value);
    default:
      return badRequest(error.code ?? 'unreadable');
  }
}
