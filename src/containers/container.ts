import { errorText, type Log } from '../base/index.js';
import { pathId, pathText } from './containerId.js';
import type { ContainerView, Termination } from './containers.js';
import { destroyFailed } from './errors.js';
import { firstReaderWait } from './limits.js';
import type { ContainerRecord, Records } from './records.js';
import type { HeldProcess, RunningProcess } from './runtimes/runtime.js';
import type { Sandbox } from './sandbox.js';
import { cutLog, LogFile, type LogName } from './sandboxLog.js';
import { Switchboard } from './switchboard.js';

const KILLED = 9;

export interface ContainerOptions {
  readonly record: ContainerRecord;
  readonly records: Records;
  readonly sandbox: Sandbox;
  readonly log: Log;
  /** Output waits for the first reader. */
  readonly held: boolean;
  /** Ends what is below, before the container itself. */
  endChildren(): Promise<void>;
  /** It has ended, with its record written. */
  ended(container: Container): void;
  closeSandbox(): void;
}

/** One live container: from its launch to the moment when its termination is known. */
export class Container {
  readonly record: ContainerRecord;
  readonly #options: ContainerOptions;
  #process: RunningProcess | undefined;
  #switchboard: Switchboard | undefined;
  #state: 'launching' | 'running' | 'destroying' | 'terminated' = 'launching';
  #ending: Promise<Termination> | undefined;
  #endedAs: Termination | undefined;
  #destroyed = false;
  #wasDestroyed: () => void = () => undefined;
  readonly #destroyCalled = new Promise<void>((resolve) => {
    this.#wasDestroyed = resolve;
  });
  #resolveEnd: (termination: Termination) => void = () => undefined;
  /** Resolves when everything of it is gone. */
  readonly termination = new Promise<Termination>((resolve) => {
    this.#resolveEnd = resolve;
  });

  constructor(options: ContainerOptions) {
    this.#options = options;
    this.record = options.record;
  }

  get id(): string {
    return pathText(this.record.path);
  }

  get state(): ContainerView['state'] {
    return this.#state === 'running' && this.#process?.isLost ? 'lost' : this.#state;
  }

  get isDestroying(): boolean {
    return this.#destroyed || this.#state === 'destroying' || this.#state === 'terminated';
  }

  /** What a child's runtime has to know of it. */
  get runtimeState(): object | undefined {
    return this.#process?.state;
  }

  /** Once it has. */
  get endedAs(): Termination | undefined {
    return this.#endedAs;
  }

  get switchboard(): Switchboard | undefined {
    return this.#switchboard;
  }

  get view(): ContainerView {
    const { path, startTime, command, tty, attachable, user } = this.record;
    return {
      id: pathId(path),
      class: this.record.class,
      state: this.state,
      pid: this.#process?.pid,
      tty,
      attachable,
      command,
      user: user.name,
      sandbox: this.#options.sandbox.path,
      startTime,
    };
  }

  /** Records the process before its command starts. */
  start(process: HeldProcess): void {
    this.#use(process);
    this.#writeRecord();
    process.release();
    this.#run();
  }

  /** One of an earlier agent. `doomed`: it has to end now. */
  adopt(process: RunningProcess, doomed: boolean): void {
    this.#use(process);
    this.#destroyed = doomed;
    this.#run();
  }

  #use(process: RunningProcess): void {
    this.#process = process;
    const streams = process.openStreams();
    if (!streams) return;
    const { tty, class: kind, user } = this.record;
    const names: LogName[] = tty ? ['stdout'] : ['stdout', 'stderr'];
    const { sandbox, log } = this.#options;
    const onError = (error: unknown): void =>
      log.warn({ container: this.id }, `its sandbox file ends here: ${errorText(error)}`);
    const logs: Partial<Record<LogName, LogFile>> = {};
    for (const name of names) {
      try {
        logs[name] = new LogFile(sandbox, name, user, kind !== 'debug', onError);
      } catch (error) {
        onError(error);
      }
    }
    this.#switchboard = new Switchboard({
      streams,
      tty,
      held: this.#options.held,
      logs,
      endInput: () => process.endInput(),
      resize: (size) => process.resize(size),
    });
  }

  #run(): void {
    this.#state = 'running';
    const process = this.#process;
    if (!process) return;
    if (this.#options.held && this.record.class !== 'debug') this.#holdForAWhile();
    process.exited.then(() => this.end()).catch((error: unknown) => this.#fault(error));
    if (this.#destroyed) this.end().catch((error: unknown) => this.#fault(error));
  }

  /** Whoever launched it may be gone before he has attached: that must not hold it up for ever. */
  #holdForAWhile(): void {
    setTimeout(() => this.#switchboard?.stopHolding(), firstReaderWait.value).unref();
  }

  #fault(error: unknown): void {
    this.#options.log.error({ err: error, container: this.id }, 'a container did not end as it should');
  }

  #writeRecord(termination?: Termination): void {
    this.#options.records.write({
      ...this.record,
      state: this.#process?.state,
      ...(termination && { termination }),
    });
  }

  /** False = it has ended, or has no process. Throws what kill(2) says. */
  signal(signal: number): boolean {
    return this.#process?.signal(signal) ?? false;
  }

  /** Ends it at once, its output included. Rejects with `destroy-failed`. */
  async destroy(): Promise<void> {
    this.#destroyed = true;
    this.#wasDestroyed();
    if (this.#state === 'launching') return;
    await this.end();
  }

  /** Its first process has ended, or shall: everything else of it ends too (sheet 3.5, 3.6). */
  end(): Promise<Termination> {
    this.#ending ??= this.#end().catch((error: unknown) => {
      // So that destroying it again tries again.
      this.#ending = undefined;
      throw error;
    });
    return this.#ending;
  }

  async #end(): Promise<Termination> {
    const process = this.#process;
    if (!process) throw new Error('it has no process');
    this.#state = 'destroying';
    await this.#options.endChildren();
    const left = await process.killAll();
    if (left.length > 0) throw destroyFailed(this.id, left);
    const exitStatus = await this.#exitStatus(process);
    await this.#drain(process);
    const termination = { exitStatus };
    this.#endedAs = termination;
    this.#state = 'terminated';
    try {
      this.#writeRecord(termination);
    } catch (error) {
      // A full disk: the end is known as long as this agent runs.
      this.#fault(error);
    }
    await process.dispose();
    this.#options.closeSandbox();
    this.#options.ended(this);
    // Last, as the sheet says: whoever waited finds nothing left.
    this.#resolveEnd(termination);
    return termination;
  }

  async #exitStatus(process: RunningProcess): Promise<number | undefined> {
    const status = await process.exited;
    // The sheet's own rule for a container that was killed before it could say how it ended.
    return status === undefined && this.#destroyed ? KILLED : status;
  }

  /** All output is handed out; a session that was short waits for its reader. */
  async #drain(process: RunningProcess): Promise<void> {
    const switchboard = this.#switchboard;
    if (!switchboard) return process.closeOutput();
    if (switchboard.isHeld && !this.#destroyed) {
      await soonest([switchboard.firstReader, this.#destroyCalled], firstReaderWait.value);
    }
    switchboard.processesEnded();
    process.closeOutput();
    await switchboard.drained;
    await switchboard.finish();
  }

  /** Bounds the files that its process writes itself. */
  cutLogs(): void {
    if (this.#switchboard || this.#state !== 'running') return;
    for (const name of ['stdout', 'stderr'] as const) cutLog(this.#options.sandbox, name, this.record.user);
  }

  /** The agent ends and the container goes on. */
  async letGo(): Promise<void> {
    await this.#switchboard?.abandon();
    this.#process?.letGo();
    this.#options.closeSandbox();
  }
}

async function soonest(promises: readonly Promise<unknown>[], ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([...promises, late]);
  clearTimeout(timer);
}
