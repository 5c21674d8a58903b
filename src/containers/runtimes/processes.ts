import { closeSync } from 'node:fs';
import type { WindowSize } from '../../wire/index.js';
import { launchFailed } from '../errors.js';
import { nameProcess, signalProcess } from '../proc.js';
import { Descriptors, openFifo, removeFifos } from './fifos.js';
import { killMembers, removeCgroup } from './membership.js';
import type { ProcessState } from './processState.js';
import { resizePty } from './pty.js';
import type { RunningProcess, Streams } from './runtime.js';

/** The processes of one container of the runtime `process`, whoever started them. */
export class Processes implements RunningProcess {
  readonly state: ProcessState;
  readonly exited: Promise<number | undefined>;
  readonly #key: string;
  readonly #folder: string;
  readonly #watch: { readonly isLost: boolean; stop(): void } | undefined;
  #taken: Streams | undefined;
  #isGone = false;

  constructor(
    key: string,
    folder: string,
    state: ProcessState,
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
    const left = new Set<number>();
    // Both, where the cgroup may have refused the first process.
    if (marker || cgroup === undefined)
      for (const pid of await killMembers({ key: this.#key, first })) left.add(pid);
    if (cgroup !== undefined)
      for (const pid of await killMembers({ key: this.#key, first, cgroup })) left.add(pid);
    this.#isGone = left.size === 0;
    return [...left];
  }

  closeOutput(): void {
    // It holds a read end too: ours must be open by now.
    signalProcess(this.state.keeper, 'SIGKILL', true);
  }

  async dispose(): Promise<void> {
    this.#watch?.stop();
    if (this.#taken) closeStreams(this.#taken);
    this.#taken = undefined;
    if (!this.#isGone && (this.state.first || this.state.cgroup)) await this.killAll();
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
function closeStreams(streams: Streams): void {
  for (const fd of [streams.stdout, streams.stderr, streams.stdin]) if (fd !== undefined) closeSync(fd);
}
