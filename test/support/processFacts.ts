import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Whether the process is there and not a zombie. */
export function isAlive(pid: number): boolean {
  const state = processState(pid);
  return state !== undefined && state !== 'Z' && state !== 'X';
}

/** The letter of /proc/PID/stat; undefined when the process is gone. */
export function processState(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
  } catch {
    return undefined;
  }
}

export function threadCount(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).length;
}

/** Number of open file descriptors. */
export function descriptorCount(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Resident memory in bytes. */
export function residentBytes(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? 0) * 1024;
}

/** User and system time used so far, in milliseconds (of 10 ms ticks, as Linux shows it to programs). */
export function cpuMilliseconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** CPU milliseconds of this process so far: what a piece of work takes, however many others want the processor. */
export function ownCpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function socketInodes(pid: number): Set<string> {
  const inodes = new Set<string>();
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
      if (inode) inodes.add(inode);
    } catch {
      // Closed between the listing and the look.
    }
  }
  return inodes;
}

/** TCP ports that this process (not just somebody in its network namespace) listens on, sorted. */
export function listeningPorts(pid: number): number[] {
  const own = socketInodes(pid);
  const ports = new Set<number>();
  for (const table of ['tcp', 'tcp6']) {
    let text: string;
    try {
      text = readFileSync(`/proc/${pid}/net/${table}`, 'utf8');
    } catch {
      continue;
    }
    for (const line of text.split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/);
      if (fields[3] !== '0A' || !own.has(fields[9] ?? '')) continue;
      ports.add(Number.parseInt(fields[1]?.split(':')[1] ?? '0', 16));
    }
  }
  return [...ports].sort((a, b) => a - b);
}

/** Where resident memory lies, in bytes: in glibc's arenas of threads, in its main heap, in other anonymous memory (V8's). */
export function memoryParts(pid: number): {
  arenas: number;
  arenaCount: number;
  heap: number;
  other: number;
} {
  const parts = { arenas: 0, arenaCount: 0, heap: 0, other: 0 };
  let part: 'arenas' | 'heap' | 'other' | undefined;
  for (const line of readFileSync(`/proc/${pid}/smaps`, 'utf8').split('\n')) {
    const [, start, inode, name] = /^([0-9a-f]+)-[0-9a-f]+ \S+ \S+ \S+ (\d+)\s*(.*)$/.exec(line) ?? [];
    if (start !== undefined) {
      // An arena begins at a multiple of 64 MB.
      const isArena = Number.parseInt(start, 16) % 0x400_0000 === 0;
      part = name === '[heap]' ? 'heap' : inode !== '0' || name ? undefined : isArena ? 'arenas' : 'other';
      if (part === 'arenas') parts.arenaCount += 1;
    }
    const kilobytes = /^Rss:\s+(\d+) kB$/.exec(line)?.[1];
    if (part && kilobytes) parts[part] += Number(kilobytes) * 1024;
  }
  return parts;
}
