import { setTimeout as sleep } from 'node:timers/promises';
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
  readonly #filter: { readonly port: number; readonly family: 4 | 6 };
  readonly #known = new Set<string>();
  readonly #ownPorts = new Set<number>();
  readonly #foreign = new Map<string, ForeignPeer>();
  #open = true;
  #watching: Promise<void> | undefined;

  #ended: Promise<readonly ForeignPeer[]> | undefined;

  private constructor(pid: number, host: string, port: number) {
    this.#pid = pid;
    this.#filter = { port, family: host.includes(':') ? 6 : 4 };
  }

  /**
   * Takes the rows that are there before the signal: they are nobody's attempt. `host`: where the inspector will
   * listen. Rejects with the listening row when the port is taken.
   */
  static async before(pid: number, host: string, port: number): Promise<InspectorWindow> {
    const window = new InspectorWindow(pid, host, port);
    for (const row of await tcpRows(pid, window.#filter)) {
      if (row.state === 'LISTEN' && row.local.port === port) throw new PortTaken(row);
      window.#known.add(rowKey(row));
    }
    return window;
  }

  /** For a port that nobody could know before it was open. */
  static late(pid: number, host: string, port: number): InspectorWindow {
    return new InspectorWindow(pid, host, port);
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
      if (row.local.port === this.#filter.port) this.#note(row.remote, undefined);
      else if (row.remote.port === this.#filter.port)
        this.#note(row.local, row.inode === 0 ? undefined : row.uid);
    }
  }

  #note(peer: { host: string; port: number }, uid: number | undefined): void {
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

function rowKey(row: TcpRow): string {
  return `${row.local.host}:${row.local.port}-${row.remote.host}:${row.remote.port}`;
}
