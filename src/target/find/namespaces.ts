/** How a process stands to us: namespaces, and whether the kernel would let us look into it or signal it. */
import { statSync } from 'node:fs';
import { readProcLink } from './proc.js';
import { type ProcessStatus, processStatus } from './status.js';

/** `unknown` where the kernel refuses to say (another user's process, and we are not root). */
export type NamespaceRelation = 'same' | 'other' | 'unknown';

export interface Namespaces {
  readonly pid: NamespaceRelation;
  readonly net: NamespaceRelation;
  readonly mnt: NamespaceRelation;
  readonly user: NamespaceRelation;
  /** Its pid inside its own pid namespace: what `process.pid` says there. 0 when it is gone. */
  readonly innermostPid: number;
}

export interface Access {
  /** Its real, effective and saved uid are all our effective uid. */
  readonly sameUser: boolean;
  /** kill(2) would be allowed. */
  readonly canSignal: boolean;
  /** Memory, environment, open files and executable can be read. */
  readonly canRead: boolean;
  /** False when the process gave up being looked into (set-uid, file capabilities, PR_SET_DUMPABLE 0). */
  readonly dumpable: boolean;
}

const KINDS = ['pid', 'net', 'mnt', 'user'] as const;

/** Source: namespaces(7), NSpid of proc_pid_status(5). */
export function namespacesOf(pid: number): Namespaces {
  const [pidSpace, net, mnt, user] = KINDS.map((kind) => relation(pid, kind));
  const nsPids = processStatus(pid)?.nsPids ?? [];
  return {
    pid: pidSpace ?? 'unknown',
    net: net ?? 'unknown',
    mnt: mnt ?? 'unknown',
    user: user ?? 'unknown',
    innermostPid: nsPids[nsPids.length - 1] ?? 0,
  };
}

function relation(pid: number, kind: string): NamespaceRelation {
  const theirs = readProcLink(`/proc/${pid}/ns/${kind}`).text;
  const ours = readProcLink(`/proc/self/ns/${kind}`).text;
  if (theirs === undefined || ours === undefined) return 'unknown';
  return theirs === ours ? 'same' : 'other';
}

/** `pid:[4026531836]` gives 4026531836; undefined when refused or gone. */
export function namespaceInode(pid: number | 'self', kind: (typeof KINDS)[number]): number | undefined {
  const match = /\[(\d+)\]$/.exec(readProcLink(`/proc/${pid}/ns/${kind}`).text ?? '');
  return match ? Number(match[1]) : undefined;
}

/** Undefined when the process is gone. Nothing is sent to it to find out. */
export function accessTo(
  pid: number,
  status: ProcessStatus | undefined = processStatus(pid),
): Access | undefined {
  const exe = readProcLink(`/proc/${pid}/exe`);
  // One that is just exiting has given its memory back, and with it the link.
  if (!status || (exe.text === undefined && !exe.denied)) return undefined;
  const ours = process.geteuid?.() ?? -1;
  const [real, effective, saved] = status.uids;
  return {
    sameUser: real === ours && effective === ours && saved === ours,
    canSignal: ours === 0 || real === ours || saved === ours,
    canRead: exe.text !== undefined,
    dumpable: isDumpable(pid, effective),
  };
}

/** The files of a process that may not be dumped belong to root. */
function isDumpable(pid: number, effective: number): boolean {
  try {
    return effective === 0 || statSync(`/proc/${pid}/environ`).uid !== 0;
  } catch {
    return false;
  }
}
