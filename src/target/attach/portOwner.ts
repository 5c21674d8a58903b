import { readdirSync, readFileSync } from 'node:fs';
import { socketInodes, type TcpRow } from '../find/index.js';

/** Who holds a listening socket, as people would say it: `node (pid 123)`. */
export function portOwner(row: TcpRow): string {
  for (const name of readdirSync('/proc')) {
    const candidate = Number(name);
    if (Number.isInteger(candidate) && socketInodes(candidate)?.has(row.inode)) {
      return `${commandName(candidate)} (pid ${candidate})`;
    }
  }
  return `a process of uid ${row.uid}`;
}

function commandName(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return 'a process';
  }
}
