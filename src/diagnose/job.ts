import { errorText, RemoraError } from '../base/index.js';
import type { Lease, ProcessInfo, Target } from '../target/index.js';
import type { CommandArguments, CommandEnd, Result } from './command.js';
import { CommandFailure } from './command.js';
import { commandHelp } from './commandHelp.js';
import {
  cannotRest,
  commandFault,
  jobStopped,
  jobTimedOut,
  notStopped,
  strayOptions,
  suspendedTooLong,
  targetGone,
} from './errors.js';
import { JobContext } from './jobContext.js';
import type { JobOutcome, JobParts, JobStop } from './jobParts.js';
import { jobGrace, suspendedJob } from './limits.js';
import type { Pipeline } from './pipes/index.js';
import { type Published, publish } from './published.js';
import type { JobView } from './services.js';
import { Suspension } from './suspension.js';

/** A job runs this many results or milliseconds before others get their turn on the event loop. */
const TURN_RESULTS = 64;
const TURN_MS = 8;
/** More than the generator of a command with a handful of results takes. */
const MICROTASK_ROUNDS = 50;
const MAX_TIMER_MS = 2 ** 31 - 1;
const STATUS_KILLED = -10;

/** One running command line: drives the command's generator, serializes its results, ends it when told to. */
export class Job {
  readonly jobId: number;
  readonly sessionId: string;
  readonly ended: Promise<void>;
  status: JobView['status'] = 'READY';
  statusCode: number | undefined;
  outcome: JobOutcome | undefined;
  /** Whether it runs beside what is typed; `fg` and `bg` change it. */
  background: boolean;
  private ownSuspension: Suspension | undefined;
  private resultCount = 0;
  private suspendTimer: NodeJS.Timeout | undefined;
  /** Made when somebody asks for the signal: most commands end without, and it is the dearest part of a job. */
  private controller: AbortController | undefined;
  private stopped: JobStop | undefined;
  private grace = 0;
  private graceOver = false;
  private giveUp: (() => void) | undefined;
  private leave: (() => void)[] = [];
  private lastTarget: Target | undefined;
  private resolveEnded!: () => void;
  private resolveSuspended: (() => void) | undefined;

  constructor(readonly parts: JobParts) {
    this.jobId = parts.jobId;
    this.sessionId = parts.sessionId;
    this.background = parts.background;
    this.ended = new Promise((resolve) => {
      this.resolveEnded = resolve;
    });
  }

  /** Starts it; results come by `emit`, never before this returns. */
  start(): void {
    this.status = 'RUNNING';
    void this.run();
  }

  /** Tells it to end. It gets the limit `job-grace` to do so by itself; then it is left behind. */
  stop(reason: JobStop): void {
    if (this.stopped || this.status === 'TERMINATED') return;
    this.stopped = reason;
    if (this.status === 'STOPPED') this.status = 'RUNNING';
    clearTimeout(this.suspendTimer);
    this.ownSuspension?.end();
    this.graceFor(jobGrace.value);
    this.controller?.abort(jobStopped(reason.kind));
  }

  /**
   * Takes nothing more of the command until `resume`; what it has in a process is put to rest. False when it is not
   * running. Nobody waits for ever: over the limit `job-suspended` it is ended.
   */
  suspend(): boolean {
    if (this.status !== 'RUNNING' || this.stopped || !this.suspension.suspend()) return false;
    this.status = 'STOPPED';
    this.resolveSuspended?.();
    this.suspendTimer = setTimeout(
      () => this.stop({ kind: 'timeout', text: suspendedTooLong(suspendedJob.value) }),
      Math.min(suspendedJob.value * 1000, MAX_TIMER_MS),
    );
    this.suspendTimer.unref();
    return true;
  }

  /** Why it cannot be suspended now, though it runs. */
  get refusesSuspension(): string | undefined {
    return this.status === 'RUNNING' && !this.stopped ? this.ownSuspension?.refusal : undefined;
  }

  /** False when it was not suspended. */
  resume(): boolean {
    if (this.status !== 'STOPPED' || !this.suspension.resume()) return false;
    clearTimeout(this.suspendTimer);
    this.status = 'RUNNING';
    return true;
  }

  /** Resolves when it is suspended: who waits for its end has waited long enough, as in the reference. */
  whenSuspended(): Promise<void> {
    if (this.status === 'STOPPED') return Promise.resolve();
    return new Promise((resolve) => {
      this.resolveSuspended = resolve;
    });
  }

  /** Made when somebody asks: most commands end without. */
  private get suspension(): Suspension {
    this.ownSuspension ??= new Suspension((error) => {
      this.parts.onFault(error, this);
      this.stop({ kind: 'target', text: cannotRest(errorText(error)) });
    });
    return this.ownSuspension;
  }

  private get signal(): AbortSignal {
    if (!this.controller) {
      this.controller = new AbortController();
      if (this.stopped) this.controller.abort(jobStopped(this.stopped.kind));
    }
    return this.controller.signal;
  }

  view(): JobView {
    const { jobId, sessionId, status, resultCount } = this;
    const { line, startTime } = this.parts;
    return { jobId, status, line, startTime, sessionId, background: this.background, resultCount };
  }

  /**
   * Has it ended without waiting for anything? Then nobody needs timers or signals for it: a few rounds of microtasks
   * tell, which cost less than one timer.
   */
  async endsAtOnce(): Promise<boolean> {
    for (let round = 0; round < MICROTASK_ROUNDS; round += 1) {
      if (this.status === 'TERMINATED') return true;
      await undefined;
    }
    return this.status === 'TERMINATED';
  }

  /** The process it worked on last. */
  get process(): ProcessInfo | undefined {
    return this.lastTarget?.process;
  }

  private async run(): Promise<void> {
    const { timeout, pipeline } = this.parts;
    // The request that started it answers first, and a caller can reach the job before it ends.
    await Promise.resolve();
    this.after(Math.min(timeout.ms, MAX_TIMER_MS), () =>
      this.stop({ kind: 'timeout', text: jobTimedOut(timeout.text) }),
    );
    let end: CommandEnd;
    try {
      await pipeline?.open();
      end = this.endOf(await this.drive(), undefined);
      const text = pipeline?.end();
      if (text !== undefined) this.emit({ type: 'text', text });
    } catch (error) {
      end = this.endOf(undefined, error);
    }
    if (pipeline?.writes) end = await this.closeFiles(pipeline, end);
    for (const leave of this.leave.splice(0)) leave();
    this.statusCode = end.statusCode;
    this.outcome = this.outcomeOf(end);
    // Before the last result goes out: who reads it may start the next command at once.
    this.status = 'TERMINATED';
    this.emit({ type: 'status', statusCode: end.statusCode, message: end.message });
    this.parts.onEnd(this);
    this.resolveEnded();
  }

  private async closeFiles(pipeline: Pipeline, end: CommandEnd): Promise<CommandEnd> {
    try {
      for (const written of await pipeline.close()) this.emit({ type: 'redirect', ...written });
      return end;
    } catch (error) {
      // What the command itself said comes first.
      return end.statusCode === 0 ? this.failed(error) : end;
    }
  }

  /** Takes every result out of the generator. Resolves with what the command returned. */
  private async drive(): Promise<CommandEnd | undefined> {
    const { args, command } = this.parts;
    if (args instanceof CommandFailure) throw args;
    if (args === 'help') {
      this.take(commandHelp(command));
      return { statusCode: STATUS_KILLED };
    }
    if (args.strays?.length) {
      const longs = command.options.map(({ long }) => long);
      this.take({ type: 'message', message: strayOptions(command.name, args.strays, longs) });
    }
    const generator = command.run(this.context(args));
    if (Symbol.iterator in generator) return this.driveAtOnce(generator);
    let done = false;
    let turnResults = 0;
    let turnStart = performance.now();
    try {
      for (;;) {
        const step = await this.step(generator);
        if (step === 'left behind') {
          this.take({ type: 'message', message: notStopped(command.name, jobGrace.value) });
          return undefined;
        }
        // What it had at hand when it was suspended is for whoever continues it.
        if (this.ownSuspension?.isSuspended) await this.ownSuspension.whileSuspended();
        if (step.done) {
          done = true;
          return step.value ?? undefined;
        }
        this.take(step.value);
        if (this.parts.pipeline?.writes) await this.parts.pipeline.settled();
        if (++turnResults >= TURN_RESULTS || performance.now() - turnStart > TURN_MS) {
          await new Promise((resolve) => setImmediate(resolve));
          turnResults = 0;
          turnStart = performance.now();
        }
      }
    } finally {
      // Not awaited: what still hangs in there would hang the job.
      if (!done) generator.return(undefined).catch(() => {});
    }
  }

  private driveAtOnce(
    generator: Generator<Result, CommandEnd | undefined | void, void>,
  ): CommandEnd | undefined {
    for (;;) {
      const step = generator.next();
      if (step.done) return step.value ?? undefined;
      this.take(step.value);
    }
  }

  /** One step of the generator, unless it takes longer than the grace after a stop. */
  private step(
    generator: AsyncGenerator<Result, CommandEnd | undefined | void, void>,
  ): Promise<IteratorResult<Result, CommandEnd | undefined | void> | 'left behind'> {
    if (this.graceOver) return Promise.resolve('left behind');
    // Not Promise.race: that would keep every step of an endless job alive.
    return new Promise((resolve, reject) => {
      this.giveUp = () => resolve('left behind');
      generator.next().then(resolve, reject);
    });
  }

  private take(result: Result): void {
    this.resultCount++;
    const published = this.emit(result);
    // Rendered from what a client reads, so that the text is the same on both sides of the wire.
    this.parts.pipeline?.add(JSON.parse(published.json) as Result);
  }

  private emit(result: Result): Published {
    const published = publish(this.jobId, result);
    this.parts.emit(published);
    return published;
  }

  private context(args: CommandArguments): JobContext {
    const { jobId, sessionId, caller, services } = this.parts;
    return new JobContext(args, {
      jobId,
      sessionId,
      caller,
      services,
      suspension: () => this.suspension,
      finishes: (ms) => this.graceFor(ms),
      signal: () => this.signal,
      target: () => this.attach(),
      process: () => this.resolve(),
    });
  }

  private async resolve(): Promise<ProcessInfo | undefined> {
    const { target, selector } = this.parts;
    try {
      return this.lastTarget?.process ?? (await target.resolve(selector));
    } catch (error) {
      if (error instanceof RemoraError) return undefined;
      throw error;
    }
  }

  private async attach(): Promise<Target> {
    // A target that closes ends the job, so the one it has is the one it keeps.
    if (this.lastTarget) return this.lastTarget;
    const target = await this.parts.target.attach(this.parts.selector, this.signal);
    this.signal.throwIfAborted();
    // Two calls at once: the first has done the rest.
    if (this.lastTarget) return this.lastTarget;
    const name = `${target.process.name} (pid ${target.process.pid})`;
    const lost = () =>
      this.stop({
        kind: 'target',
        text: targetGone(name, errorText(target.closed.reason ?? 'no reason given')),
      });
    if (target.closed.aborted) {
      lost();
      this.signal.throwIfAborted();
    }
    const lease: Lease = target.lease(`job ${this.jobId}`);
    target.closed.addEventListener('abort', lost, { once: true });
    this.leave.push(() => {
      target.closed.removeEventListener('abort', lost);
      lease.release();
    });
    this.lastTarget = target;
    return target;
  }

  /** The final status, from what the command said and from who stopped it (wire/arthas.md 2.16). */
  private endOf(end: CommandEnd | undefined, error: unknown): CommandEnd {
    switch (this.stopped?.kind) {
      case 'interrupt':
        return end ?? { statusCode: 0 };
      case 'kill':
      case 'shutdown':
        return { statusCode: STATUS_KILLED };
      case 'timeout':
        return { statusCode: STATUS_KILLED, message: this.stopped.text };
      case 'target':
        return { statusCode: -1, message: this.stopped.text };
      default:
        return error === undefined ? (end ?? { statusCode: 0 }) : this.failed(error);
    }
  }

  private failed(error: unknown): CommandEnd {
    if (error instanceof CommandFailure) {
      return { statusCode: error.statusCode, message: error.message || undefined };
    }
    if (error instanceof RemoraError) return { statusCode: -1, message: error.text };
    this.parts.onFault(error, this);
    return { statusCode: 1, message: commandFault('internal-fault', errorText(error)) };
  }

  private outcomeOf(end: CommandEnd): JobOutcome {
    if (this.stopped?.kind === 'interrupt') return 'interrupted';
    if (this.stopped && this.stopped.kind !== 'target') return 'killed';
    return end.statusCode === 0 ? 'succeeded' : 'failed';
  }

  private graceFor(ms: number): void {
    const grace = ++this.grace;
    this.after(ms, () => {
      if (grace !== this.grace) return;
      this.graceOver = true;
      this.giveUp?.();
    });
  }

  private after(ms: number, action: () => void): void {
    const timer = setTimeout(action, ms);
    timer.unref();
    this.leave.push(() => clearTimeout(timer));
  }
}
