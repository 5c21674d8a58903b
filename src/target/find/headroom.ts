/** How much memory a process may still take before the kernel, or its container's limit, ends it. */

import { processCgroups } from './cgroup.js';
import { containsPath, parentPaths } from './paths.js';
import { readProcText } from './proc.js';
import { processStatus } from './status.js';

export interface MemoryHeadroom {
  /** Never negative. */
  readonly bytes: number;
  /** `host` (MemAvailable), `cgroup /path`, or `address space limit`. */
  readonly limitedBy: string;
}

export interface CgroupMount {
  readonly version: 1 | 2;
  readonly controllers: readonly string[];
  /** The path inside the hierarchy that is mounted. */
  readonly root: string;
  readonly mountPoint: string;
}

/**
 * The tightest of: each memory limit from the process's cgroup up to the root, the host's available memory, and
 * RLIMIT_AS. Page cache that the kernel may drop (inactive_file) counts as free, as in `kubectl top`.
 * Source: Documentation/admin-guide/cgroup-v1/memory.rst and cgroup-v2.rst.
 */
export function memoryHeadroom(pid: number): MemoryHeadroom {
  const found = [hostHeadroom(), addressSpaceHeadroom(pid), ...cgroupHeadrooms(pid)];
  const known = found.filter((each): each is MemoryHeadroom => each !== undefined);
  const tightest = known.reduce<MemoryHeadroom | undefined>(
    (least, each) => (least && least.bytes <= each.bytes ? least : each),
    undefined,
  );
  return tightest ?? { bytes: 0, limitedBy: 'unknown: /proc/meminfo cannot be read' };
}

function hostHeadroom(): MemoryHeadroom | undefined {
  const match = /^MemAvailable:\s+(\d+) kB$/m.exec(readProcText('/proc/meminfo') ?? '');
  return match ? { bytes: Number(match[1]) * 1024, limitedBy: 'host' } : undefined;
}

function addressSpaceHeadroom(pid: number): MemoryHeadroom | undefined {
  const match = /^Max address space\s+(\d+)\s/m.exec(readProcText(`/proc/${pid}/limits`) ?? '');
  const used = processStatus(pid)?.vmSizeBytes;
  if (!match || used === undefined) return undefined;
  return { bytes: Math.max(0, Number(match[1]) - used), limitedBy: 'address space limit' };
}

function cgroupHeadrooms(pid: number): MemoryHeadroom[] {
  const mounts = cgroupMounts(readProcText('/proc/self/mountinfo') ?? '');
  const found: MemoryHeadroom[] = [];
  for (const line of processCgroups(pid)) {
    const version = line.hierarchy === 0 ? 2 : 1;
    if (version === 1 && !line.controllers.includes('memory')) continue;
    const mount = mounts.find(
      (each) =>
        each.version === version &&
        (version === 2 || each.controllers.includes('memory')) &&
        containsPath(each.root, line.path),
    );
    if (!mount) continue;
    for (const path of parentPaths(line.path, mount.root)) {
      const folder = mount.mountPoint + (mount.root === '/' ? path : path.slice(mount.root.length));
      const bytes = version === 1 ? freeInV1(folder) : freeInV2(folder);
      if (bytes !== undefined) found.push({ bytes: Math.max(0, bytes), limitedBy: `cgroup ${path}` });
    }
  }
  return found;
}

/** "No limit" in version 1 is the largest multiple of a page in 63 bits. */
const NO_LIMIT = 2 ** 60;

function freeInV1(folder: string): number | undefined {
  const limit = numberIn(`${folder}/memory.limit_in_bytes`);
  const usage = numberIn(`${folder}/memory.usage_in_bytes`);
  if (limit === undefined || usage === undefined || limit >= NO_LIMIT) return undefined;
  return limit - usage + statIn(folder, 'total_inactive_file', usage);
}

function freeInV2(folder: string): number | undefined {
  const limits = [numberIn(`${folder}/memory.max`), numberIn(`${folder}/memory.high`)];
  const limit = Math.min(...limits.map((each) => each ?? Number.POSITIVE_INFINITY));
  const usage = numberIn(`${folder}/memory.current`);
  if (usage === undefined || limit >= NO_LIMIT) return undefined;
  return limit - usage + statIn(folder, 'inactive_file', usage);
}

function numberIn(path: string): number | undefined {
  const text = readProcText(path)?.trim() ?? '';
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

function statIn(folder: string, name: string, most: number): number {
  const match = new RegExp(`^${name} (\\d+)$`, 'm').exec(readProcText(`${folder}/memory.stat`) ?? '');
  return match ? Math.min(Number(match[1]), most) : 0;
}

/** The cgroup hierarchies in a mountinfo file. Source: proc_pid_mountinfo(5). */
export function cgroupMounts(text: string): CgroupMount[] {
  return text.split('\n').flatMap((line) => {
    const [left = '', right] = line.split(' - ', 2);
    const [, , , root, mountPoint] = left.split(' ');
    const [type, , options = ''] = (right ?? '').split(' ');
    if (root === undefined || mountPoint === undefined || (type !== 'cgroup' && type !== 'cgroup2'))
      return [];
    const version = type === 'cgroup2' ? 2 : 1;
    return [
      { version, controllers: options.split(','), root: unescaped(root), mountPoint: unescaped(mountPoint) },
    ];
  });
}

/** The kernel writes blanks and backslashes as three octal digits. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
