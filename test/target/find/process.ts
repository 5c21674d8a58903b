/** Real processes for the tests of this room: started, waited for, and ended with the test. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { nodeBinary, nodeMajors } from '../../support/nodes.js';

export const LATEST = nodeMajors[nodeMajors.length - 1] ?? 26;

/** The tested majors, and Node 18 (best effort) where somebody has put it. */
export const majors: readonly number[] = [18, ...nodeMajors].filter((major) => {
  try {
    return nodeBinary(major) !== '';
  } catch {
    return false;
  }
});

export interface Started {
  readonly pid: number;
  readonly child: ChildProcess;
  /** What it has written to standard output. */
  output(): string;
}

export interface StartOptions {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  readonly uid?: number;
}

/** Starts a program and waits until it has printed `ready`. */
export async function start(
  t: TestContext,
  command: readonly string[],
  options: StartOptions = {},
): Promise<Started> {
  const [file = '', ...rest] = command;
  const { cwd, uid } = options;
  const child = spawn(file, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that what it starts ends with it.
    detached: true,
    env: { PATH: process.env.PATH ?? '', ...options.env },
    ...(cwd === undefined ? {} : { cwd }),
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  failed.catch(() => undefined);
  t.after(async () => {
    const running = child.exitCode === null && child.signalCode === null;
    const ended = running ? new Promise((resolve) => child.once('exit', resolve)) : undefined;
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // The whole group has ended.
    }
    await ended;
  });
  const deadline = Date.now() + 20_000;
  while (!output.includes('ready')) {
    if (child.exitCode !== null || Date.now() > deadline) {
      throw new Error(`${command.join(' ')} did not become ready: ${errors}`);
    }
    await Promise.race([failed, sleep(10)]);
  }
  return { pid: child.pid ?? 0, child, output: () => output };
}

/** Code that a target runs, then says so, then idles. */
export function idling(code = ''): string {
  return `${code}; setInterval(() => {}, 1000); process.stdout.write('ready\\n')`;
}

/** A Node of this major that runs `code` and idles. */
export function startNode(
  t: TestContext,
  major: number,
  code = '',
  flags: readonly string[] = [],
  options: StartOptions = {},
): Promise<Started> {
  return start(t, [nodeBinary(major), ...flags, '-e', idling(code)], options);
}

export function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'remora-find-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a script that idles and gives its path. */
export function script(folder: string, name: string, code = ''): string {
  const path = join(folder, name);
  writeFileSync(path, idling(code));
  return path;
}

/** The children of a process's main thread. */
export function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

export const isRoot = process.geteuid?.() === 0;

/** A reason to skip, or undefined: making namespaces needs root here. */
export function noUnshare(): string | undefined {
  if (!isRoot) return 'needs root to make namespaces';
  const tried = spawnSync('unshare', ['--pid', '--net', '--mount', '--fork', 'true']);
  return tried.status === 0 ? undefined : `unshare does not work here: ${tried.stderr}`;
}

export const nobody = { ownPids: new Set<number>(), attachedPids: new Set<number>() };
