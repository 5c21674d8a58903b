import http from 'node:http';
import https from 'node:https';
import { RemoraError } from '../base/index.js';

/** An agent on this machine by its Unix socket, or anywhere by its address. */
export type ClientAddress =
  | { readonly socketPath: string }
  | {
      /** `http://127.0.0.1:8563`, also with a path before the endpoints: `https://server/proxy/agent-1`. */
      readonly url: string;
      readonly token?: string;
      /** PEM text of the authority that signed the agent's certificate, when it is not a public one. */
      readonly ca?: string;
    };

/** What every request to one address has in common. */
export interface Endpoint {
  readonly request: typeof http.request;
  /** Keeps connections alive between calls. */
  readonly agent: http.Agent;
  /** Where to connect to; of a connection of its own also the authority. */
  readonly base: https.RequestOptions;
  /** Stands before the path of an endpoint. */
  readonly prefix: string;
  readonly headers: Readonly<Record<string, string>>;
}

export function endpointOf(address: ClientAddress): Endpoint {
  if ('socketPath' in address) {
    return {
      request: http.request,
      agent: new http.Agent({ keepAlive: true }),
      // The host is only a header here: the socket's file permission is the credential.
      base: { socketPath: address.socketPath, host: 'localhost' },
      prefix: '',
      headers: {},
    };
  }
  const url = parseUrl(address.url);
  const secure = url.protocol === 'https:';
  return {
    request: secure ? https.request : http.request,
    agent: secure
      ? new https.Agent({ keepAlive: true, ca: address.ca })
      : new http.Agent({ keepAlive: true }),
    base: {
      hostname: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port || (secure ? 443 : 80),
      ...(secure && address.ca ? { ca: address.ca } : {}),
    },
    prefix: url.pathname.replace(/\/+$/, ''),
    headers: address.token ? { authorization: `Bearer ${address.token}` } : {},
  };
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new RemoraError('bad-url', `'${text}' is not the address of an agent`, {
      hint: 'Write it as http://HOST:PORT or https://HOST:PORT',
    });
  }
  if (url.username || url.password) {
    throw new RemoraError('bad-url', 'the address of an agent must not hold a password', {
      hint: 'Pass `token` instead',
    });
  }
  return url;
}
