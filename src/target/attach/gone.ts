import { processStat } from '../find/index.js';
import type { ProcessInfo } from '../types.js';

/** Whether a process has exited: also one whose parent has not asked for its exit status, or whose pid is reused. */
export function isGone(process: Pick<ProcessInfo, 'pid' | 'startTicks'>): boolean {
  const stat = processStat(process.pid);
  return stat?.startTicks !== process.startTicks || stat.state === 'Z' || stat.state === 'X';
}
