/** /proc/PID/maps: which files a process has loaded, and where. */
import { readProcText } from './proc.js';

export interface Mapping {
  readonly start: number;
  readonly end: number;
  readonly writable: boolean;
  readonly executable: boolean;
  readonly offset: number;
  /** 0 for memory that is no file's. */
  readonly inode: number;
  /** As the kernel prints it, in the process's own mount namespace; '' for anonymous memory. */
  readonly path: string;
}

const LINE =
  /^([0-9a-f]{1,16})-([0-9a-f]{1,16}) ([rwxsp-]{4}) ([0-9a-f]{1,16}) [0-9a-f]+:[0-9a-f]+ (\d+)\s*(.*)$/;
const MAPS_BYTES = 16 * 1024 * 1024;

/** Parses one line; undefined when it is none, or lies in the kernel's half. */
export function parseMapping(line: string): Mapping | undefined {
  const match = LINE.exec(line);
  if (!match) return undefined;
  const [, start = '', end = '', flags = '', offset = '', inode, path = ''] = match;
  const mapping = {
    start: Number.parseInt(start, 16),
    end: Number.parseInt(end, 16),
    writable: flags[1] === 'w',
    executable: flags[2] === 'x',
    offset: Number.parseInt(offset, 16),
    inode: Number(inode),
    path,
  };
  return Number.isSafeInteger(mapping.end) && Number.isSafeInteger(mapping.offset) ? mapping : undefined;
}

/** Empty when the process is gone or may not be looked into. Source: proc_pid_maps(5). */
export function processMaps(pid: number): Mapping[] {
  const text = readProcText(`/proc/${pid}/maps`, MAPS_BYTES) ?? '';
  return text.split('\n').flatMap((line) => parseMapping(line) ?? []);
}
