/**
 * The keeper's program: an awk of one line that waits for the container and writes how it ended. awk, since its system()
 * is the one call of every system that tells an exit code of 139 from a death by signal 11. Not every awk's: busybox says
 * 0 for any signal, so each is asked first, and the shell's word (128 + signal) taken where none tells.
 */
import { execFileSync } from 'node:child_process';
import { findTool, requireTool } from '../tools.js';
import { waitStatus } from './keeperExit.js';
import { quote } from './startScript.js';

const NAMES = ['mawk', 'gawk', 'original-awk', 'awk'];
const FOREVER = '2147483647';
const SIGKILL = 9;
const ASK_MS = 2000;

export interface KeeperTool {
  readonly file: string;
  /** Tells signals from exit codes. */
  readonly exact: boolean;
}

let known: KeeperTool | undefined;

/** Throws `launch-failed` where this host has no awk at all. */
export function keeperTool(): KeeperTool {
  known ??= chooseTool(NAMES.flatMap((name) => findTool(name) ?? []));
  return known ?? { file: requireTool('awk'), exact: false };
}

/** The first that tells signals, else the last. */
export function chooseTool(files: readonly string[]): KeeperTool | undefined {
  const file = files.find(tellsSignals);
  if (file !== undefined) return { file, exact: true };
  const last = files.at(-1);
  return last === undefined ? undefined : { file: last, exact: false };
}

function tellsSignals(file: string): boolean {
  try {
    const args = ['BEGIN { printf "%s\\n", system(ARGV[1]) }', 'kill -9 $$'];
    const text = execFileSync(file, args, {
      encoding: 'utf8',
      timeout: ASK_MS,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return waitStatus(text.trim()) === SIGKILL;
  } catch {
    return false;
  }
}

/** `command`: of the shell. It becomes the container. What is written to `exitFile` is for `waitStatus`. */
export function keeperArguments(tool: KeeperTool, command: string, exitFile: string): string[] {
  const program = [
    'BEGIN { status = system(ARGV[1])',
    `file = ARGV[2]; printf "${tool.exact ? '' : 's'}%s\\n", status > (file ".t"); close(file ".t")`,
    'system(ARGV[3]) }',
  ].join('; ');
  const first = tool.exact ? `exec ${command}` : `(exec ${command}); exit $?`;
  // Then it holds the ends of the streams, until the agent has read what is in them.
  const last = `mv ${quote(`${exitFile}.t`)} ${quote(exitFile)}; exec sleep ${FOREVER} <&- >/dev/null 2>&1`;
  return [program, first, exitFile, last];
}
