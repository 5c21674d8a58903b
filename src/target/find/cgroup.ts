/** /proc/PID/cgroup: which control groups, and which container they tell of. */
import { namespaceInode } from './namespaces.js';
import { readProcText } from './proc.js';

export interface CgroupLine {
  /** 0 is the unified hierarchy (version 2). */
  readonly hierarchy: number;
  readonly controllers: readonly string[];
  /** As seen from our own cgroup namespace. */
  readonly path: string;
}

/** Parses a cgroup file; lines that are none are left out. */
export function parseCgroups(text: string): CgroupLine[] {
  return text.split('\n').flatMap((line) => {
    const match = /^(\d+):([^:]*):(\/.*)$/.exec(line);
    if (!match) return [];
    const [, hierarchy, controllers = '', path = ''] = match;
    return [{ hierarchy: Number(hierarchy), controllers: controllers.split(',').filter(Boolean), path }];
  });
}

export function processCgroups(pid: number | 'self'): CgroupLine[] {
  return parseCgroups(readProcText(`/proc/${pid}/cgroup`) ?? '');
}

/** docker, containerd, cri-o, podman and kubepods end in a 64-digit id, bare or inside `name-ID.scope`. */
const LONG_ID = /^(?:[a-z][\w.]*-)*([0-9a-f]{64})(?:\.scope|\.slice|\.service)?$/;
/** Containers that people name: LXC, systemd-nspawn. */
const NAMED = [/^lxc\.payload\.([^/]+)$/, /^machine-([^/]+)\.scope$/];

/** The innermost container that the paths name; undefined when they name none. */
export function containerOf(lines: readonly CgroupLine[]): string | undefined {
  for (const { path } of lines) {
    const parts = path.split('/');
    for (let at = parts.length - 1; at > 0; at--) {
      const part = parts[at] ?? '';
      const long = LONG_ID.exec(part)?.[1];
      if (long) return long;
      for (const pattern of NAMED) {
        const name = pattern.exec(part)?.[1];
        if (name) return name.replaceAll('\\x2d', '-');
      }
      if (parts[at - 1] === 'lxc' && part) return part;
    }
  }
  return undefined;
}

/** Container id; else `ns:<inode>` when the process has a pid namespace other than ours; else undefined. */
export function containerId(pid: number): string | undefined {
  const named = containerOf(processCgroups(pid));
  if (named !== undefined) return named;
  const theirs = namespaceInode(pid, 'pid');
  return theirs !== undefined && theirs !== namespaceInode('self', 'pid') ? `ns:${theirs}` : undefined;
}
