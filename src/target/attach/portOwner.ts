import { readdirSync, readFileSync } from 'node:fs';
import { socketInodes, tcpRows } from '../find/index.js';

/**
 * Who listens on a port in the network namespace of `pid`, as people would say it: `node (pid 123)`. Undefined when
 * the port is free.
 */
export async function portOwner(pid: number, port: number): Promise<string | undefined> {
  const rows = await tcpRows(pid, { port, listening: true });
  const row = rows.find((each) => each.local.port === port);
  if (!row) return undefined;
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
