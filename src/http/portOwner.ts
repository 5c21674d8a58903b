import { readFileSync } from 'node:fs';
import { expandIPv6, findListeners, unmapped } from './procNet.js';
import { findSocketOwner } from './socketOwner.js';

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

const ANY = new Set(['0.0.0.0', '0:0:0:0:0:0:0:0']);

/** Who listens on a TCP port of this address, in words: `process 123 (nginx)`, or the user where no more can be seen. */
export async function portOwner(host: string, port: number): Promise<string> {
  const wanted = unmapped(expandIPv6(host) ?? host);
  const rows = [
    ...findListeners(read('/proc/self/net/tcp'), port),
    ...findListeners(read('/proc/self/net/tcp6'), port),
  ];
  const same = rows.filter(({ local }) => unmapped(local.address) === wanted);
  const wide = rows.filter(({ local }) => ANY.has(local.address) || ANY.has(wanted));
  const row = same[0] ?? wide[0] ?? rows[0];
  if (!row) return 'a process that cannot be seen from here';
  const owner = await findSocketOwner(row.inode);
  return owner ? `process ${owner.pid} (${owner.program})` : `a process of uid ${row.uid}`;
}

/** Who serves a Unix socket, in words. */
export async function unixOwner(path: string): Promise<string> {
  for (const line of read('/proc/self/net/unix').split('\n')) {
    // Num RefCount Protocol Flags Type St Inode Path
    const fields = /^\S+: \S+ \S+ \S+ \S+ \S+ +(\d+) (.+)$/.exec(line);
    if (!fields || fields[2] !== path) continue;
    const owner = await findSocketOwner(Number(fields[1]));
    if (owner) return `process ${owner.pid} (${owner.program})`;
  }
  return 'another process';
}
