import { readProcNumbers, readProcText } from './proc.js';

export interface DescriptorCount {
  /** Undefined when /proc does not tell us. */
  readonly open?: number;
  /** The soft limit; undefined also for `unlimited`. */
  readonly limit?: number;
}

/** Source: proc_pid_fd(5), proc_pid_limits(5). */
export function descriptorCount(pid: number): DescriptorCount {
  // A process without any descriptor and one that hides them look the same; Node always has some.
  const open = readProcNumbers(`/proc/${pid}/fd`).length;
  const match = /^Max open files\s+(\d+)\s/m.exec(readProcText(`/proc/${pid}/limits`) ?? '');
  return { open: open > 0 ? open : undefined, limit: match ? Number(match[1]) : undefined };
}
