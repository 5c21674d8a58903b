import type { IncomingHttpHeaders } from 'node:http';
import { hostname } from 'node:os';
import {
  type Audit,
  type Caller,
  counters,
  PRODUCT_TITLE,
  type RemoraError,
  type Role,
  roleIncludes,
} from '../base/index.js';
import type { Credentials, Identity } from './credentials.js';
import { crossSite, roleTooSmall } from './errors.js';
import { type HostNames, isSameOrigin } from './host.js';
import { refusalsAudited } from './limits.js';
import { ownUser, type Peer } from './peer.js';
import type { TrustMode } from './trustMode.js';

/** What the gate keeps of a connection between its requests. */
export interface GateMemory {
  readonly peer: Peer;
  /** The caller of requests whose headers say nothing else; made once. */
  trusted?: Caller;
  /** Last accepted Host and Authorization: most clients repeat them. */
  host?: string;
  authorization?: string;
  identity?: Identity;
}

/** 401 is text for people, 403 our error shape. */
export type Refusal =
  | { readonly status: 401; readonly text: string; readonly code: string }
  | { readonly status: 403; readonly error: RemoraError };

export type Admission = { readonly caller: Caller } | { readonly refusal: Refusal; readonly caller: Caller };

const refused = counters.counter(
  'http.refused',
  'calls refused for want of credentials, role or a same-site page',
);
const unaudited = counters.counter(
  'http.refused.unaudited',
  'refused calls left out of the audit file by its rate',
);

/** A header that only a proxy or tunnel adds. Names in lower case, as Node gives them. */
function forwardedBy(headers: IncomingHttpHeaders): string | undefined {
  for (const name in headers) {
    switch (name.charCodeAt(0)) {
      case 0x66: // f
        if (name === 'forwarded') return name;
        break;
      case 0x78: // x
        if (name.startsWith('x-forwarded-') || name === 'x-real-ip' || name.startsWith('x-original-'))
          return name;
        break;
      case 0x76: // v
        if (name === 'via') return name;
        break;
      case 0x63: // c
        if (name.startsWith('cf-')) return name;
        break;
      case 0x74: // t
        if (name.startsWith('tailscale-') || name === 'true-client-ip') return name;
        break;
    }
  }
  return undefined;
}

export interface GateOptions {
  readonly trust: TrustMode;
  readonly credentials: Credentials;
  readonly hosts: HostNames;
  readonly audit?: Audit;
}

/** Decides who calls and whether they may (DESIGN 8). */
export class Gate {
  readonly #options: GateOptions;
  #minute = 0;
  #inMinute = 0;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** The caller of a request, or why a route of that role is refused to them. */
  admit(headers: IncomingHttpHeaders, memory: GateMemory, needed: Role, what: string): Admission {
    const admission = this.#judge(headers, memory, needed);
    if ('refusal' in admission) this.#record(admission.refusal, admission.caller, what);
    return admission;
  }

  #judge(headers: IncomingHttpHeaders, memory: GateMemory, needed: Role): Admission {
    const { peer } = memory;
    const { trust } = this.#options;
    const authorization = headers.authorization;
    const tokens = peer.kind === 'unix' || trust !== 'off';
    let identity: Identity | undefined;
    let reason: string | undefined;
    if (authorization !== undefined) {
      identity = tokens ? this.#identify(authorization, memory) : undefined;
      if (!identity) reason = 'brings credentials that this Remora does not know';
    }
    if (identity?.scheme !== 'bearer' && peer.kind !== 'unix') {
      const site = this.#foreign(headers, peer, identity !== undefined);
      if (site) return { caller: anonymous(peer), refusal: { status: 403, error: crossSite(site) } };
    }
    let caller: Caller;
    if (identity) {
      caller = { kind: 'token', user: identity.name, role: identity.role, address: peer.address };
    } else {
      reason ??= this.#doubt(headers, memory);
      if (reason !== undefined) {
        caller = anonymous(peer);
        // Wrong credentials are an error also where none are needed to get in by this way.
        if (roleIncludes('none', needed)) return { caller };
        return {
          caller,
          refusal: { status: 401, code: 'unknown-caller', text: this.#unknownText(peer, reason) },
        };
      }
      memory.trusted ??= known(peer);
      caller = memory.trusted;
    }
    if (roleIncludes(caller.role, needed)) return { caller };
    return { caller, refusal: { status: 403, error: roleTooSmall(caller.user, caller.role, needed) } };
  }

  #identify(authorization: string, memory: GateMemory): Identity | undefined {
    if (memory.authorization === authorization) return memory.identity;
    const identity = this.#options.credentials.verify(authorization);
    if (identity) {
      memory.authorization = authorization;
      memory.identity = identity;
    }
    return identity;
  }

  /** What marks the request as that of another site's page. */
  #foreign(headers: IncomingHttpHeaders, peer: Peer, known: boolean): string | undefined {
    const site = headers['sec-fetch-site'];
    if (site === 'cross-site' || site === 'same-site') return `Sec-Fetch-Site: ${site}`;
    const { origin, host } = headers;
    if (origin === undefined) return undefined;
    // A name that an attacker's DNS points at us is same-origin too, hence the names; credentials are kept per origin.
    const ours = known || this.#options.hosts.accepts(host, peer.localPort, peer.tls);
    return ours && isSameOrigin(origin, host) ? undefined : `Origin: ${origin.slice(0, 100)}`;
  }

  /** Why the connection's own standing does not count for this request. */
  #doubt(headers: IncomingHttpHeaders, memory: GateMemory): string | undefined {
    const { peer } = memory;
    if (peer.kind === 'unix') return undefined;
    if (peer.kind === 'unknown') return peer.reason;
    const forwarded = forwardedBy(headers);
    if (forwarded) return `was forwarded (it has the header ${forwarded})`;
    if (memory.host !== undefined && memory.host === headers.host) return undefined;
    if (!this.#options.hosts.accepts(headers.host, peer.localPort, peer.tls)) {
      return `asks for the host ${(headers.host ?? '(none)').slice(0, 100)}, which is not this one`;
    }
    memory.host = headers.host;
    return undefined;
  }

  #unknownText(peer: Peer, reason: string): string {
    const { trust, credentials } = this.#options;
    const port = peer.localPort ? `, port ${peer.localPort}` : '';
    const ways: string[] = [];
    if (trust === 'uid')
      ways.push(`call from this machine as the user ${ownUser()}, straight and without a proxy`);
    if (trust !== 'off' && !credentials.empty) {
      ways.push("send a token: curl -H 'Authorization: Bearer SECRET' ..., or curl -u NAME:SECRET ...");
    }
    ways.push('use its Unix socket, which its own user can open: curl --unix-socket PATH ...');
    return (
      `This is the ${PRODUCT_TITLE} of ${ownUser()} on ${hostname()}${port}. It does not know you.\n` +
      `Your connection ${reason}.\n` +
      `How to go on:\n${ways.map((way) => `  - ${way}\n`).join('')}` +
      'A password in the URL is not looked at.\n'
    );
  }

  #record(refusal: Refusal, caller: Caller, what: string): void {
    refused.add();
    const minute = Math.floor(Date.now() / 60_000);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#inMinute = 0;
    }
    this.#inMinute += 1;
    if (this.#inMinute > refusalsAudited.value) {
      unaudited.add();
      return;
    }
    const outcome = refusal.status === 401 ? refusal.code : refusal.error.code;
    this.#options.audit?.write({ caller, action: 'http.refused', command: what, outcome });
  }
}

function anonymous(peer: Peer): Caller {
  const user = peer.uid === undefined ? 'anonymous' : `uid:${peer.uid}`;
  return { kind: 'anonymous', user, role: 'none', address: peer.address };
}

function known(peer: Peer): Caller {
  if (peer.client) {
    const { name, role } = peer.client;
    return { kind: 'certificate', user: name, role, address: peer.address };
  }
  const kind = peer.kind === 'unix' ? 'unix' : 'uid';
  return { kind, user: `uid:${process.getuid?.() ?? -1}`, role: 'admin', address: peer.address };
}

/** The challenges that go with a 401. */
export function challenges(): string[] {
  const realm = `${PRODUCT_TITLE} of ${ownUser()} on ${hostname()}`.replace(/["\\]/g, '');
  return [`Basic realm="${realm}", charset="UTF-8"`, `Bearer realm="${realm}"`];
}
