import type { Agent } from 'node:http';
import { after, before } from 'node:test';
import { type Answer, ask } from '../../http/support.js';
import { type DaemonProcess, startDaemonProcess } from './daemon.js';

type Role = 'agent' | 'server';

export interface SharedDaemons {
  readonly agent: DaemonProcess;
  readonly server: DaemonProcess;
  /** Asks the agent, or the one given. */
  call(
    path: string,
    options?: { method?: string; body?: string; at?: DaemonProcess; agent?: Agent },
  ): Promise<Answer>;
}

/** Daemons that all tests of a file share, from its beginning to its end. */
export function sharedDaemons(...roles: readonly Role[]): SharedDaemons {
  const cleanUps: (() => Promise<void> | void)[] = [];
  const running = new Map<Role, DaemonProcess>();
  before(async () => {
    for (const role of roles) {
      running.set(role, await startDaemonProcess({ after: (fn) => void cleanUps.push(fn) }, role));
    }
  });
  after(async () => {
    for (const fn of cleanUps.reverse()) await fn();
  });
  const get = (role: Role): DaemonProcess => {
    const daemon = running.get(role);
    if (!daemon) throw new Error(`this file has no ${role}`);
    return daemon;
  };
  return {
    get agent() {
      return get('agent');
    },
    get server() {
      return get('server');
    },
    call: (path, { method, body, at = get('agent'), agent } = {}) =>
      ask({ port: portOf(at), path, method, body, agent }),
  };
}

export function portOf({ url }: DaemonProcess): number {
  return Number(new URL(url).port);
}
