import { isIPv4 } from 'node:net';
import { hostname } from 'node:os';
import { expandIPv6 } from './procNet.js';

/** A Host header taken apart. `name` is lower case, an IPv6 address in full without brackets. */
export interface HostName {
  readonly name: string;
  readonly port: number;
}

const HOST = /^(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9_.-]{1,253})(?::(\d{1,5}))?$/;

/** The parts of a Host header's text (`defaultPort` where it names none); undefined when it is malformed. */
export function parseHost(text: string, defaultPort: number): HostName | undefined {
  const found = HOST.exec(text);
  if (!found) return undefined;
  const [, raw = '', portText] = found;
  const port = portText === undefined ? defaultPort : Number(portText);
  if (port > 65_535) return undefined;
  if (!raw.startsWith('[')) return { name: raw.toLowerCase(), port };
  const full = expandIPv6(raw.slice(1, -1));
  return full === undefined ? undefined : { name: full, port };
}

const IPV6_LOOPBACK = '0:0:0:0:0:0:0:1';

/** The Host names under which this Remora may be called without credentials. */
export class HostNames {
  readonly #names: ReadonlySet<string>;

  /** `more`: what `--host` named and the addresses that we listen on. */
  constructor(more: readonly string[] = []) {
    const own = hostname().toLowerCase();
    const names = ['localhost', own, own.split('.', 1)[0] ?? own];
    for (const name of more) {
      const bare = name.replace(/^\[(.*)\]$/, '$1');
      names.push(expandIPv6(bare) ?? bare.toLowerCase());
    }
    this.#names = new Set(names);
  }

  /** Does this Host header name us, with the port of our end? A name without port means port 80, or 443 with TLS. */
  accepts(header: string | undefined, localPort: number, tls = false): boolean {
    if (header === undefined) return false;
    const host = parseHost(header, tls ? 443 : 80);
    return host !== undefined && host.port === localPort && this.#knows(host.name);
  }

  #knows(name: string): boolean {
    return this.#names.has(name) || name === IPV6_LOOPBACK || (isIPv4(name) && name.startsWith('127.'));
  }
}

/** Does an Origin header name the very address that the request's Host names? */
export function isSameOrigin(origin: string, header: string | undefined): boolean {
  const found = /^(https?):\/\/(.+)$/.exec(origin);
  if (!found || header === undefined) return false;
  const defaultPort = found[1] === 'https' ? 443 : 80;
  const from = parseHost(found[2] ?? '', defaultPort);
  const to = parseHost(header, defaultPort);
  return from !== undefined && to !== undefined && from.name === to.name && from.port === to.port;
}
