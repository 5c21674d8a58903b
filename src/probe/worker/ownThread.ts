import { readlinkSync } from 'node:fs';
import type { WorkerFunction } from './functions.js';

/** Which OS thread the Worker is: the agent leaves it out when it lists the application's. */
export function ownThreadFunctions(): Record<string, WorkerFunction> {
  return {
    /** → `{tid}`, in the target's own pid namespace; 0 where /proc does not say. */
    ownThread() {
      try {
        return { tid: Number(/\/task\/(\d+)$/.exec(readlinkSync('/proc/thread-self'))?.[1] ?? 0) };
      } catch {
        return { tid: 0 };
      }
    },
  };
}
