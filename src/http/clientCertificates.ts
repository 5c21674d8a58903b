import type { TLSSocket } from 'node:tls';
import type { Role } from '../base/index.js';
import { badClient } from './errors.js';

/** A client that is known by its certificate. `name` is the common name of the subject, and what the audit shows. */
export interface CertifiedClient {
  readonly name: string;
  readonly role: Role;
}

/** The clients that a TLS listener knows by certificates of its own authority. */
export class ClientCertificates {
  readonly #clients = new Map<string, CertifiedClient>();

  /** Throws RemoraError `bad-client`. */
  constructor(clients: readonly CertifiedClient[]) {
    for (const client of clients) {
      if (client.name === '') throw badClient(client.name, 'its name is empty');
      if (this.#clients.has(client.name)) throw badClient(client.name, 'there are two of that name');
      this.#clients.set(client.name, client);
    }
  }

  get empty(): boolean {
    return this.#clients.size === 0;
  }

  /** Who is at the other end; otherwise why nobody known is, as the end of "Your connection ...". */
  identify(socket: TLSSocket): CertifiedClient | string {
    if (this.empty) return 'brings no token';
    // Only a chain that was verified counts: the name alone proves nothing.
    if (!socket.authorized)
      return 'brings neither a token nor a certificate of an authority that is known here';
    const { subject } = socket.getPeerCertificate();
    const name = subject?.CN;
    const client = typeof name === 'string' ? this.#clients.get(name) : undefined;
    return client ?? `brings the certificate of ${String(name).slice(0, 100)}, who is not known here`;
  }
}
