/** What the kernel tells of a thread that does not answer, because it is in native code. */
import { readProcNumbers, readProcText } from './proc.js';
import { parseStat } from './stat.js';

export interface NativeWait {
  /** The main thread's state letter: R computes, S waits, D waits for a disk; '' when the process is gone. */
  readonly state: string;
  /** The kernel function it sleeps in; absent while it runs, or where the kernel does not tell us. */
  readonly wchan?: string;
  readonly children: readonly { readonly pid: number; readonly name: string }[];
}

const MOST_CHILDREN = 20;

/** Reads /proc only: the process itself is not asked. */
export function nativeWait(pid: number): NativeWait {
  return {
    state: statOf(pid)?.state ?? '',
    wchan: waitChannel(pid, pid),
    children: childrenOf(pid)
      .slice(0, MOST_CHILDREN)
      .map((child) => ({ pid: child, name: statOf(child)?.comm ?? '' })),
  };
}

/** Undefined while the thread runs, and where the kernel keeps it from us. */
export function waitChannel(pid: number, tid: number): string | undefined {
  const wchan = (readProcText(`/proc/${pid}/task/${tid}/wchan`) ?? '').trim();
  return wchan === '' || wchan === '0' ? undefined : wchan;
}

/** How often a thread gave up its processor by itself, and how often it was taken away; from its status file. */
export function threadSwitches(pid: number, tid: number): { voluntary: number; forced: number } | undefined {
  const text = readProcText(`/proc/${pid}/task/${tid}/status`) ?? '';
  const voluntary = /^voluntary_ctxt_switches:\s+(\d+)$/m.exec(text)?.[1];
  const forced = /^nonvoluntary_ctxt_switches:\s+(\d+)$/m.exec(text)?.[1];
  if (voluntary === undefined || forced === undefined) return undefined;
  return { voluntary: Number(voluntary), forced: Number(forced) };
}

/** A thread's id in our pid namespace, from the one it has in the process's own; undefined when there is none. */
export function threadIdHere(pid: number, own: number): number | undefined {
  return readProcNumbers(`/proc/${pid}/task`).find((tid) => {
    const text = readProcText(`/proc/${pid}/task/${tid}/status`) ?? '';
    const ids = /^NSpid:\s+([\d\s]+)$/m.exec(text)?.[1]?.trim().split(/\s+/);
    return Number(ids?.at(-1) ?? tid) === own;
  });
}

function childrenOf(pid: number): number[] {
  const children = readProcNumbers(`/proc/${pid}/task`).flatMap((tid) =>
    (readProcText(`/proc/${pid}/task/${tid}/children`) ?? '').split(' '),
  );
  return children.filter((child) => /^\d+$/.test(child)).map(Number);
}

function statOf(pid: number) {
  const text = readProcText(`/proc/${pid}/stat`);
  return text === undefined ? undefined : parseStat(text);
}
