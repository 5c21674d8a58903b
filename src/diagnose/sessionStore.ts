import { type Caller, formatDateTime, PRODUCT, type Risk, type Role, uuid } from '../base/index.js';
import { instrumentsOf, type ProcessInfo, type Target } from '../target/index.js';
import { type Clock, systemClock } from './clock.js';
import type { Command, Result } from './command.js';
import { COMMANDS } from './commands/index.js';
import type { Consumer } from './consumer.js';
import { agentClosing, tooManySessions, unknownCompat } from './errors.js';
import { CommandHistory } from './history.js';
import type { Job } from './job.js';
import type { JobOutcome } from './jobParts.js';
import { toBackground, toForeground } from './launch.js';
import { allQueueBytes, sessionIdle, sessionLimit } from './limits.js';
import { applyBudget } from './observe/budget.js';
import { GlobalOptions } from './optionTable.js';
import type { OutputService } from './output/index.js';
import { CommandRegistry } from './registry.js';
import { type ResultRenderer, resultRenderer } from './render/index.js';
import { ByteBudget } from './resultQueue.js';
import type { DiagnoseServices, InstrumentsOf, JobView, SessionView, TargetService } from './services.js';
import { Session } from './session.js';
import { SessionTarget } from './sessionTarget.js';

/** One line of audit: a command was refused, began, or ended. */
export interface CommandEvent {
  readonly caller: Caller;
  readonly line: string;
  readonly command: string;
  /** The interface it came by, where that is not the Arthas API, and the client's own name. */
  readonly via?: { readonly protocol: 'mcp'; readonly client?: string };
  readonly risk: Risk;
  readonly outcome: 'refused' | 'started' | JobOutcome;
  /** Why, for `refused`. */
  readonly reason?: string;
  readonly sessionId: string;
  readonly jobId?: number;
  /** The process it worked on, where it came to that. */
  readonly process?: ProcessInfo;
  readonly statusCode?: number;
  readonly durationMs?: number;
}

export interface SessionStoreOptions {
  readonly targets: TargetService;
  /** Remora's version. */
  readonly version: string;
  /** Default: all commands of this room. */
  readonly commands?: readonly Command[];
  /** The agent's ceiling. Default: read and observe. */
  readonly allow?: readonly Risk[];
  readonly clock?: Clock;
  readonly instruments?: InstrumentsOf;
  /** The agent's output folder. */
  readonly output?: OutputService;
  /** Whose credential that is, for `auth`. */
  readonly identify?: (secret: string) => { readonly user: string; readonly role: Role } | undefined;
  /** Called for each refused, started and ended command. */
  readonly onCommand?: (event: CommandEvent) => void;
  /** Called for faults of ours, which clients see as a text without details. */
  readonly onFault?: (error: unknown, where: string) => void;
  /** Called after `options NAME VALUE`. */
  readonly onOption?: (name: string, value: string) => void;
  /** Tab completion inside a process; default: its loaded modules and their functions. */
  readonly completeInside?: (
    target: Target,
    prefix: string,
    kind: 'module' | 'function',
    /** The module that was typed before the function. */
    module: string | undefined,
  ) => Promise<string[]>;
}

const SWEEP_MS = 60_000;
const DEFAULT_ALLOW: readonly Risk[] = ['read', 'observe'];
/** After `stop`, readers have this long to fetch what is left. */
const LAST_READ_MS = 5000;
const COMPAT = 'arthas-4';
/** Where people read on; paths in the package. */
const WIKI = 'docs/README.md';
const TUTORIALS = 'docs/diagnose.md';

/** All sessions and jobs of one agent. */
export class SessionStore {
  readonly services: DiagnoseServices;
  readonly history = new CommandHistory();
  readonly options: GlobalOptions;
  readonly registry: CommandRegistry;
  readonly allow: readonly Risk[];
  readonly clock: Clock;
  readonly render: ResultRenderer;
  private readonly sessions = new Map<string, Session>();
  private readonly running = new Map<number, Job>();
  readonly budget = new ByteBudget(() => allQueueBytes.value);
  private readonly sweeper: NodeJS.Timeout;
  private jobCounter = 0;
  private closed = false;

  constructor(readonly settings: SessionStoreOptions) {
    this.clock = settings.clock ?? systemClock;
    this.allow = settings.allow ?? DEFAULT_ALLOW;
    this.registry = new CommandRegistry(settings.commands ?? COMMANDS);
    this.render = resultRenderer(this.registry.all);
    this.options = new GlobalOptions((name, value) => this.optionChanged(name, value));
    this.services = this.makeServices();
    this.sweeper = setInterval(() => this.sweep(), SWEEP_MS);
    this.sweeper.unref();
  }

  get targets(): TargetService {
    return this.settings.targets;
  }

  nextJobId(): number {
    return ++this.jobCounter;
  }

  // ---- sessions ----

  /**
   * A session with its first consumer, which reads the greeting first (wire/arthas.md 2.4).
   * @throws RemoraError for an unknown `compat`, too many sessions, or a process that cannot be found.
   */
  async openSession(wish: {
    userId?: string;
    process?: string;
    compat?: string;
  }): Promise<{ session: Session; consumer: Consumer }> {
    const session = this.newSession(wish.compat, false);
    try {
      if (wish.process !== undefined) await session.target.name(wish.process);
    } catch (error) {
      this.closeSession(session);
      throw error;
    }
    session.touch(wish.userId);
    const consumer = session.addConsumer();
    for (const result of this.greeting(session)) session.publishOwn(result);
    session.setInput('ALLOW_INPUT');
    return { session, consumer };
  }

  /** The session of one `exec`; close it when the answer is made. */
  openOneTime(compat: string | undefined): Session {
    return this.newSession(compat, true);
  }

  /** A session without readers: its jobs' results go elsewhere. */
  openQuiet(userId: string): Session {
    const session = this.newSession(undefined, false);
    session.touch(userId);
    return session;
  }

  session(sessionId: string): Session | undefined {
    return this.sessions.get(sessionId);
  }

  closeSession(session: Session): void {
    this.sessions.delete(session.sessionId);
    session.close();
    // Nobody could continue them any more.
    for (const job of this.running.values()) {
      if (job.sessionId === session.sessionId && job.status === 'STOPPED') job.stop({ kind: 'kill' });
    }
  }

  /** Ends a session and what still runs in it, but for jobs that write a file: nobody else could read it. */
  hangUp(session: Session): void {
    this.closeSession(session);
    for (const job of this.running.values()) {
      if (job.sessionId === session.sessionId && !job.parts.pipeline?.writes) job.stop({ kind: 'kill' });
    }
  }

  /** Ends the session once its running answer was delivered and its readers had their chance. */
  private endSession(sessionId: string, reason: string): void {
    const session = this.sessions.get(sessionId);
    if (!session || session.ending !== undefined) return;
    session.ending = reason;
    session.target.release();
    void (session.foreground?.ended ?? Promise.resolve()).then(() => {
      if (session.drained) this.closeSession(session);
      else setTimeout(() => this.closeSession(session), LAST_READ_MS).unref();
    });
  }

  /** Drops idle consumers and sessions. Runs by itself every 60 s. */
  sweep(): void {
    for (const session of this.sessions.values()) {
      session.dropIdleConsumers();
      const idle = session.idleMs >= sessionIdle.value * 1000;
      if (idle && session.foreground === undefined && !session.starting) this.closeSession(session);
    }
  }

  // ---- jobs ----

  /** Running jobs, of one session or of all. */
  runningJobs(sessionId?: string): number {
    if (sessionId === undefined) return this.running.size;
    let count = 0;
    for (const job of this.running.values()) if (job.sessionId === sessionId) count++;
    return count;
  }

  /** Running jobs that write a file. */
  writingJobs(): number {
    return [...this.running.values()].filter((job) => job.parts.pipeline?.writes).length;
  }

  jobStarted(job: Job): void {
    this.running.set(job.jobId, job);
  }

  jobEnded(job: Job): void {
    this.running.delete(job.jobId);
  }

  fault(error: unknown, where: string): void {
    this.settings.onFault?.(error, where);
  }

  /** Bytes waiting in all queues. */
  get queuedBytes(): number {
    return this.budget.used;
  }

  /** Ends all jobs and sessions. Resolves when the jobs have ended. */
  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.sweeper);
    const jobs = [...this.running.values()];
    for (const job of jobs) job.stop({ kind: 'shutdown' });
    await Promise.all(jobs.map((job) => job.ended));
    for (const session of this.sessions.values()) this.closeSession(session);
  }

  private newSession(compat: string | undefined, oneTime: boolean): Session {
    if (compat !== undefined && compat !== COMPAT) throw unknownCompat(compat);
    if (this.closed) throw agentClosing();
    if (this.sessions.size >= sessionLimit.value) throw tooManySessions(sessionLimit.value);
    const sessionId = uuid();
    const session = new Session({
      sessionId,
      clock: this.clock,
      budget: this.budget,
      target: new SessionTarget(this.targets, oneTime ? undefined : `session ${sessionId}`),
      likeReference: compat === COMPAT,
      oneTime,
    });
    this.sessions.set(sessionId, session);
    return session;
  }

  /** What the first reader of a session reads first. */
  greeting(session: Session): Result[] {
    const process = session.target.known;
    return [
      { type: 'message', message: `Welcome to ${PRODUCT}!` },
      {
        type: 'welcome',
        pid: process && String(process.pid),
        time: formatDateTime(this.clock.now()),
        version: this.settings.version,
        wiki: WIKI,
        tutorials: TUTORIALS,
        mainClass: process?.name,
      },
    ];
  }

  /** `fg` and `bg`, of a job of the same session. */
  private continueJob(jobId: number, sessionId: string, where: 'foreground' | 'background'): boolean {
    const session = this.sessions.get(sessionId);
    const job = this.running.get(jobId);
    if (!session || !job || job.sessionId !== sessionId) return false;
    if (where === 'foreground') toForeground(session, job);
    else toBackground(session, job);
    return true;
  }

  private optionChanged(name: string, value: string): void {
    this.settings.onOption?.(name, value);
    if (name !== 'probe-budget') return;
    applyBudget(this.services).catch((error: unknown) => this.fault(error, 'options probe-budget'));
  }

  private makeServices(): DiagnoseServices {
    const { settings, history, options } = this;
    return {
      targets: settings.targets,
      version: settings.version,
      commands: this.registry.all,
      instruments: settings.instruments ?? instrumentsOf,
      output: settings.output,
      history,
      options,
      jobs: (): readonly JobView[] => [...this.running.values()].map((job) => job.view()),
      killJob: (jobId) => {
        const job = this.running.get(jobId);
        job?.stop({ kind: 'kill' });
        return job !== undefined;
      },
      continueJob: (jobId, sessionId, where) => this.continueJob(jobId, sessionId, where),
      authenticate: (secret) => settings.identify?.(secret),
      raise: (sessionId, caller, as) => this.sessions.get(sessionId)?.raise(caller, as),
      session: (sessionId): SessionView | undefined => this.sessions.get(sessionId)?.view(),
      sessions: () => [...this.sessions.values()].map((session) => session.view()),
      endSession: (sessionId, reason) => this.endSession(sessionId, reason),
    };
  }
}
