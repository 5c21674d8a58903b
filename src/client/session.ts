import { RemoraError } from '../base/index.js';
import type { RemoraClient } from './client.js';
import { answerError } from './errors.js';
import { Inbox } from './inbox.js';
import type { ApiAnswer, Completion, Result } from './types.js';

/** What a listener hears: results that belong to no `run` under way, and the end of the session. */
export interface SessionListener {
  /** Greeting, results of background jobs, input status, what other clients of this session do. */
  result?(result: Result): void;
  /** The session or the connection has ended; nothing comes after. */
  ended?(error: RemoraError): void;
}

/** A job whose results somebody is reading. */
interface Run {
  readonly inbox: Inbox<Result>;
  /** Its first result has come. */
  begun: boolean;
  /** Ctrl-Z: it lasts until its `status`, however it is continued. */
  isSuspended: boolean;
}

/** Results kept for a job whose number is not known yet: they may overtake the answer to `async_exec`. */
const STASH_LIMIT = 2000;

/** A run with so many results waiting to be read takes no more for the moment. */
const INBOX_FULL = 500;
/** How long a stream is kept when nobody reads: the next command often follows. */
const IDLE_MS = 300;
/** Errors that mean: results have to be polled for here. */
const NO_STREAM = new Set([
  'no-stream',
  'no-such-path',
  'not-found',
  'too-many-streams',
  'not-acceptable',
  'method-not-allowed',
]);

/** Errors that mean: nobody is there any more. */
const GONE = new Set(['no-agent', 'connection-refused', 'connection-lost']);

/**
 * A session on the agent: one foreground job at a time, its results as they come. Obtained from
 * `RemoraClient.openSession`. The agent forgets a session that is not used for 3 hours.
 */
export class ClientSession {
  readonly sessionId: string;
  readonly #client: RemoraClient;
  #consumerId: string;
  readonly #runs = new Map<number, Run>();
  readonly #listeners = new Set<SessionListener>();
  #stash: Result[] = [];
  #starting = 0;
  #pumping = false;
  /** The highest job number that was given out. */
  #newestJob = 0;
  /** What comes now is the agent's memory for those who join late: much of it was read before. */
  #replaying = false;
  #ended: RemoraError | undefined;
  readonly #closing = new AbortController();
  /** False once it turned out that this agent, or what lies between, pushes nothing: then we poll. */
  #canStream = true;
  #rest: (() => void) | undefined;

  constructor(client: RemoraClient, sessionId: string, consumerId: string) {
    this.#client = client;
    this.sessionId = sessionId;
    this.#consumerId = consumerId;
  }

  /**
   * Runs a command and yields its results up to and including its `status`. A command that ends in `&` yields until
   * the agent has put it into the background; its later results go to `listen`. One that is suspended yields on when it
   * is continued (`start('fg')`). Leaving the loop early interrupts the job.
   *
   * @throws RemoraError `command-failed`, `busy` (another job runs), `session-ended`.
   */
  async *run(command: string): AsyncGenerator<Result, void, void> {
    if (this.#ended) throw this.#ended;
    const inbox = new Inbox<Result>();
    this.#starting++;
    this.#pump();
    let jobId: number;
    try {
      const answer = await this.#ask({ action: 'async_exec', command });
      if (answer.state !== 'SCHEDULED' && answer.state !== 'SUCCEEDED') {
        throw answerError(answer.state, answer.message);
      }
      jobId = answer.body?.jobId ?? 0;
      this.#runs.set(jobId, { inbox, begun: false, isSuspended: false });
    } finally {
      this.#starting--;
      this.#unstash();
    }
    if (this.#ended) inbox.end(this.#ended);
    let ended = false;
    try {
      yield* inbox;
      ended = true;
    } finally {
      this.#runs.delete(jobId);
      this.#rest?.();
      if (!ended && !this.#ended) await this.interrupt();
    }
  }

  /**
   * Starts a command without taking its results: they go to `listen` and `stream`. Resolves with the job's number.
   *
   * @throws RemoraError `command-failed`, `busy`, `session-ended`
   */
  async start(command: string): Promise<number> {
    if (this.#ended) throw this.#ended;
    const answer = await this.#ask({ action: 'async_exec', command });
    if (answer.state !== 'SCHEDULED' && answer.state !== 'SUCCEEDED') {
      throw answerError(answer.state, answer.message);
    }
    return answer.body?.jobId ?? 0;
  }

  /**
   * All results of the session as the agent pushes them, for one more reader: first what the session remembers, then what
   * comes. Who reads slowly is waited for, and reads a `dropped` result where that took too long. Ends with the session.
   *
   * @throws RemoraError `session-ended`, those of a connection that cannot be had again
   */
  async *stream(options: { readonly signal?: AbortSignal } = {}): AsyncGenerator<Result, void, void> {
    if (this.#ended) throw this.#ended;
    const signals = [this.#closing.signal, ...(options.signal ? [options.signal] : [])];
    yield* this.#client.follow({ sessionId: this.sessionId }, AbortSignal.any(signals));
  }

  /**
   * Stops the foreground job (Ctrl-Z); `fg` and `bg` continue it. False when none is running, or it cannot be stopped
   * now: then a `message` among its results says why.
   */
  async suspend(): Promise<boolean> {
    // Input is allowed again before the answer is there; that is no end of what runs.
    const runs = [...this.#runs.values()].filter(({ isSuspended }) => !isSuspended);
    for (const run of runs) run.isSuspended = true;
    const answer = await this.#ask({ action: 'suspend_job' });
    if (answer.state === 'SUCCEEDED') return true;
    for (const run of runs) run.isSuspended = false;
    if (/no foreground job|cannot be stopped/.test(answer.message ?? '')) return false;
    throw answerError(answer.state, answer.message);
  }

  /** Interrupts the foreground job. False when none is running. */
  async interrupt(): Promise<boolean> {
    const answer = await this.#ask({ action: 'interrupt_job' });
    if (answer.state === 'SUCCEEDED') return true;
    if (/no foreground job/.test(answer.message ?? '')) return false;
    throw answerError(answer.state, answer.message);
  }

  /** What could stand at the cursor of a command line, for this session's process. */
  complete(line: string, cursor = line.length): Promise<Completion> {
    return this.#client.complete({ line, cursor, sessionId: this.sessionId });
  }

  /** Hears everything that no `run` takes, and keeps the session alive meanwhile. Returns the unsubscriber. */
  listen(listener: SessionListener): () => void {
    this.#listeners.add(listener);
    this.#pump();
    return () => {
      this.#listeners.delete(listener);
      this.#rest?.();
    };
  }

  /** Ends the session; a running job is interrupted. An agent that has gone has ended it already: no error. */
  async close(): Promise<void> {
    if (this.#ended) return;
    this.#end(new RemoraError('session-ended', 'the session was closed'));
    this.#closing.abort();
    try {
      await this.#client.api({ action: 'close_session', sessionId: this.sessionId });
    } catch (error) {
      if (!(error instanceof RemoraError && GONE.has(error.code))) throw error;
    }
  }

  #ask(request: {
    action: 'async_exec' | 'interrupt_job' | 'suspend_job';
    command?: string;
  }): Promise<ApiAnswer> {
    return this.#client.api({ ...request, sessionId: this.sessionId });
  }

  get #wanted(): boolean {
    return !this.#ended && (this.#starting > 0 || this.#runs.size > 0 || this.#listeners.size > 0);
  }

  /** Reads while anybody waits for results. */
  #pump(): void {
    if (this.#pumping || !this.#wanted) return;
    this.#pumping = true;
    void this.#read()
      .catch((error: unknown) => this.#end(asRemoraError(error)))
      .finally(() => {
        this.#pumping = false;
        this.#pump();
      });
  }

  async #read(): Promise<void> {
    while (this.#wanted) {
      try {
        if (this.#canStream) await this.#follow();
        else await this.#poll();
      } catch (error) {
        if (!(error instanceof RemoraError)) throw error;
        if (error.code === 'consumer-expired') await this.#rejoin();
        else if (this.#canStream && NO_STREAM.has(error.code)) this.#canStream = false;
        else throw error;
      }
    }
  }

  /** Takes what is pushed, until for a moment nobody has wanted anything. */
  async #follow(): Promise<void> {
    const idle = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    this.#rest = () => {
      clearTimeout(timer);
      if (!this.#wanted) timer = setTimeout(() => this.#wanted || idle.abort(), IDLE_MS);
    };
    const signal = AbortSignal.any([this.#closing.signal, idle.signal]);
    const ids = { sessionId: this.sessionId, consumerId: this.#consumerId };
    try {
      for await (const result of this.#client.follow(ids, signal)) {
        this.#receive(result);
        await this.#room();
      }
    } finally {
      clearTimeout(timer);
      this.#rest = undefined;
    }
    if (!signal.aborted)
      throw new RemoraError('session-ended', 'the session has ended', { hint: 'Open a new one' });
  }

  /** Whoever runs a command and is slow to read holds the agent back, which then drops and counts. */
  async #room(): Promise<void> {
    for (const { inbox } of this.#runs.values()) {
      if (inbox.size >= INBOX_FULL) await inbox.shrunk();
    }
  }

  async #poll(): Promise<void> {
    const answer = await this.#client.api(
      { action: 'pull_results', sessionId: this.sessionId, consumerId: this.#consumerId },
      { signal: this.#closing.signal },
    );
    if (answer.state !== 'SUCCEEDED') throw answerError(answer.state, answer.message);
    for (const result of answer.body?.results ?? []) this.#receive(result);
  }

  /** A consumer that nobody polled for minutes is gone, the session is not. */
  async #rejoin(): Promise<void> {
    const answer = await this.#client.api({ action: 'join_session', sessionId: this.sessionId });
    if (answer.state !== 'SUCCEEDED' || !answer.consumerId) throw answerError(answer.state, answer.message);
    this.#consumerId = answer.consumerId;
    this.#replaying = true;
  }

  #receive(result: Result): void {
    const jobId = result.jobId ?? 0;
    if (this.#replaying) {
      // The memory ends with the current input status.
      if (result.type === 'input_status') this.#replaying = result.inputStatus === 'DISABLED';
      const isNew = jobId > this.#newestJob || (result.type === 'status' && this.#runs.has(jobId));
      if (!isNew) return;
    } else this.#newestJob = Math.max(this.#newestJob, jobId);
    this.#dispatch(result);
  }

  #dispatch(result: Result): void {
    const jobId = result.jobId ?? 0;
    const run = this.#runs.get(jobId);
    if (run) {
      run.begun = true;
      run.inbox.push(result);
      if (result.type === 'status') this.#finish(jobId, run);
      return;
    }
    if (this.#starting > 0) {
      this.#stash.push(result);
      if (this.#stash.length > STASH_LIMIT) this.#stash.shift();
      return;
    }
    if (result.type === 'input_status' && result.inputStatus === 'ALLOW_INPUT') this.#finishBackground();
    for (const listener of this.#listeners) listener.result?.(result);
  }

  /**
   * Input is allowed again: a job that has begun and not sent its status went to the background. One that has not
   * begun is still to come: this is the end of the job before it.
   */
  #finishBackground(): void {
    for (const [jobId, run] of this.#runs) if (run.begun && !run.isSuspended) this.#finish(jobId, run);
  }

  #finish(jobId: number, run: Run): void {
    this.#runs.delete(jobId);
    run.inbox.end();
  }

  #unstash(): void {
    if (this.#starting > 0) return;
    const stashed = this.#stash;
    this.#stash = [];
    for (const result of stashed) this.#dispatch(result);
  }

  #end(error: RemoraError): void {
    if (this.#ended) return;
    this.#ended = error;
    for (const { inbox } of this.#runs.values()) inbox.end(error);
    for (const listener of this.#listeners) listener.ended?.(error);
  }
}

function asRemoraError(error: unknown): RemoraError {
  if (error instanceof RemoraError) return error;
  return new RemoraError('internal', error instanceof Error ? error.message : String(error), {
    cause: error,
  });
}
