/** What a caller may do (DESIGN 4 and 8). Each role includes the ones before it. */
export const ROLES = ['none', 'viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** What a command does to a target: looks at it, observes its calls, or changes it. */
export type Risk = 'read' | 'observe' | 'change';

/** What an agent's ceiling can allow (DESIGN 8): a risk of commands, or one of its other jobs. */
export type Permission = Risk | 'containers';

const NEEDED: Record<Risk, Role> = { read: 'viewer', observe: 'operator', change: 'admin' };

export function roleForRisk(risk: Risk): Role {
  return NEEDED[risk];
}

export function roleIncludes(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** Who is calling, as the listener found out. `kind` says by what means. */
export interface Caller {
  readonly kind: 'unix' | 'uid' | 'token' | 'certificate' | 'internal' | 'anonymous';
  /** For audit and `session`: `uid:1000`, a token's name, ... */
  readonly user: string;
  readonly role: Role;
  /** Peer address, `127.0.0.1:40312` or `unix`. */
  readonly address: string;
}
