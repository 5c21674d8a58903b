/** Which process a caller means (DESIGN 3, "Words"). */
import type { ProcessInfo } from '../types.js';
import { noProcess, processAmbiguous, processNotFound } from './errors.js';

export interface SelectRules {
  /** The user whose processes are chosen from when nothing is named: the agent's own uid. */
  readonly uid: number;
}

const CONTAINER_PREFIX = 12;
const NEAR = 5;

/**
 * Container id (whole, or its first 12 characters or more), pid, name, `name#n`; in this order. Without a selector:
 * the only attached process; else, where none is attached, the only one of this user that is not Remora's own.
 * Throws `process-ambiguous`, `process-not-found`, `no-process`; `details.candidates` lists who could be meant.
 */
export function findProcess(
  selector: string | undefined,
  processes: readonly ProcessInfo[],
  rules: SelectRules,
): ProcessInfo {
  const wanted = selector?.trim() ?? '';
  return wanted === '' ? findDefault(processes, rules) : findNamed(wanted, processes);
}

function findDefault(processes: readonly ProcessInfo[], rules: SelectRules): ProcessInfo {
  const attached = processes.filter((each) => each.attached);
  const [only, ...others] = attached;
  if (only && others.length === 0) return only;
  if (only) throw processAmbiguous(`${attached.length} processes are attached`, attached);
  const mine = processes.filter((each) => each.uid === rules.uid && !each.own);
  const [single, ...more] = mine;
  if (!single) throw noProcess();
  if (more.length > 0) throw processAmbiguous(`${mine.length} Node.js processes are running`, mine);
  return single;
}

function findNamed(wanted: string, processes: readonly ProcessInfo[]): ProcessInfo {
  for (const matches of [
    processes.filter((each) => inContainer(each, wanted)),
    processes.filter((each) => /^\d{1,10}$/.test(wanted) && each.pid === Number(wanted)),
    processes.filter((each) => each.name === wanted),
    processes.filter((each) => baseName(each) === wanted),
  ]) {
    const [only, ...others] = matches;
    if (only && others.length === 0) return only;
    if (only) throw processAmbiguous(`'${wanted.slice(0, 100)}' is ${matches.length} processes`, matches);
  }
  throw processNotFound(wanted, nearTo(wanted, processes));
}

function inContainer(process: ProcessInfo, wanted: string): boolean {
  const { container } = process;
  if (container === undefined) return false;
  return container === wanted || (wanted.length >= CONTAINER_PREFIX && container.startsWith(wanted));
}

function baseName(process: ProcessInfo): string {
  return process.name.replace(/#\d+$/, '');
}

function nearTo(wanted: string, processes: readonly ProcessInfo[]): ProcessInfo[] {
  const name = wanted.toLowerCase().replace(/#\d+$/, '').slice(0, 80);
  return processes
    .map((process) => ({ process, distance: distanceOf(name, baseName(process).toLowerCase()) }))
    .filter((each) => each.distance <= 2)
    .sort((a, b) => a.distance - b.distance || a.process.pid - b.process.pid)
    .slice(0, NEAR)
    .map((each) => each.process);
}

/** 0 for a part of the name, else how many letters must change. */
function distanceOf(wanted: string, name: string): number {
  if (name.includes(wanted) || (name.length > 2 && wanted.includes(name))) return 0;
  let above = Array.from({ length: name.length + 1 }, (_, at) => at);
  for (let row = 1; row <= wanted.length; row++) {
    const here = [row];
    for (let at = 1; at <= name.length; at++) {
      const swap = (above[at - 1] ?? 0) + (wanted[row - 1] === name[at - 1] ? 0 : 1);
      here.push(Math.min(swap, (above[at] ?? 0) + 1, (here[at - 1] ?? 0) + 1));
    }
    above = here;
  }
  return above[name.length] ?? 0;
}
