import { readlinkSync } from 'node:fs';
import { processStat } from '../find/index.js';
import type { ProcessInfo } from '../types.js';

/**
 * Whether a process has exited: also one that is just exiting (its memory is given back already), whose parent has not
 * asked for its exit status, or whose pid is another's by now.
 */
export function isGone({ pid, startTicks }: Pick<ProcessInfo, 'pid' | 'startTicks'>): boolean {
  const stat = processStat(pid);
  if (stat?.startTicks !== startTicks || stat.state === 'Z' || stat.state === 'X') return true;
  try {
    readlinkSync(`/proc/${pid}/exe`);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}
