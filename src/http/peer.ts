import { userInfo } from 'node:os';
import { counters, errorText, type Log } from '../base/index.js';
import type { CertifiedClient } from './clientCertificates.js';
import { type Pair, TableQueue } from './peerLookup.js';
import { ESTABLISHED, findListeners, findPair, isLoopback, type TcpRow, unmapped } from './procNet.js';
import { findSocketOwner, inOurNamespaces } from './socketOwner.js';

/** What was found out about the other end of a connection when it was accepted; holds for the connection's life. */
export interface Peer {
  /** `uid`: a process of our own user on loopback. `unix`: it came by our socket's private folder. */
  readonly kind: 'unix' | 'uid' | 'certificate' | 'unknown';
  /** Of kind `certificate`. */
  readonly client?: CertifiedClient;
  /** `127.0.0.1:40312`, or `unix`. */
  readonly address: string;
  /** Port of our end; 0 for a Unix socket. */
  readonly localPort: number;
  readonly tls: boolean;
  readonly uid?: number;
  readonly pid?: number;
  readonly program?: string;
  /** Why an `unknown` peer is not known, as the end of a sentence that begins with "Your connection". */
  readonly reason: string;
}

type Finding = Omit<Peer, 'address' | 'localPort' | 'tls'>;

/** How often a connection that is not in the table is looked for. */
const LOOKS = 3;

/** Programs that pass on what strangers send: their uid says nothing about who calls. */
const FORWARDERS = new Set(
  (
    'nginx haproxy socat sshd sshd-session ssh autossh dropbear docker-proxy dockerd rootlesskit slirp4netns ' +
    'rootlessport pasta passt containerd cloudflared tailscaled tailscale kubelet kube-proxy envoy caddy traefik ' +
    'httpd apache2 squid varnishd stunnel stunnel4 stunnel5 ngrok frpc frps chisel gost rinetd redir xinetd inetd ' +
    'systemd-socket-proxyd tinyproxy privoxy 3proxy sniproxy danted microsocks'
  ).split(' '),
);

const accepted = counters.counter('http.trust.accepted', 'loopback connections known by their uid');
const unknown = counters.counter('http.trust.unknown', 'loopback connections whose caller is not known');

/** The name of a user, where this machine knows it; always with the number. */
export function ownUser(): string {
  const uid = process.getuid?.() ?? -1;
  try {
    return `${userInfo().username} (uid ${uid})`;
  } catch {
    return `uid ${uid}`;
  }
}

/** Finds out who is at the other end of loopback connections (DESIGN 8). */
export class PeerFinder {
  readonly #tables: TableQueue;
  readonly #isTarget: (pid: number) => boolean;
  readonly #log: Log;

  constructor(isTarget: (pid: number) => boolean, log: Log, tables = new TableQueue()) {
    this.#isTarget = isTarget;
    this.#log = log;
    this.#tables = tables;
  }

  /** Never rejects: whatever goes wrong makes an unknown peer. */
  async find(pair: Pair): Promise<Peer> {
    const base = {
      address: `${pair.client.address}:${pair.client.port}`,
      localPort: pair.server.port,
      tls: false,
    };
    let found: Finding;
    try {
      found = await this.#judge(pair);
    } catch (error) {
      this.#log.warn({ reason: errorText(error) }, 'a loopback caller could not be looked up');
      found = { kind: 'unknown', reason: 'could not be looked up' };
    }
    (found.kind === 'uid' ? accepted : unknown).add();
    return { ...base, ...found };
  }

  async #judge(pair: Pair): Promise<Finding> {
    if (!isLoopback(pair.client.address) || !isLoopback(pair.server.address)) {
      return { kind: 'unknown', reason: 'does not come from this machine itself' };
    }
    const found = await this.#findRow(pair);
    if ('fault' in found) return { kind: 'unknown', reason: `cannot be told: ${found.fault}` };
    const { row, tables } = found;
    if (!row || row.state !== ESTABLISHED || row.inode === 0) {
      return { kind: 'unknown', reason: 'was already closed, or cannot be told from another' };
    }
    const uid = row.uid;
    const ours = process.getuid?.();
    if (uid !== ours) return { kind: 'unknown', uid, reason: `comes from uid ${uid}` };
    return this.#judgeOwner(row, tables);
  }

  /**
   * The row of the client's end; undefined where there is none, or two that differ. The kernel gives the table in pieces,
   * and may leave a row out, or give it twice, where others come and go between two pieces: what is missing is looked for
   * again. Nobody else can take its place, as long as our end of the connection is there.
   */
  async #findRow(
    pair: Pair,
  ): Promise<{ fault: string } | { row: TcpRow | undefined; tables: { tcp: string; tcp6: string } }> {
    for (let look = 1; ; look += 1) {
      const tables = await this.#tables.next();
      if ('fault' in tables) return tables;
      const [row, ...others] = rowsOf(tables, pair);
      if (row || look === LOOKS)
        return { row: others.every((each) => isSame(each, row)) ? row : undefined, tables };
    }
  }

  async #judgeOwner(row: TcpRow, tables: { tcp: string; tcp6: string }): Promise<Finding> {
    const { uid, inode } = row;
    const owner = await findSocketOwner(inode, uid);
    if (!owner) return { kind: 'unknown', uid, reason: 'comes from a process that cannot be seen' };
    const { pid, program } = owner;
    const who = `process ${pid} (${program || 'unnamed'})`;
    const refuse = (reason: string): Finding => ({
      kind: 'unknown',
      uid,
      pid,
      program,
      reason,
    });
    if (this.#isTarget(pid)) return refuse(`comes from ${who}, which is attached to as a target`);
    if (program === '' || FORWARDERS.has(program)) {
      return refuse(`comes from ${who}, which passes on what others send`);
    }
    if (!inOurNamespaces(pid)) return refuse(`comes from ${who}, which is in another container or namespace`);
    // Nothing to look for where the connection is its only socket, as with curl.
    if (owner.sockets.size === 1) return { kind: 'uid', uid, pid, program, reason: '' };
    for (const listener of [...findListeners(tables.tcp), ...findListeners(tables.tcp6)]) {
      if (owner.sockets.has(listener.inode) && !isLoopback(listener.local.address)) {
        return refuse(
          `comes from ${who}, which itself listens for other machines on port ${listener.local.port}`,
        );
      }
    }
    return { kind: 'uid', uid, pid, program, reason: '' };
  }
}

function isSame(a: TcpRow, b: TcpRow | undefined): boolean {
  return a.inode === b?.inode && a.uid === b.uid && a.state === b.state;
}

/** Rows of the client's end. A client of a dual-stack listener is an IPv4 row, or a mapped one of its own making. */
function rowsOf(tables: { tcp: string; tcp6: string }, pair: Pair): TcpRow[] {
  const client = { address: unmapped(pair.client.address), port: pair.client.port };
  const server = { address: unmapped(pair.server.address), port: pair.server.port };
  if (client.address.includes(':')) return findPair(tables.tcp6, client, server);
  const mapped = (end: { address: string; port: number }) => ({
    address: `::ffff:${end.address}`,
    port: end.port,
  });
  return [...findPair(tables.tcp, client, server), ...findPair(tables.tcp6, mapped(client), mapped(server))];
}
