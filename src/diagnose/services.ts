import type { Caller, Role } from '../base/index.js';
import type { ProcessInfo, Target, TargetInstruments } from '../target/index.js';
import type { Command } from './command.js';
import type { OutputService } from './output/types.js';

/** What the room is given by agent.ts: everything outside diagnose/ that a session or a command may use. */
export interface TargetService {
  /** Every Node.js process found. */
  list(): Promise<ProcessInfo[]>;
  /** Those attached now. */
  attached(): readonly Target[];
  /**
   * Attaches (or returns the one attached already) by container id, pid, name or `name#2`. Without a selector: the
   * only target; else the only process of this user that is not ours; else RemoraError `process-ambiguous` /
   * `no-process` with the candidates.
   */
  attach(selector: string | undefined, options?: { force?: boolean; signal?: AbortSignal }): Promise<Target>;
  /** What `attach(selector)` would attach, without attaching. */
  resolve(selector: string | undefined): Promise<ProcessInfo>;
}

export interface JobView {
  readonly jobId: number;
  readonly status: 'READY' | 'RUNNING' | 'STOPPED' | 'TERMINATED';
  readonly line: string;
  readonly startTime: number;
  readonly sessionId: string;
  readonly background: boolean;
  readonly resultCount: number;
}

/** What the commands of the session group need of the session store itself. */
export interface DiagnoseServices {
  readonly targets: TargetService;
  readonly version: string;
  /** Every command that can be typed. */
  readonly commands: readonly Command[];
  /** The instruments of an attached process; asking for them installs none. */
  readonly instruments?: InstrumentsOf;
  /** Files on the agent's side; absent where there is no folder for them. `outputOf(services)` asks for it. */
  readonly output?: OutputService;
  /** Jobs of all sessions, newest last. */
  jobs(): readonly JobView[];
  /** Ends a job with status -10; false when there is none. */
  killJob(jobId: number): boolean;
  /** `fg` and `bg`: a job of that session goes on; false when it has no such job. */
  continueJob(jobId: number, sessionId: string, where: 'foreground' | 'background'): boolean;
  /** Whose credential that is; undefined for none that this agent knows. */
  authenticate(secret: string): { readonly user: string; readonly role: Role } | undefined;
  /** Lets a caller act as somebody who may more, in one session. */
  raise(sessionId: string, caller: Caller, as: { readonly user: string; readonly role: Role }): void;
  /** Without a user: of all callers. */
  readonly history: { lines(user?: string): readonly string[]; clear(user?: string): void };
  readonly options: OptionTable;
  session(sessionId: string): SessionView | undefined;
  sessions(): readonly SessionView[];
  /** Lets go of the session's target and ends the session once the running answer has been delivered. */
  endSession(sessionId: string, reason: string): void;
}

export type InstrumentsOf = (target: Target) => TargetInstruments;

export interface SessionView {
  readonly sessionId: string;
  readonly createTime: number;
  readonly lastAccessTime: number;
  readonly userId?: string;
  readonly consumers: number;
  /** Somebody sits at a terminal of it (/ws). */
  readonly isTerminal: boolean;
  readonly target?: Target;
}

/** The global options (`options` command): typed, each with a summary. */
export interface OptionTable {
  list(): readonly OptionEntry[];
  get(name: string): OptionEntry | undefined;
  /** Rejects a value of the wrong type with RemoraError `bad-option-value`. */
  set(name: string, text: string): { before: string; after: string };
}

export interface OptionEntry {
  readonly level: number;
  readonly type: 'boolean' | 'integer' | 'string';
  readonly name: string;
  readonly value: string;
  readonly summary: string;
  readonly description: string;
}
