import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, constants, openSync, rmSync, writeFileSync } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { launchFailed } from '../errors.js';
import { startWait } from '../limits.js';
import { nameProcess, type ProcessName, signalProcess } from '../proc.js';
import { requireTool } from '../tools.js';
import { Descriptors, makeFifos, openFifo } from './fifos.js';
import { keeperArguments, keeperTool } from './keeper.js';
import { keeperExit } from './keeperExit.js';
import { isInService, joinCgroup, markerOf } from './membership.js';
import { Processes } from './processes.js';
import type { ProcessState } from './processState.js';
import { openPty } from './pty.js';
import type { HeldProcess, StartSpec } from './runtime.js';
import { GATE_FD, RELEASE, SCRIPT_FD, startScript } from './startScript.js';

const FOREVER = '2147483647';
/** The helpers' own; the container's comes later, from its script. */
const CLEAN = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };

/** One start, step by step. */
export class ProcessLaunch {
  readonly #spec: StartSpec;
  readonly #state: ProcessState;
  readonly #home: string | undefined;
  readonly #ours = new Descriptors();
  /** Pids of what is not the container itself. */
  readonly #helpers: number[] = [];

  constructor(spec: StartSpec, state: ProcessState, home: string | undefined) {
    this.#spec = spec;
    this.#state = state;
    this.#home = home;
  }

  async start(): Promise<HeldProcess> {
    try {
      const stdio = await this.#stdio();
      const script = this.#script();
      const held = await (this.#spec.survives ? this.#keep(stdio, script) : this.#child(stdio, script));
      held.takeStreams();
      return held;
    } finally {
      this.#ours.close();
    }
  }

  /** The container's descriptors 0 to 2. */
  async #stdio(): Promise<[number, number, number]> {
    const { files, terminal, folder, user, survives } = this.#spec;
    if (files) {
      const nothing = this.#ours.add(openSync('/dev/null', constants.O_RDONLY));
      return [nothing, files.stdout, files.stderr];
    }
    await makeFifos(folder, terminal ? ['in', 'out'] : ['in', 'out', 'err'], terminal ? undefined : user);
    // Never opened first for one end alone, or it would wait for the other.
    const inBoth = this.#ours.add(openFifo(folder, 'in', 'both'));
    this.#ours.add(openFifo(folder, 'out', 'read-now'));
    if (survives) this.#state.holder = this.#helper('sleep', [FOREVER], [inBoth, 'ignore', 'ignore']);
    const input = this.#ours.add(openFifo(folder, 'in', 'read'));
    const output = this.#ours.add(openFifo(folder, 'out', 'write'));
    if (!terminal) {
      this.#ours.add(openFifo(folder, 'err', 'read-now'));
      return [input, output, this.#ours.add(openFifo(folder, 'err', 'write'))];
    }
    const { slave, device } = openPty(terminal.size, (master) => {
      this.#state.carriers = [
        this.#helper('cat', [], [master, output, 'ignore']),
        this.#helper('cat', [], [input, master, 'ignore']),
      ];
    });
    this.#ours.add(slave);
    chownSync(device, user.uid, user.gid);
    this.#state.device = device;
    return [slave, slave, slave];
  }

  #helper(tool: string, args: readonly string[], stdio: (number | 'ignore')[]): ProcessName {
    const child = spawn(requireTool(tool), args, { stdio, detached: true, env: CLEAN, cwd: '/' });
    child.on('error', () => undefined);
    child.unref();
    if (child.pid === undefined) throw launchFailed(`${tool} could not be started`);
    this.#helpers.push(child.pid);
    return nameProcess(child.pid) ?? { pid: child.pid, startTicks: -1 };
  }

  #script(): number {
    const { folder, user, key } = this.#spec;
    const path = join(folder, 'start');
    const text = startScript(this.#spec, this.#state.marker ? markerOf(key) : undefined);
    writeFileSync(path, text, { mode: 0o400 });
    const fd = this.#ours.add(openSync(path, constants.O_RDONLY));
    if (user.uid !== process.getuid?.()) chownSync(path, user.uid, user.gid);
    rmSync(path);
    return fd;
  }

  /** Helpers that become the container's first process one after another. Nothing in here comes from the caller as text. */
  #chain(): string[] {
    const { limits, user, terminal } = this.#spec;
    const words = [requireTool('setsid'), ...(terminal ? ['-c'] : [])];
    if (limits.length > 0) {
      words.push(
        requireTool('prlimit'),
        ...limits.map(({ option, soft, hard }) => `--${option}=${soft}:${hard}`),
      );
    }
    if (user.uid !== process.getuid?.()) {
      const groups = user.listed ? '--init-groups' : '--clear-groups';
      words.push(
        requireTool('setpriv'),
        `--reuid=${user.uid}`,
        `--regid=${user.gid}`,
        groups,
        '--inh-caps=-all',
      );
    }
    return [...words, requireTool('sh'), `/proc/self/fd/${SCRIPT_FD}`];
  }

  async #child(stdio: number[], script: number): Promise<HeldProcesses> {
    const [tool = '', ...args] = this.#chain();
    const child = spawn(tool, args, { stdio: [...stdio, script, 'pipe'], env: CLEAN, cwd: '/' });
    const exited = statusOf(child);
    await spawned(child);
    const first = nameProcess(child.pid ?? 0);
    if (first) this.#state.first = first;
    return this.#held(child, new Processes(this.#spec.key, this.#spec.folder, this.#state, exited));
  }

  async #keep(stdio: number[], script: number): Promise<HeldProcesses> {
    const { folder, key, terminal, files } = this.#spec;
    const kept: number[] = [];
    if (!files) kept.push(this.#ours.add(openFifo(folder, 'out', 'read-now')));
    if (!files && !terminal) kept.push(this.#ours.add(openFifo(folder, 'err', 'read-now')));
    const tool = keeperTool();
    const args = keeperArguments(tool, this.#chain().join(' '), join(folder, 'exit'));
    const child = spawn(tool.file, args, {
      stdio: [...stdio, script, 'pipe', ...kept],
      env: CLEAN,
      cwd: '/',
      detached: true,
    });
    await spawned(child);
    child.unref();
    const keeper = nameProcess(child.pid ?? 0);
    if (keeper) this.#state.keeper = keeper;
    if (keeper) this.#helpers.push(keeper.pid);
    const pid = await firstPid(child);
    const first = pid === undefined ? undefined : nameProcess(pid);
    if (first) this.#state.first = first;
    const exit = keeperExit(folder, keeper, first);
    return this.#held(child, new Processes(key, folder, this.#state, exit.status, exit));
  }

  async #held(child: ChildProcess, processes: Processes): Promise<HeldProcesses> {
    await this.#joinCgroups();
    const gate = child.stdio[GATE_FD] as Duplex | null;
    gate?.on('error', () => undefined);
    // Closed before the script has said its pid, it would be killed by SIGPIPE. A keeper's has said it already.
    const flushed = (): void => void (this.#spec.survives ? gate?.destroy() : gate?.resume());
    gate?.once('end', () => gate.destroy());
    return Object.assign(processes, { release: () => void gate?.end(`${RELEASE}\n`, flushed) });
  }

  async #joinCgroups(): Promise<void> {
    const { cgroup, first } = this.#state;
    const home = this.#home !== undefined && isInService() ? this.#home : undefined;
    const [joined] = await Promise.all([
      cgroup !== undefined && first ? joinCgroup(cgroup, first.pid) : true,
      ...(home === undefined ? [] : this.#helpers.map((pid) => joinCgroup(home, pid))),
    ]);
    // It is known by its session and its children then.
    if (!joined) this.#state.marker = true;
  }
}

/** What `Launch` makes. */
type HeldProcesses = HeldProcess & Processes;

/** Resolves when the program runs; rejects with `launch-failed`. */
function spawned(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(launchFailed('the container could not be started', error)));
  });
}

/** What the script says of itself; undefined where a helper before it failed, which is the container's own exit then. */
function firstPid(child: ChildProcess): Promise<number | undefined> {
  const gate = child.stdio[GATE_FD] as Duplex | null;
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => {
      signalProcess(nameProcess(child.pid ?? 0), 'SIGKILL', true);
      reject(launchFailed(`the container's first process was not there after ${startWait.value} ms`));
    }, startWait.value);
    const done = (pid: number | undefined): void => {
      clearTimeout(timer);
      gate?.removeAllListeners('data');
      resolve(pid);
    };
    gate?.on('data', (data: Buffer) => {
      text += data.toString('latin1');
      const [, digits] = /^(\d+)\n/.exec(text) ?? [];
      if (digits) done(Number(digits));
    });
    gate?.once('end', () => done(undefined));
    gate?.once('error', () => done(undefined));
  });
}

function statusOf(child: ChildProcess): Promise<number | undefined> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      if (code !== null) resolve(code << 8);
      else resolve(signal === null ? undefined : osConstants.signals[signal]);
    });
    child.once('error', () => resolve(undefined));
  });
}
