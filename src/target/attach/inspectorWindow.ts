import { type TcpRow, tcpRows } from '../find/index.js';

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
  readonly #port: number;
  readonly #known = new Set<string>();
  readonly #ownPorts = new Set<number>();
  readonly #foreign = new Map<string, ForeignPeer>();
  #open = true;
  #watching: Promise<void> | undefined;

  private constructor(pid: number, port: number) {
    this.#pid = pid;
    this.#port = port;
  }

  /** Takes the rows that are there before the signal: they are nobody's attempt. */
  static async before(pid: number, port: number): Promise<InspectorWindow> {
    const window = new InspectorWindow(pid, port);
    for (const row of await tcpRows(pid, { port })) window.#known.add(rowKey(row));
    return window;
  }

  watch(): void {
    this.#watching ??= this.#loop();
  }

  /** A local port of a connection of ours. */
  own(port: number): void {
    this.#ownPorts.add(port);
  }

  /** Ends the watch after one last look. Returns the peers that were not us. */
  async end(): Promise<readonly ForeignPeer[]> {
    this.#open = false;
    await this.#watching;
    await this.#look();
    // A port of ours may have been learnt after a look that saw its row.
    return [...this.#foreign].filter(([port]) => !this.#ownPorts.has(Number(port))).map(([, peer]) => peer);
  }

  async #loop(): Promise<void> {
    while (this.#open) {
      await this.#look();
      await new Promise((next) => setImmediate(next));
    }
  }

  async #look(): Promise<void> {
    for (const row of await tcpRows(this.#pid, { port: this.#port })) {
      if (row.state === 'LISTEN' || this.#known.has(rowKey(row))) continue;
      if (row.local.port === this.#port) this.#note(row.remote, undefined);
      else if (row.remote.port === this.#port) this.#note(row.local, row.inode === 0 ? undefined : row.uid);
    }
  }

  #note(peer: { host: string; port: number }, uid: number | undefined): void {
    const key = String(peer.port);
    if (this.#ownPorts.has(peer.port) || this.#foreign.get(key)?.uid !== undefined) return;
    this.#foreign.set(key, { address: `${peer.host}:${peer.port}`, uid });
  }
}

function rowKey(row: TcpRow): string {
  return `${row.local.host}:${row.local.port}-${row.remote.host}:${row.remote.port}`;
}
