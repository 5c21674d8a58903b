import { createHash, timingSafeEqual } from 'node:crypto';
import type { Role } from '../base/index.js';
import { badToken } from './errors.js';

/** A secret that stands for a role. `name` is the user of basic credentials and what the audit shows. */
export interface Token {
  readonly name: string;
  readonly secret: string;
  readonly role: Role;
}

/** Whose credentials an Authorization header holds. */
export interface Identity {
  readonly name: string;
  readonly role: Role;
  /** Browsers send basic credentials by themselves, also for pages of other sites; never bearer tokens. */
  readonly scheme: 'bearer' | 'basic';
}

const SHORTEST = 8;

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** The tokens of a listener. Compares all of them by digest, so that time tells nothing. */
export class Credentials {
  readonly #tokens: readonly { name: string; role: Role; digest: Buffer }[];

  /** Throws RemoraError `bad-token`. */
  constructor(tokens: readonly Token[]) {
    const names = new Set<string>();
    for (const { name, secret } of tokens) {
      if (name === '' || name.includes(':')) throw badToken(name, 'its name is empty or has a colon');
      if (names.has(name)) throw badToken(name, 'there are two of that name');
      if (secret.length < SHORTEST) throw badToken(name, `its secret is shorter than ${SHORTEST} characters`);
      if (/\s/.test(secret))
        throw badToken(name, 'its secret has white space, which no Authorization header carries');
      names.add(name);
    }
    this.#tokens = tokens.map(({ name, role, secret }) => ({ name, role, digest: digest(secret) }));
  }

  get empty(): boolean {
    return this.#tokens.length === 0;
  }

  /** The identity of an Authorization header, `Bearer SECRET` or `Basic base64(NAME:SECRET)`; undefined when it is none. */
  verify(header: string): Identity | undefined {
    const [, scheme = '', value = ''] = /^([A-Za-z]+) +([^\s]+) *$/.exec(header) ?? [];
    switch (scheme.toLowerCase()) {
      case 'bearer':
        return this.#match(value, undefined, 'bearer');
      case 'basic': {
        const text = Buffer.from(value, 'base64').toString('utf8');
        const colon = text.indexOf(':');
        return colon === -1 ? undefined : this.#match(text.slice(colon + 1), text.slice(0, colon), 'basic');
      }
      default:
        return undefined;
    }
  }

  #match(secret: string, name: string | undefined, scheme: Identity['scheme']): Identity | undefined {
    const given = digest(secret);
    let match: Identity | undefined;
    for (const token of this.#tokens) {
      const same = timingSafeEqual(given, token.digest);
      if (same && (name === undefined || name === token.name)) {
        match = { name: token.name, role: token.role, scheme };
      }
    }
    return match;
  }
}

/** Who owns which secret, for those who bring one by another way than a header. Throws RemoraError `bad-token`. */
export function tokenOwners(
  tokens: readonly Token[],
): (secret: string) => { readonly user: string; readonly role: Role } | undefined {
  const credentials = new Credentials(tokens);
  return (secret) => {
    const found = /\s/.test(secret) ? undefined : credentials.verify(`Bearer ${secret}`);
    return found && { user: found.name, role: found.role };
  };
}
