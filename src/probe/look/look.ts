/**
 * Evaluated by itself in a worker thread of the application, over the main thread's NodeWorker domain: it installs
 * nothing and leaves nothing.
 */
import type * as Fs from 'node:fs';
import { framesHere, type RawFrame } from '../main/framesHere.js';

export interface WorkerLook {
  /** In the target's own pid namespace; 0 where /proc does not say. */
  readonly tid: number;
  /** What the worker was doing; empty when it was idle. */
  readonly frames: readonly RawFrame[];
}

/** The function around our script, and the evaluated line. */
const OWN_FRAMES = 2;

export function look(require: ((id: string) => unknown) | undefined, limit: number): WorkerLook {
  const frames = framesHere(limit, look, OWN_FRAMES);
  let tid = 0;
  try {
    const { getBuiltinModule } = process as { getBuiltinModule?: (id: string) => unknown };
    const fs = (
      getBuiltinModule ? getBuiltinModule.call(process, 'node:fs') : require?.('node:fs')
    ) as typeof Fs;
    tid = Number(/\/task\/(\d+)$/.exec(fs.readlinkSync('/proc/thread-self'))?.[1] ?? 0);
  } catch {
    // No /proc here, or the permission model keeps us out.
  }
  return { tid, frames };
}
