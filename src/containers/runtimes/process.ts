/**
 * The runtime `process`: a container is a tree of plain processes of this host. A session's first process is our own
 * child. A container that survives the agent is the child of a keeper, an `awk` of one line: it is the one program of
 * every system that tells an exit code of 139 from a death by signal 11, and it writes that to a file.
 *
 * Who holds what while the container runs (FIFOs `in`, `out`, `err` in the launch's folder):
 * - the container: its ends. With a terminal it has the slave, and two `cat`s carry between master and FIFOs.
 * - the keeper: the container's stdio too, and the read ends of `out` and `err`: without an agent the container fills
 *   the pipe and waits, and gets no SIGPIPE; what it wrote last is still there when it has ended.
 * - a `sleep`: both ends of `in`. When it is killed and nobody else writes, the container's input ends.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, closeSync, constants, openSync, rmSync, writeFileSync } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { Log } from '../../base/index.js';
import type { WindowSize } from '../../wire/index.js';
import { launchFailed } from '../errors.js';
import { startWait } from '../limits.js';
import { nameProcess, type ProcessName, signalProcess } from '../proc.js';
import { requireTool } from '../tools.js';
import { Descriptors, makeFifos, openFifo, removeFifos } from './fifos.js';
import { keeperExit } from './keeperExit.js';
import { cgroupHome, joinCgroup, killMembers, makeCgroup, markerOf, removeCgroup } from './membership.js';
import { openPty, resizePty } from './pty.js';
import type { AdoptSpec, HeldProcess, RunningProcess, Runtime, StartSpec, Streams } from './runtime.js';
import { GATE_FD, quote, RELEASE, SCRIPT_FD, startScript } from './startScript.js';

/** What is stored of a container of this runtime. */
interface State {
  cgroup?: string;
  /** Carries its variable: no cgroup, or one that may refuse. */
  marker?: boolean;
  first?: ProcessName;
  keeper?: ProcessName;
  /** Holds `in` open. */
  holder?: ProcessName;
  /** Carry between terminal and FIFOs. */
  carriers?: ProcessName[];
  /** The terminal's device. */
  device?: string;
  hasStreams: boolean;
}

const FOREVER = '2147483647';
/** The helpers' own; the container's comes later, from its script. */
const CLEAN = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };
const KEEPER = [
  'BEGIN { status = system(ARGV[1])',
  'file = ARGV[2]; printf "%s\\n", status > (file ".t"); close(file ".t")',
  'system(ARGV[3]) }',
].join('; ');

export class ProcessRuntime implements Runtime {
  readonly name = 'process';
  readonly #log: Log;
  readonly #home: string | undefined;

  /** `folder`: of all containers; names our part of the cgroup tree. */
  constructor(folder: string, log: Log, useCgroups: boolean) {
    this.#log = log;
    this.#home = useCgroups ? cgroupHome(folder) : undefined;
    if (useCgroups && !this.#home)
      log.info('no cgroup can be written: members of containers are found by their environment');
  }

  async start(spec: StartSpec): Promise<HeldProcess> {
    const parent = (spec.parent as State | undefined)?.cgroup ?? this.#home;
    const cgroup = makeCgroup(parent, spec.path.at(-1) ?? '', spec.key);
    const state: State = { hasStreams: spec.files === undefined };
    if (cgroup !== undefined) state.cgroup = cgroup;
    // Only root may surely move a process into a cgroup.
    if (cgroup === undefined || process.getuid?.() !== 0) state.marker = true;
    const launch = new Launch(spec, state, this.#home);
    try {
      return await launch.start();
    } catch (error) {
      await new Processes(spec.key, spec.folder, state, Promise.resolve(undefined)).dispose();
      this.#log.warn({ err: error, container: spec.path.join('.') }, 'a container did not start');
      throw error;
    }
  }

  adopt({ key, folder, state }: AdoptSpec): RunningProcess {
    const known = state as State;
    const exit = keeperExit(folder, known.keeper, known.first);
    return new Processes(key, folder, known, exit.status, exit);
  }

  close(): void {
    if (this.#home) removeCgroup(this.#home);
  }
}

/** One start, step by step. */
class Launch {
  readonly #spec: StartSpec;
  readonly #state: State;
  readonly #home: string | undefined;
  readonly #ours = new Descriptors();

  constructor(spec: StartSpec, state: State, home: string | undefined) {
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
    if (this.#home) joinCgroup(this.#home, child.pid);
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
    const exitFile = join(folder, 'exit');
    const afterwards = `mv ${quote(`${exitFile}.t`)} ${quote(exitFile)}; exec sleep ${FOREVER} <&- >/dev/null 2>&1`;
    const args = [KEEPER, `exec ${this.#chain().join(' ')}`, exitFile, afterwards];
    const child = spawn(requireTool('awk'), args, {
      stdio: [...stdio, script, 'pipe', ...kept],
      env: CLEAN,
      cwd: '/',
      detached: true,
    });
    await spawned(child);
    child.unref();
    const keeper = nameProcess(child.pid ?? 0);
    if (keeper) this.#state.keeper = keeper;
    if (this.#home && keeper) joinCgroup(this.#home, keeper.pid);
    const pid = await firstPid(child);
    const first = pid === undefined ? undefined : nameProcess(pid);
    if (first) this.#state.first = first;
    const exit = keeperExit(folder, keeper, first);
    return this.#held(child, new Processes(key, folder, this.#state, exit.status, exit));
  }

  #held(child: ChildProcess, processes: Processes): HeldProcesses {
    const { cgroup, first } = this.#state;
    if (cgroup !== undefined && first) joinCgroup(cgroup, first.pid);
    const gate = child.stdio[GATE_FD] as Duplex | null;
    gate?.on('error', () => undefined);
    // Closed before the script has said its pid, it would be killed by SIGPIPE. A keeper's has said it already.
    const flushed = (): void => void (this.#spec.survives ? gate?.destroy() : gate?.resume());
    gate?.once('end', () => gate.destroy());
    return Object.assign(processes, { release: () => void gate?.end(`${RELEASE}\n`, flushed) });
  }
}

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

class Processes implements RunningProcess {
  readonly state: State;
  readonly exited: Promise<number | undefined>;
  readonly #key: string;
  readonly #folder: string;
  readonly #watch: { readonly isLost: boolean; stop(): void } | undefined;
  #taken: Streams | undefined;

  constructor(
    key: string,
    folder: string,
    state: State,
    exited: Promise<number | undefined>,
    watch?: { readonly isLost: boolean; stop(): void },
  ) {
    this.#key = key;
    this.#folder = folder;
    this.state = state;
    this.exited = exited;
    this.#watch = watch;
  }

  get pid(): number | undefined {
    return this.state.first?.pid;
  }

  get isLost(): boolean {
    return this.#watch?.isLost ?? false;
  }

  /** Before the last of the other ends is closed: `cat` would take that for the end of input. */
  takeStreams(): void {
    this.#taken = this.openStreams();
  }

  openStreams(): Streams | undefined {
    if (!this.state.hasStreams) return undefined;
    const taken = this.#taken;
    this.#taken = undefined;
    if (taken) return taken;
    const opened = new Descriptors();
    try {
      const stdout = opened.add(openFifo(this.#folder, 'out', 'read-now'));
      const stderr = this.state.device ? undefined : opened.add(openFifo(this.#folder, 'err', 'read-now'));
      return { stdout, stderr, stdin: this.#openInput() };
    } catch (error) {
      opened.close();
      throw launchFailed('the streams of the container could not be opened', error);
    }
  }

  /** Nobody reads it any more, or it was ended by an earlier agent. */
  #openInput(): number | undefined {
    try {
      return openFifo(this.#folder, 'in', 'write-now');
    } catch {
      return undefined;
    }
  }

  signal(signal: number): boolean {
    const { first } = this.state;
    if (!first || nameProcess(first.pid)?.startTicks !== first.startTicks) return false;
    process.kill(first.pid, signal);
    return true;
  }

  resize(size: WindowSize): void {
    if (this.state.device !== undefined) resizePty(this.state.device, size);
  }

  endInput(): void {
    signalProcess(this.state.holder, 'SIGKILL');
  }

  async killAll(): Promise<readonly number[]> {
    const { cgroup, first, marker } = this.state;
    const left = await killMembers({ key: this.#key, first, ...(marker ? {} : { cgroup }) });
    // Both, where the cgroup may have refused the first process.
    return marker && cgroup !== undefined
      ? [...new Set([...left, ...(await killMembers({ key: this.#key, first, cgroup }))])]
      : left;
  }

  closeOutput(): void {
    // It holds a read end too: ours must be open by now.
    signalProcess(this.state.keeper, 'SIGKILL', true);
  }

  async dispose(): Promise<void> {
    this.#watch?.stop();
    if (this.#taken) closeStreams(this.#taken);
    this.#taken = undefined;
    if (this.state.first || this.state.cgroup) await this.killAll();
    signalProcess(this.state.keeper, 'SIGKILL', true);
    signalProcess(this.state.holder, 'SIGKILL');
    for (const carrier of this.state.carriers ?? []) signalProcess(carrier, 'SIGKILL');
    removeFifos(this.#folder);
    if (this.state.cgroup) removeCgroup(this.state.cgroup);
  }

  letGo(): void {
    this.#watch?.stop();
  }
}

/** Closes what `openStreams` opened and nobody took. */
export function closeStreams(streams: Streams): void {
  for (const fd of [streams.stdout, streams.stderr, streams.stdin]) if (fd !== undefined) closeSync(fd);
}
