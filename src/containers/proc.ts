/** The little of /proc that containers need. Nothing here throws: a process may end between any two reads. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface ProcessFacts {
  readonly parent: number;
  readonly session: number;
  /** One letter; Z = ended, not yet reaped. */
  readonly state: string;
  /** Clock ticks since boot: with the pid it names a process for good. */
  readonly startTicks: number;
}

function text(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

/** Undefined when there is no such process. Source: proc_pid_stat(5). */
export function processFacts(pid: number): ProcessFacts | undefined {
  const stat = text(`/proc/${pid}/stat`);
  // A name may itself hold parentheses and spaces: only the last ')' ends it.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (!fields || fields.length < 20) return undefined;
  return {
    state: fields[0] ?? '',
    parent: Number(fields[1]),
    session: Number(fields[3]),
    startTicks: Number(fields[19]),
  };
}

/** A process that is named for good, as it stands in a record. */
export interface ProcessName {
  readonly pid: number;
  readonly startTicks: number;
}

export function nameProcess(pid: number): ProcessName | undefined {
  const facts = processFacts(pid);
  return facts && { pid, startTicks: facts.startTicks };
}

/** Is it there, and not merely waiting to be reaped? */
export function isAlive(name: ProcessName | undefined): boolean {
  if (!name) return false;
  const facts = processFacts(name.pid);
  return facts !== undefined && facts.startTicks === name.startTicks && !/[ZX]/.test(facts.state);
}

/** Sends a signal to that very process, not to a later one of the same pid. False = it is gone. */
export function signalProcess(
  name: ProcessName | undefined,
  signal: NodeJS.Signals | number,
  group = false,
): boolean {
  if (!name || processFacts(name.pid)?.startTicks !== name.startTicks) return false;
  try {
    process.kill(group ? -name.pid : name.pid, signal);
    return true;
  } catch {
    return false;
  }
}

export function allPids(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

/** Was the process started with this variable of this value? */
export function hasVariable(pid: number, entry: string): boolean {
  const environment = text(`/proc/${pid}/environ`);
  return environment !== undefined && `\0${environment}`.includes(`\0${entry}\0`);
}

/** The real path behind an open folder. */
export function pathOf(fd: number): string {
  return readlinkSync(`/proc/self/fd/${fd}`);
}
