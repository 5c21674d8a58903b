/** /proc/PID/stat and /proc/PID/task/TID/stat. */
import { hostUnits, readProcNumbers, readProcText } from './proc.js';

export interface ProcessStat {
  /** Field 22: clock ticks since boot; with the pid it names a process for good. */
  readonly startTicks: number;
  readonly utimeMs: number;
  readonly stimeMs: number;
  readonly rssBytes: number;
  readonly threads: number;
  /** Field 18: 20 for an ordinary thread, lower runs first. */
  readonly priority: number;
  /** One letter: R running, S sleeping, D disk, T stopped, t traced, Z zombie, X dead. */
  readonly state: string;
  /** The main thread's name, at most 15 bytes, not to be trusted. */
  readonly comm: string;
}

export interface ThreadStat {
  readonly tid: number;
  /** What the thread calls itself (`node`, `V8Worker`, `libuv-worker`, ...). */
  readonly name: string;
  /** As in ProcessStat. */
  readonly state: string;
  readonly utimeMs: number;
  readonly stimeMs: number;
  /** Time on a processor by the scheduler's own clock; of user and system time where the kernel keeps none. */
  readonly cpuMs: number;
  readonly priority: number;
}

/** Parses the text of a stat file; undefined when it is none. */
export function parseStat(text: string): ProcessStat | undefined {
  // A name may itself hold parentheses, spaces and newlines: only the last ')' ends it.
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open < 0 || close < open) return undefined;
  const fields = text
    .slice(close + 1)
    .trim()
    .split(/\s+/);
  const number = (index: number) => Number(fields[index - 3]);
  const { ticksPerSecond, pageBytes } = hostUnits();
  const state = fields[0] ?? '';
  const stat = {
    startTicks: number(22),
    utimeMs: (number(14) * 1000) / ticksPerSecond,
    stimeMs: (number(15) * 1000) / ticksPerSecond,
    rssBytes: number(24) * pageBytes,
    threads: number(20),
    priority: number(18),
    state,
    comm: text.slice(open + 1, close),
  };
  const numbers = [stat.startTicks, stat.utimeMs, stat.stimeMs, stat.rssBytes, stat.threads];
  return /^[A-Za-z]$/.test(state) && numbers.every(Number.isFinite) ? stat : undefined;
}

/** Undefined when the process is gone. Times are of all its threads together. Source: proc_pid_stat(5). */
export function processStat(pid: number): ProcessStat | undefined {
  const text = readProcText(`/proc/${pid}/stat`);
  return text === undefined ? undefined : parseStat(text);
}

/** One row per OS thread, main thread first; empty when the process is gone. */
export function threadStats(pid: number): ThreadStat[] {
  const rows: ThreadStat[] = [];
  for (const tid of readProcNumbers(`/proc/${pid}/task`)) {
    const text = readProcText(`/proc/${pid}/task/${tid}/stat`);
    const stat = text === undefined ? undefined : parseStat(text);
    if (!stat) continue;
    const { comm, state, utimeMs, stimeMs, priority } = stat;
    const cpuMs = scheduledMs(pid, tid) ?? utimeMs + stimeMs;
    rows.push({ tid, name: comm, state, utimeMs, stimeMs, cpuMs, priority });
  }
  return rows.sort((a, b) => Number(b.tid === pid) - Number(a.tid === pid) || a.tid - b.tid);
}

/** Nanoseconds, where user and system time are counted in ticks of 10 ms. Source: sched-stats.rst of the kernel. */
function scheduledMs(pid: number, tid: number): number | undefined {
  const first = (readProcText(`/proc/${pid}/task/${tid}/schedstat`) ?? '').split(' ')[0] ?? '';
  return /^[1-9]\d*$/.test(first) ? Number(first) / 1e6 : undefined;
}

let bootMs: number | undefined;

/** Milliseconds since the epoch at boot; kept still against jitter, so that a start time does not wander. */
export function bootTime(): number {
  const uptime = Number((readProcText('/proc/uptime') ?? '').split(' ')[0]);
  if (!Number.isFinite(uptime)) return bootMs ?? 0;
  const now = Date.now() - uptime * 1000;
  // Only a step of the clock is more than the jitter of the two reads.
  if (bootMs === undefined || Math.abs(now - bootMs) > 1000) bootMs = now;
  return bootMs;
}
