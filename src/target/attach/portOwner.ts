import { readdirSync, readFileSync } from 'node:fs';
import { socketInodes, type TcpRow } from '../find/index.js';

export interface PortOwner {
  /** Undefined when no process that we may look into has it. */
  readonly pid?: number;
  /** As people would say it: `node (pid 123)`. */
  readonly text: string;
}

/** Who holds a listening socket. */
export function portOwner(row: TcpRow): PortOwner {
  for (const name of readdirSync('/proc')) {
    const candidate = Number(name);
    if (Number.isInteger(candidate) && socketInodes(candidate)?.has(row.inode)) {
      return { pid: candidate, text: `${commandName(candidate)} (pid ${candidate})` };
    }
  }
  return { text: `a process of uid ${row.uid}` };
}

function commandName(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return 'a process';
  }
}
