/** /proc/PID/net/tcp and tcp6: the TCP sockets of a process's network namespace, and which are its own. */
import { readdirSync, readlinkSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { TCP_ROWS } from './limits.js';

export interface TcpAddress {
  /** `127.0.0.1`, `::1`, `::ffff:10.0.0.1`. */
  readonly host: string;
  readonly port: number;
}

export type TcpState =
  | 'ESTABLISHED'
  | 'SYN_SENT'
  | 'SYN_RECV'
  | 'FIN_WAIT1'
  | 'FIN_WAIT2'
  | 'TIME_WAIT'
  | 'CLOSE'
  | 'CLOSE_WAIT'
  | 'LAST_ACK'
  | 'LISTEN'
  | 'CLOSING'
  | 'NEW_SYN_RECV';

export interface TcpRow {
  readonly local: TcpAddress;
  readonly remote: TcpAddress;
  readonly state: TcpState;
  /** Of the socket's maker. Says 0 for a socket that nobody holds any more: trust it only where inode is not 0. */
  readonly uid: number;
  /** 0 when no process holds the socket. */
  readonly inode: number;
}

export interface ListenSocket {
  readonly host: string;
  readonly port: number;
  readonly inode: number;
}

export interface TcpFilter {
  /** Only rows whose local or remote port is this one. */
  readonly port?: number;
  /** Leaves the other table out: each costs the kernel some milliseconds to walk. */
  readonly family?: 4 | 6;
  /** Only listening sockets; stops reading after them. */
  readonly listening?: boolean;
  /** Takes a short read for the table's end. For looks that may miss a row on a kernel that reads otherwise. */
  readonly quick?: boolean;
}

/**
 * The kernel gives a page at a time and less only at the end, so a read that leaves room for the longest row is the last
 * (fs/seq_file.c). To ask once more, for nothing, costs another walk over its whole hash table: 1.3 ms.
 */
const SHORT_READ = 4096 - 512;

const STATES: readonly TcpState[] = [
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT1',
  'FIN_WAIT2',
  'TIME_WAIT',
  'CLOSE',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'CLOSING',
  'NEW_SYN_RECV',
];

const ROW =
  /^\s*\d+:\s+([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})\s+([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})\s+([0-9A-F]{2})\s+\S+\s+\S+\s+\S+\s+(\d+)\s+\d+\s+(\d+)/;

/** Parses one line; undefined for the heading and for anything else. */
export function parseTcpRow(line: string): TcpRow | undefined {
  const match = ROW.exec(line);
  if (!match) return undefined;
  const [, localHost = '', localPort = '', remoteHost = '', remotePort = '', state = '', uid, inode] = match;
  const name = STATES[Number.parseInt(state, 16) - 1];
  if (name === undefined || localHost.length !== remoteHost.length) return undefined;
  return {
    local: { host: hostOf(localHost), port: Number.parseInt(localPort, 16) },
    remote: { host: hostOf(remoteHost), port: Number.parseInt(remotePort, 16) },
    state: name,
    uid: Number(uid),
    inode: Number(inode),
  };
}

/** The kernel prints addresses as 32-bit words in the machine's byte order: little-endian on all we run on. */
function hostOf(hex: string): string {
  const bytes: number[] = [];
  for (let word = 0; word < hex.length; word += 8) {
    for (let at = word + 6; at >= word; at -= 2) bytes.push(Number.parseInt(hex.slice(at, at + 2), 16));
  }
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255) {
    return `::ffff:${bytes.slice(12).join('.')}`;
  }
  const groups: string[] = [];
  for (let at = 0; at < 16; at += 2)
    groups.push((((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)).toString(16));
  return compressed(groups);
}

function compressed(groups: readonly string[]): string {
  let start = -1;
  let length = 1;
  for (let at = 0; at < groups.length; at++) {
    let end = at;
    while (groups[end] === '0') end++;
    if (end - at > length) [start, length] = [at, end - at];
  }
  if (start < 0) return groups.join(':');
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`;
}

/**
 * The TCP sockets, v4 then v6, of the network namespace that the process is in. Empty when it is gone.
 * Source: proc_pid_net(5), Documentation/networking/proc_net_tcp.rst.
 */
export async function tcpRows(pid: number, filter: TcpFilter = {}): Promise<TcpRow[]> {
  const tables: Promise<TcpRow[]>[] = [];
  if (filter.family !== 6) tables.push(readTable(`/proc/${pid}/net/tcp`, filter));
  if (filter.family !== 4) tables.push(readTable(`/proc/${pid}/net/tcp6`, filter));
  return (await Promise.all(tables)).flat().slice(0, TCP_ROWS.value);
}

async function readTable(path: string, filter: TcpFilter): Promise<TcpRow[]> {
  const rows: TcpRow[] = [];
  const port =
    filter.port === undefined ? undefined : `:${filter.port.toString(16).toUpperCase().padStart(4, '0')} `;
  const buffer = Buffer.allocUnsafe(65_536);
  let rest = '';
  let table: FileHandle | undefined;
  try {
    table = await open(path);
    for (;;) {
      const { bytesRead } = await table.read(buffer, 0, buffer.length);
      if (bytesRead === 0) return rows;
      const lines = (rest + buffer.toString('latin1', 0, bytesRead)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        // A plain search first: parsing tens of thousands of rows that nobody asked for costs milliseconds.
        if (port !== undefined && !line.includes(port)) continue;
        const row = parseTcpRow(line);
        if (!row) continue;
        // The kernel promises that listening sockets come before all others.
        if (filter.listening && row.state !== 'LISTEN') return rows;
        rows.push(row);
        if (rows.length >= TCP_ROWS.value) return rows;
      }
      if (filter.quick && bytesRead < SHORT_READ) return rows;
    }
  } catch {
    // The process ended, or IPv6 is off.
    return rows;
  } finally {
    await table?.close();
  }
}

/** Inodes of the sockets that the process holds; undefined when the kernel refuses to say. */
export function socketInodes(pid: number): Set<number> | undefined {
  let names: string[];
  try {
    names = readdirSync(`/proc/${pid}/fd`);
  } catch {
    return undefined;
  }
  const inodes = new Set<number>();
  for (const name of names) {
    try {
      const match = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${name}`));
      if (match) inodes.add(Number(match[1]));
    } catch {
      // Closed since the folder was read.
    }
  }
  return inodes;
}

/** The process's own listening TCP sockets; empty when it has none, is gone, or may not be looked into. */
export async function listenSockets(pid: number): Promise<ListenSocket[]> {
  const inodes = socketInodes(pid);
  if (!inodes || inodes.size === 0) return [];
  const rows = await tcpRows(pid, { listening: true, quick: true });
  return ownListeners(rows, inodes);
}

export function ownListeners(rows: readonly TcpRow[], inodes: ReadonlySet<number>): ListenSocket[] {
  return rows
    .filter((row) => row.state === 'LISTEN' && row.inode !== 0 && inodes.has(row.inode))
    .map((row) => ({ host: row.local.host, port: row.local.port, inode: row.inode }));
}
