/** Which user a container runs as (wire/mesos-agent.md 3.5; DESIGN 5). */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Caller } from '../base/index.js';
import { noUser, rootNotAllowed, userNotAllowed } from './errors.js';
import { findTool } from './tools.js';

export interface User {
  /** As people know it: the name, else the number. */
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** Has an entry of its own, and so its groups. */
  readonly listed: boolean;
}

export function ownUser(): User {
  const uid = process.getuid?.() ?? -1;
  return lookUp(String(uid)) ?? { name: String(uid), uid, gid: process.getgid?.() ?? -1, listed: false };
}

const NSS_WAIT_MS = 5000;

function fromLine(line: string): User | undefined {
  const [name = '', , uid = '', gid = ''] = line.split(':');
  if (name === '' || !/^\d+$/.test(uid) || !/^\d+$/.test(gid)) return undefined;
  return { name, uid: Number(uid), gid: Number(gid), listed: true };
}

/** By name or by number; undefined where this host knows none. */
export function lookUp(nameOrUid: string): User | undefined {
  if (nameOrUid === '' || /[:\0\n]/.test(nameOrUid)) return undefined;
  const matches = (user: User | undefined) =>
    user && (user.name === nameOrUid || (/^\d+$/.test(nameOrUid) && user.uid === Number(nameOrUid)));
  const users = readFileSync('/etc/passwd', 'utf8').split('\n').map(fromLine);
  return users.find(matches) ?? fromDirectory(nameOrUid);
}

/** Users of LDAP and the like, which are in no file. */
function fromDirectory(nameOrUid: string): User | undefined {
  const getent = findTool('getent');
  if (!getent) return undefined;
  try {
    const args = ['passwd', '--', nameOrUid];
    const text = execFileSync(getent, args, { encoding: 'utf8', timeout: NSS_WAIT_MS, stdio: 'pipe' });
    return fromLine(text.split('\n')[0] ?? '');
  } catch {
    return undefined;
  }
}

export interface UserRequest {
  /** `command.user`. */
  readonly wanted?: string;
  /** Of the parent, for a session. */
  readonly inherited?: User;
  readonly caller: Caller;
  readonly allowRoot: boolean;
  /** The agent's own; given so that the rules can be tested without being root. */
  readonly own: User;
}

/** `unknown`: no such user on this host, which the sheet reports on the container's stderr. */
export type UserChoice = { readonly user: User } | { readonly unknown: string };

/** Throws `root-not-allowed`, `user-not-allowed`, `no-user`. */
export function chooseUser(request: UserRequest): UserChoice {
  const { wanted, own } = request;
  const named = wanted === undefined || wanted === '' ? undefined : (lookUp(wanted) ?? numbered(wanted));
  if (wanted && !named) return { unknown: wanted };
  if (own.uid !== 0) {
    if (named && named.uid !== own.uid) throw userNotAllowed(named.name, own.name);
    return { user: own };
  }
  const user = named ?? request.inherited ?? callingUser(request.caller);
  if (user.uid === 0 && !request.allowRoot) throw rootNotAllowed(reason(request, named));
  return { user };
}

function reason(request: UserRequest, named: User | undefined): string {
  if (named) return `'${request.wanted}' is root`;
  return request.inherited ? 'its parent does' : 'it names no user and its caller is root';
}

function numbered(text: string): User | undefined {
  if (!/^\d{1,9}$/.test(text)) return undefined;
  return { name: text, uid: Number(text), gid: Number(text), listed: false };
}

/** Only what the listener found out itself says a uid: a token may have any name. */
function callingUser(caller: Caller): User {
  const [, uid] = /^uid:(\d+)$/.exec(caller.user) ?? [];
  const known = caller.kind === 'unix' || caller.kind === 'uid' || caller.kind === 'internal';
  const user = known && uid !== undefined ? (lookUp(uid) ?? numbered(uid)) : undefined;
  if (!user) throw noUser(caller.user);
  return user;
}
