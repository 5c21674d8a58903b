import { isIPv4, isIPv6 } from 'node:net';
import { endianness } from 'node:os';

/** TCP states as /proc/net/tcp prints them. */
export const ESTABLISHED = 1;
export const LISTEN = 10;

export interface Endpoint {
  /** IPv4 dotted, or IPv6 in full (eight groups without leading zeros). */
  readonly address: string;
  readonly port: number;
}

/** One row of /proc/net/tcp or tcp6. */
export interface TcpRow {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly state: number;
  readonly uid: number;
  /** 0 for a connection that no process holds any more (orphan, TIME_WAIT), whose `uid` then means nothing. */
  readonly inode: number;
}

const ROW =
  /^ *\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) ([0-9A-F]{2}) [0-9A-F]{8}:[0-9A-F]{8} [0-9A-F]{2}:[0-9A-F]{8} [0-9A-F]{8} +(\d+) +\d+ +(\d+)(?: |$)/;

/** The kernel prints each 32-bit word of an address as a number of the machine's own byte order. */
function swapWords(hex: string): string {
  if (endianness() === 'BE') return hex;
  return hex.replace(/(..)(..)(..)(..)/g, '$4$3$2$1');
}

function decodeEndpoint(hexAddress: string, hexPort: string): Endpoint {
  const bytes = swapWords(hexAddress);
  const port = Number.parseInt(hexPort, 16);
  if (bytes.length === 8) {
    const parts = bytes.match(/../g) ?? [];
    return { address: parts.map((part) => Number.parseInt(part, 16)).join('.'), port };
  }
  const groups = bytes.match(/..../g) ?? [];
  return { address: groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':'), port };
}

/** IPv6 text in any spelling as eight groups; undefined when it is none. */
export function expandIPv6(text: string): string | undefined {
  const bare = text.split('%', 1)[0] ?? '';
  if (!isIPv6(bare)) return undefined;
  // The URL parser knows every spelling, embedded IPv4 included, and answers with the one short form.
  const short = new URL(`http://[${bare}]`).hostname.slice(1, -1);
  const [head = '', tail] = short.split('::', 2);
  const before = head === '' ? [] : head.split(':');
  if (tail === undefined) return before.join(':');
  const after = tail === '' ? [] : tail.split(':');
  return [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after].join(':');
}

const MAPPED = '0:0:0:0:0:ffff:';

/** `::ffff:127.0.0.1` as `127.0.0.1`; everything else unchanged. */
export function unmapped(address: string): string {
  if (!address.includes(':')) return address;
  const full = expandIPv6(address);
  if (!full?.startsWith(MAPPED)) return address;
  const [high = 0, low = 0] = full
    .slice(MAPPED.length)
    .split(':')
    .map((group) => Number.parseInt(group, 16));
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}

/** Is it an address that only this machine reaches? */
export function isLoopback(address: string): boolean {
  const plain = unmapped(address);
  return isIPv4(plain) ? plain.startsWith('127.') : expandIPv6(plain) === '0:0:0:0:0:0:0:1';
}

/** `ADDRESS:PORT` in hex as the tables print it, for a search; undefined when it is no address. */
export function encodeEndpoint(address: string, port: number): string | undefined {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  let bytes: string;
  if (isIPv4(address)) {
    bytes = address
      .split('.')
      .map((part) => Number(part).toString(16).padStart(2, '0'))
      .join('');
  } else {
    const full = expandIPv6(address);
    if (full === undefined) return undefined;
    bytes = full
      .split(':')
      .map((group) => group.padStart(4, '0'))
      .join('');
  }
  return `${swapWords(bytes.toUpperCase())}:${hexPort}`;
}

/** One line of the table; undefined for the heading and anything else that is no row. */
export function parseTcpRow(line: string): TcpRow | undefined {
  const found = ROW.exec(line);
  if (!found) return undefined;
  const [, local = '', localPort = '', remote = '', remotePort = '', state = '', uid = '', inode = ''] =
    found;
  if (local.length !== remote.length) return undefined;
  return {
    local: decodeEndpoint(local, localPort),
    remote: decodeEndpoint(remote, remotePort),
    state: Number.parseInt(state, 16),
    uid: Number(uid),
    inode: Number(inode),
  };
}

/** All rows of a table's text whose local and remote end are exactly these. Other rows are not parsed. */
export function findPair(
  table: string,
  local: { address: string; port: number },
  remote: { address: string; port: number },
): TcpRow[] {
  const from = encodeEndpoint(local.address, local.port);
  const to = encodeEndpoint(remote.address, remote.port);
  if (from === undefined || to === undefined || from.length !== to.length) return [];
  const key = `: ${from} ${to} `;
  const rows: TcpRow[] = [];
  for (let at = table.indexOf(key); at !== -1; at = table.indexOf(key, at + 1)) {
    const start = table.lastIndexOf('\n', at) + 1;
    const end = table.indexOf('\n', at);
    const row = parseTcpRow(table.slice(start, end === -1 ? undefined : end));
    if (row) rows.push(row);
  }
  return rows;
}

/** The listening sockets of a table's text; on one port, where it is given. */
export function findListeners(table: string, port?: number): TcpRow[] {
  const rows: TcpRow[] = [];
  for (const line of table.split('\n')) {
    if (!line.includes(' 0A ')) continue;
    const row = parseTcpRow(line);
    if (row?.state === LISTEN && (port === undefined || row.local.port === port)) rows.push(row);
  }
  return rows;
}
