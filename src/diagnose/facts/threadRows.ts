import { type ThreadStat, threadStats } from '../../target/index.js';

/** A row of wire/arthas.md 3.4, of an OS thread. */
export interface ThreadRow {
  /** The kernel's thread id. */
  readonly id: number;
  readonly name: string;
  readonly state: 'RUNNABLE' | 'BLOCKED' | 'WAITING' | 'TERMINATED';
  /** Percent of one core, of the interval. */
  readonly cpu: number;
  /** CPU time of the interval, milliseconds. */
  readonly deltaTime: number;
  /** CPU time since the thread began, milliseconds. */
  readonly time: number;
  /** False for the main thread alone. */
  readonly daemon: boolean;
  readonly interrupted: false;
}

/** The threads of a process and what each has used of the CPU since it was last asked. */
export class ThreadMeter {
  readonly #pid: number;
  readonly #without: number | undefined;
  #before: Map<number, number> | undefined;
  #at = 0;

  /** `without`: a thread that is not the application's. */
  constructor(pid: number, without: number | undefined) {
    this.#pid = pid;
    this.#without = without;
  }

  /** The first time sorted by all CPU time, `cpu` 0; later by the interval's. Nothing is asked of the process. */
  rows(): ThreadRow[] {
    const stats = threadStats(this.#pid).filter(({ tid }) => tid !== this.#without);
    const now = performance.now();
    const interval = now - this.#at;
    const before = this.#before;
    const rows = stats.map((stat) => {
      const time = cpuTime(stat);
      // A thread that is new has used all its time in this interval.
      const deltaTime = before ? Math.max(0, time - (before.get(stat.tid) ?? 0)) : 0;
      const cpu = before && interval > 0 ? Math.round((deltaTime / interval) * 10_000) / 100 : 0;
      return row(stat, this.#pid, { cpu, deltaTime, time });
    });
    this.#before = new Map(stats.map((stat) => [stat.tid, cpuTime(stat)]));
    this.#at = now;
    return rows.sort((a, b) => b.cpu - a.cpu || b.time - a.time);
  }
}

function cpuTime({ utimeMs, stimeMs }: ThreadStat): number {
  return Math.round(utimeMs + stimeMs);
}

function row(
  { tid, name, state }: ThreadStat,
  pid: number,
  used: Pick<ThreadRow, 'cpu' | 'deltaTime' | 'time'>,
): ThreadRow {
  return { id: tid, name, state: javaState(state), ...used, daemon: tid !== pid, interrupted: false };
}

/** The kernel's letter in the JVM's words. */
function javaState(letter: string): ThreadRow['state'] {
  if (letter === 'R') return 'RUNNABLE';
  if (letter === 'D') return 'BLOCKED';
  return letter === 'Z' || letter === 'X' ? 'TERMINATED' : 'WAITING';
}
