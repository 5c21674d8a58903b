import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BoundedText } from './boundedText.js';
import { type NodeMajor, nodeBinary } from './nodes.js';
import { targetsFolder } from './paths.js';
import { stageBinary, stageFile } from './staging.js';
import { systemPart } from './systemParts.js';

export interface SpawnOptions {
  /** Node major; default 22. */
  readonly node?: NodeMajor;
  /** Below test/targets/, or absolute. */
  readonly file: string;
  readonly args?: readonly string[];
  readonly nodeArgs?: readonly string[];
  /** Added to an environment of PATH, HOME, TMPDIR and LANG; nothing else of this process is passed on. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Other user; needs root here. The program is copied to where that user can read it, if need be. */
  readonly uid?: number;
  readonly gid?: number;
  /** Put before the command line, e.g. `['unshare', '-n']`; it must exec (not fork), so that `pid` is Node's. */
  readonly wrapper?: readonly string[];
  /** A text on stdout to wait for before returning; default `ready`, null = do not wait. */
  readonly ready?: string | RegExp | null;
  readonly readyTimeoutMs?: number;
  /** The target is killed after this time whatever happens; default two minutes. */
  readonly deadlineMs?: number;
  /** The test whose end stops the target: `t` of node:test. */
  readonly test?: { after(fn: () => Promise<void> | void): void };
}

export interface TargetExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface SpawnedTarget {
  readonly pid: number;
  /** From a line `ready PORT` or `... listening on http://HOST:PORT ...`; 0 when there was none. */
  readonly port: number;
  readonly child: ChildProcess;
  /** Settles when the process has ended and its output is read. */
  readonly exited: Promise<TargetExit>;
  stdout(): string;
  stderr(): string;
  /** Resolves when stdout or stderr holds the text; rejects when the target ends or time runs out before. */
  waitFor(text: string | RegExp, timeoutMs?: number): Promise<void>;
  /** Writes a line to stdin. */
  write(line: string): void;
  /** SIGTERM, a moment later SIGKILL, both to the whole process group; resolves when it is gone. */
  stop(): Promise<TargetExit>;
  /** SIGKILL at once. */
  kill(): Promise<TargetExit>;
}

const PORT = /(?:^ready |listening on http:\/\/[\w.]+:)(\d+)\b/m;

const groups = new Set<number>();
process.once('exit', () => {
  for (const pid of groups) signalGroup(pid, 'SIGKILL');
});

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone.
  }
}

/** util-linux's setpriv makes the kernel kill the target when this process dies, however it dies. It execs. */
const setpriv = systemPart('setpriv');
const DIE_WITH_US = setpriv ? [setpriv, '--pdeathsig', 'KILL', '--'] : [];

function commandLine(options: SpawnOptions): string[] {
  const node = nodeBinary(options.node ?? 22);
  const file = isAbsolute(options.file) ? options.file : join(targetsFolder, options.file);
  if (!existsSync(file))
    throw new Error(`no target program ${file}: 'node scripts/targets.mjs' builds dist/`);
  const foreign = options.uid !== undefined;
  return [
    ...(options.wrapper ?? []),
    ...DIE_WITH_US,
    foreign ? stageBinary(node) : node,
    ...portOfLane(options.nodeArgs ?? []),
    foreign ? stageFile(file, targetsFolder) : file,
    ...(options.args ?? []),
  ];
}

/** Port 9229 is the other lane's (scripts/testLanes.mjs). */
function portOfLane(nodeArgs: readonly string[]): readonly string[] {
  const own = nodeArgs.some((each) => each.startsWith('--inspect'));
  return process.env.REMORA_TEST_LANE === 'beside' && !own ? ['--inspect-port=0', ...nodeArgs] : nodeArgs;
}

function environment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const kept: NodeJS.ProcessEnv = {};
  for (const name of ['PATH', 'HOME', 'TMPDIR', 'LANG']) {
    const value = process.env[name];
    if (value !== undefined) kept[name] = value;
  }
  return { ...kept, ...extra };
}

/** Starts one of the zoo (or any program) on a given Node, alone in a process group, and waits until it is ready. */
export async function spawnTarget(options: SpawnOptions): Promise<SpawnedTarget> {
  const [command = '', ...args] = commandLine(options);
  const child = spawn(command, args, {
    cwd: options.cwd ?? (options.uid === undefined ? targetsFolder : '/'),
    env: environment(options.env),
    uid: options.uid,
    gid: options.gid ?? options.uid,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const target = new Spawned(child);
  options.test?.after(async () => {
    await target.stop();
  });
  await target.started;
  const deadline = setTimeout(() => target.kill(), options.deadlineMs ?? 120_000);
  deadline.unref();
  target.exited.then(() => clearTimeout(deadline));
  const ready = options.ready === undefined ? 'ready' : options.ready;
  if (ready !== null) {
    try {
      await target.waitFor(ready, options.readyTimeoutMs ?? 15_000);
    } catch (error) {
      await target.kill();
      throw error;
    }
  }
  return target;
}

class Spawned implements SpawnedTarget {
  readonly child: ChildProcess;
  readonly started: Promise<void>;
  readonly exited: Promise<TargetExit>;
  readonly #out = new BoundedText();
  readonly #err = new BoundedText();
  readonly #waiters = new Set<() => void>();
  #exit: TargetExit | undefined;
  #port = 0;

  constructor(child: ChildProcess) {
    this.child = child;
    this.started = new Promise((resolve, reject) => {
      child.once('spawn', () => {
        groups.add(this.pid);
        resolve();
      });
      child.once('error', reject);
    });
    this.exited = new Promise((resolve) => {
      // A grandchild may live on in the group and hold our pipes, and 'close' waits for those.
      child.once('exit', () => signalGroup(this.pid, 'SIGKILL'));
      child.once('close', (code, signal) => {
        this.#exit = { code, signal };
        groups.delete(this.pid);
        this.#wake();
        resolve(this.#exit);
      });
    });
    // A reader that has gone is no reason to end the test program.
    child.stdin?.on('error', () => {});
    this.#collect(child.stdout, this.#out);
    this.#collect(child.stderr, this.#err);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get port(): number {
    if (this.#port === 0) this.#port = Number(PORT.exec(this.#out.text)?.[1] ?? 0);
    return this.#port;
  }

  stdout(): string {
    return this.#out.text;
  }

  stderr(): string {
    return this.#err.text;
  }

  waitFor(text: string | RegExp, timeoutMs = 10_000): Promise<void> {
    const seen = () =>
      [this.#out.text, this.#err.text].some((all) =>
        typeof text === 'string' ? all.includes(text) : all.search(text) >= 0,
      );
    return new Promise((resolve, reject) => {
      const look = () => {
        if (!seen() && !this.#exit) return;
        this.#waiters.delete(look);
        clearTimeout(timer);
        if (seen()) resolve();
        else reject(this.#disappointment(`ended (${this.#exit?.code ?? this.#exit?.signal}) before`, text));
      };
      const timer = setTimeout(() => {
        this.#waiters.delete(look);
        reject(this.#disappointment(`did not within ${timeoutMs} ms`, text));
      }, timeoutMs);
      this.#waiters.add(look);
      look();
    });
  }

  write(line: string): void {
    this.child.stdin?.write(`${line}\n`);
  }

  async stop(): Promise<TargetExit> {
    if (this.#exit) return this.#exit;
    signalGroup(this.pid, 'SIGTERM');
    // A blocked or stopped target does not hear SIGTERM.
    const ended = await Promise.race([this.exited, sleep(1000, undefined, { ref: false })]);
    return ended ?? this.kill();
  }

  kill(): Promise<TargetExit> {
    if (!this.#exit) signalGroup(this.pid, 'SIGKILL');
    return this.exited;
  }

  #collect(stream: NodeJS.ReadableStream | null, into: BoundedText): void {
    stream?.setEncoding('utf8');
    stream?.on('data', (chunk: string) => {
      into.append(chunk);
      this.#wake();
    });
  }

  #wake(): void {
    for (const waiter of [...this.#waiters]) waiter();
  }

  #disappointment(what: string, text: string | RegExp): Error {
    return new Error(
      `target ${this.pid} ${what} it printed ${String(text)}\nstdout: ${this.#out.text.slice(-2000)}\nstderr: ${this.#err.text.slice(-2000)}`,
    );
  }
}
