import { type Caller, type Role, roleIncludes } from '../../base/index.js';
import type { SessionStore } from '../sessionStore.js';

/** How an agent serves MCP. */
export interface McpSettings {
  readonly store: SessionStore;
  /** Remora's version. */
  readonly version: string;
  /** The role of callers whom only the connection vouches for (`--mcp-role`). Never admin. */
  readonly role: Exclude<Role, 'none' | 'admin'>;
  /** Tools that change something are there (`--mcp-allow-change`). */
  readonly allowChange: boolean;
}

/**
 * A caller as MCP sees it (DESIGN 8): who is only known by being on this host is a viewer, or what `--mcp-role` says,
 * never an admin. A token, a certificate and a server's word count as they are; the file permission of the Unix socket
 * counts as a credential where changes were allowed by a flag.
 */
export function mcpCaller(caller: Caller, { role, allowChange }: McpSettings): Caller {
  const vouched = caller.kind === 'uid' || (caller.kind === 'unix' && !allowChange);
  return vouched && roleIncludes(caller.role, role) ? { ...caller, role } : caller;
}
