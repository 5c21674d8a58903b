import { setTimeout as sleep } from 'node:timers/promises';
import { type TcpRow, tcpRows } from '../find/index.js';

const ANY_ADDRESS = new Set(['0.0.0.0', '::']);

/** Somebody who connected to the inspector while it was open. */
export interface ForeignPeer {
  readonly address: string;
  /** Undefined when only a trace of the connection was left (TIME_WAIT rows carry no uid). */
  readonly uid: number | undefined;
}

/**
 * Watches who connects to the inspector between signal and close (DESIGN 3.2): reads the target's /proc/PID/net/tcp
 * over and over, and once more after the port was closed, when connections that came and went still leave a row.
 */
export class InspectorWindow {
  readonly #pid: number;
  readonly #filter: { readonly port: number; readonly family: 4 | 6 };
  readonly #known = new Set<string>();
  readonly #ownPorts = new Set<number>();
  readonly #foreign = new Map<string, ForeignPeer>();
  #open = true;
  #watching: Promise<void> | undefined;

  #ended: Promise<readonly ForeignPeer[]> | undefined;

  readonly #host: string;
  readonly #trusted: ReadonlySet<number>;

  private constructor(pid: number, uid: number, at: { host: string; port: number }) {
    this.#pid = pid;
    this.#host = at.host;
    this.#filter = { port: at.port, family: at.host.includes(':') ? 6 : 4 };
    // Who may signal and trace the process anyway gains nothing by its inspector: another agent's look, a debugger.
    this.#trusted = new Set([0, uid, process.geteuid?.() ?? uid]);
  }

  /**
   * Takes the rows that are there before the signal: they are nobody's attempt. `at`: where the inspector will
   * listen. Rejects with the listening row when the port is taken.
   */
  static async before(
    pid: number,
    uid: number,
    at: { host: string; port: number },
  ): Promise<InspectorWindow> {
    const window = new InspectorWindow(pid, uid, at);
    // A server on every IPv6 address has the port of IPv4 as well.
    const both = { port: at.port, family: 6, listening: true, quick: true } as const;
    const own = { ...window.#filter, quick: true };
    const [rows, listening] = await Promise.all([tcpRows(pid, own), tcpRows(pid, both)]);
    for (const row of [...rows, ...listening]) {
      if (row.state === 'LISTEN' && conflicts(row, at)) throw new PortTaken(row);
      window.#known.add(rowKey(row));
    }
    return window;
  }

  /** For a port that nobody could know before it was open. `known`: rows of before the signal, of any port. */
  static late(
    pid: number,
    uid: number,
    at: { host: string; port: number },
    known: readonly TcpRow[] = [],
  ): InspectorWindow {
    const window = new InspectorWindow(pid, uid, at);
    for (const row of known) window.#known.add(rowKey(row));
    return window;
  }

  watch(): void {
    this.#watching ??= this.#loop();
  }

  /** A local port of a connection of ours. */
  own(port: number): void {
    this.#ownPorts.add(port);
  }

  /** Ends the watch after one last look, to be called once the port is closed. Returns the peers that were not us. */
  end(): Promise<readonly ForeignPeer[]> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  async #end(): Promise<readonly ForeignPeer[]> {
    this.#open = false;
    await this.#watching;
    await this.#look();
    // A port of ours may have been learnt after a look that saw its row.
    return [...this.#foreign].filter(([port]) => !this.#ownPorts.has(Number(port))).map(([, peer]) => peer);
  }

  async #loop(): Promise<void> {
    while (this.#open) {
      await this.#look();
      // A breath between looks: they cost the kernel as much as the rest of the attach.
      await sleep(1);
    }
  }

  async #look(): Promise<void> {
    for (const row of await tcpRows(this.#pid, this.#filter)) {
      if (row.state === 'LISTEN' || this.#known.has(rowKey(row))) continue;
      if (this.#isInspector(row.local)) this.#note(row.remote, undefined);
      else if (this.#isInspector(row.remote)) this.#note(row.local, row.inode === 0 ? undefined : row.uid);
    }
  }

  /** Not somebody's connection to that port of another machine. */
  #isInspector({ host, port }: { host: string; port: number }): boolean {
    return port === this.#filter.port && (host === this.#host || ANY_ADDRESS.has(this.#host));
  }

  #note(peer: { host: string; port: number }, uid: number | undefined): void {
    if (uid !== undefined && this.#trusted.has(uid)) this.#ownPorts.add(peer.port);
    const key = String(peer.port);
    if (this.#ownPorts.has(peer.port) || this.#foreign.get(key)?.uid !== undefined) return;
    this.#foreign.set(key, { address: `${peer.host}:${peer.port}`, uid });
  }
}

/** Somebody listens on the port that the inspector would take. */
export class PortTaken extends Error {
  readonly row: TcpRow;
  constructor(row: TcpRow) {
    super(`port ${row.local.port} is taken`);
    this.row = row;
  }
}

/** Whether a listener keeps another socket from the place: an address of its own does not. */
function conflicts(row: TcpRow, at: { host: string; port: number }): boolean {
  const { host, port } = row.local;
  return port === at.port && (host === at.host || ANY_ADDRESS.has(host) || ANY_ADDRESS.has(at.host));
}

function rowKey(row: TcpRow): string {
  return `${row.local.host}:${row.local.port}-${row.remote.host}:${row.remote.port}`;
}
