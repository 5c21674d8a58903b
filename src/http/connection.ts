import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { GateMemory } from './gate.js';
import type { Peer } from './peer.js';

/** What we keep of an open connection. */
export interface Connection extends GateMemory {
  /** Requests whose answer is not complete. */
  answering: number;
  /** The last of them. */
  request?: IncomingMessage;
  /** Called once when no answer is owed any more. */
  whenAnswered?: () => void;
}

const STRANGER: Peer = {
  kind: 'unknown',
  address: '',
  localPort: 0,
  tls: false,
  reason: 'did not come by a listener',
};

/** The connections of a server by their socket. One that nobody registered is a stranger's. */
export class Connections {
  readonly #known = new WeakMap<object, Connection>();

  add(socket: Socket, peer: Peer): Connection {
    const connection: Connection = { peer, answering: 0 };
    this.#known.set(socket, connection);
    return connection;
  }

  of(socket: object): Connection {
    const known = this.#known.get(socket);
    if (known) return known;
    const made: Connection = { peer: STRANGER, answering: 0 };
    this.#known.set(socket, made);
    return made;
  }
}
