import { isIPv4 } from 'node:net';

/** Order of nodes: by numeric IPv4 address, then by port; names and IPv6 after them, in byte order. */
export function compareAddresses(one: string, other: string): number {
  const [a, b] = [keyOf(one), keyOf(other)];
  if (a.ip !== undefined && b.ip !== undefined) return a.ip - b.ip || a.port - b.port;
  if (a.ip !== undefined) return -1;
  if (b.ip !== undefined) return 1;
  return Buffer.compare(Buffer.from(a.host), Buffer.from(b.host)) || a.port - b.port;
}

function keyOf(address: string): {
  readonly host: string;
  readonly ip: number | undefined;
  readonly port: number;
} {
  const colon = address.lastIndexOf(':');
  const host = colon < 0 ? address : address.slice(0, colon);
  const port = colon < 0 ? 0 : Number(address.slice(colon + 1)) || 0;
  const ip = isIPv4(host) ? host.split('.').reduce((sum, part) => sum * 256 + Number(part), 0) : undefined;
  return { host, ip, port };
}
