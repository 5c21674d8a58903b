/**
 * Which processes are a container's: those in its cgroup (v2, also the one without controllers of a hybrid host), or, where
 * no cgroup can be written, those that carry its variable, its session or its parenthood. Either way a child that forked
 * twice and made a session of its own is still ours.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../../base/index.js';
import { killWait } from '../limits.js';
import {
  allPids,
  hasVariable,
  isAlive,
  nameProcess,
  type ProcessName,
  processFacts,
  signalProcess,
} from '../proc.js';

const VARIABLE = 'REMORA_CONTAINER';
const FIRST_PAUSE_MS = 1;
const LAST_PAUSE_MS = 50;

/** What of a container is ours to kill. */
export interface Members {
  readonly key: string;
  /** The container's cgroup folder, where it has one. */
  readonly cgroup?: string;
  /** Its first process. */
  readonly first?: ProcessName;
}

/** The folder below which our cgroups stand, or undefined: then members are found by their environment. */
export function cgroupHome(folder: string): string | undefined {
  const mount = cgroupMount();
  if (mount === undefined) return undefined;
  // A service manager kills what is in its service's cgroup: containers of a root agent must not be in there.
  const above = process.getuid?.() === 0 ? mount : join(mount, ownCgroup());
  const id = createHash('sha256').update(folder).digest('hex').slice(0, 12);
  const home = join(above, 'remora', id);
  try {
    mkdirSync(home, { recursive: true });
    readFileSync(join(home, 'cgroup.procs'));
    return home;
  } catch {
    return undefined;
  }
}

function cgroupMount(): string | undefined {
  try {
    for (const line of readFileSync('/proc/self/mounts', 'utf8').split('\n')) {
      const [, path, type, options = ''] = line.split(' ');
      if (type === 'cgroup2' && path && /(^|,)rw(,|$)/.test(options)) return path;
    }
  } catch {
    // No /proc, no cgroup.
  }
  return undefined;
}

function ownCgroup(): string {
  try {
    return /^0::(\/.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? '/';
  } catch {
    return '/';
  }
}

/** Makes the cgroup of a container below its parent's, or below `cgroupHome`; undefined where it cannot be made. */
export function makeCgroup(above: string | undefined, name: string, key: string): string | undefined {
  if (above === undefined) return undefined;
  // The id alone may still be that of an ended container whose last process hangs.
  const folder = join(above, `${name}.${key.slice(0, 8)}`);
  try {
    mkdirSync(folder, { recursive: true });
    return folder;
  } catch {
    return undefined;
  }
}

/**
 * Moves a process, and with it all it will start. False where the kernel refuses. The kernel takes 10 to 50 ms for it
 * (a grace period), hence not in our thread.
 */
export async function joinCgroup(cgroup: string, pid: number): Promise<boolean> {
  try {
    await writeFile(join(cgroup, 'cgroup.procs'), String(pid));
    return true;
  } catch {
    return false;
  }
}

/** In a service's cgroup, which its manager empties when the service ends; then what shall outlive us must leave it. */
export function isInService(): boolean {
  return ownCgroup() !== '/';
}

export function markerOf(key: string): string {
  return `${VARIABLE}=${key}`;
}

/** SIGKILL to all of them. Resolves with those that are still there after `container-kill-wait`. */
export async function killMembers(members: Members): Promise<number[]> {
  const deadline = monotonicMs() + killWait.value;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LAST_PAUSE_MS)) {
    const left = killOnce(members);
    if (left.length === 0 || monotonicMs() > deadline) return left;
    await sleep(pause);
  }
}

/** One round; the pids that were still there. */
function killOnce(members: Members): number[] {
  const pids = members.cgroup === undefined ? marked(members) : killCgroup(members.cgroup);
  const first = members.first;
  // A first process that could not be moved into the cgroup is ours all the same.
  if (first && isAlive(first) && !pids.includes(first.pid)) pids.push(first.pid);
  for (const pid of pids) signalProcess(nameProcess(pid), 'SIGKILL');
  return pids;
}

function killCgroup(cgroup: string): number[] {
  const pids = cgroupPids(cgroup);
  if (pids.length === 0) return pids;
  try {
    writeFileSync(join(cgroup, 'cgroup.kill'), '1');
  } catch {
    // Older than Linux 5.14: one by one, and stopped, so that none forks meanwhile.
    try {
      writeFileSync(join(cgroup, 'cgroup.freeze'), '1');
    } catch {
      // Rounds will do.
    }
  }
  return pids;
}

/** Of the cgroup and those below it. */
export function cgroupPids(cgroup: string): number[] {
  try {
    const own = readFileSync(join(cgroup, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
    const below = readdirSync(cgroup, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    // 0 = a process of a pid namespace that we do not see.
    return [...own, ...below.flatMap(({ name }) => cgroupPids(join(cgroup, name)))].filter((pid) => pid > 0);
  } catch {
    return [];
  }
}

function marked({ key, first }: Members): number[] {
  const entry = markerOf(key);
  const found = new Set<number>();
  const facts = new Map(allPids().map((pid) => [pid, processFacts(pid)] as const));
  const leads = first !== undefined && facts.get(first.pid)?.startTicks === first.startTicks;
  for (const [pid, fact] of facts) {
    if (!fact || /[ZX]/.test(fact.state) || pid === process.pid) continue;
    if (hasVariable(pid, entry) || (first !== undefined && leads && fact.session === first.pid))
      found.add(pid);
  }
  // Children of members, however they hide.
  for (let grew = true; grew; ) {
    grew = false;
    for (const [pid, fact] of facts) {
      if (!fact || found.has(pid) || /[ZX]/.test(fact.state) || !found.has(fact.parent)) continue;
      found.add(pid);
      grew = true;
    }
  }
  return [...found];
}

/** Removes an empty cgroup and what is empty below it. */
export function removeCgroup(cgroup: string): void {
  try {
    for (const entry of readdirSync(cgroup, { withFileTypes: true })) {
      if (entry.isDirectory()) removeCgroup(join(cgroup, entry.name));
    }
    rmdirSync(cgroup);
  } catch {
    // Somebody is still in there, or it is gone.
  }
}
