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

/** Results kept for a job whose number is not known yet: they may overtake the answer to `async_exec`. */
const STASH_LIMIT = 2000;

/**
 * A session on the agent: one foreground job at a time, its results as they come. Obtained from
 * `RemoraClient.openSession`. The agent forgets a session that is not used for 3 hours.
 */
export class ClientSession {
  readonly sessionId: string;
  readonly #client: RemoraClient;
  #consumerId: string;
  readonly #runs = new Map<number, Inbox<Result>>();
  readonly #listeners = new Set<SessionListener>();
  #stash: Result[] = [];
  #starting = 0;
  #pumping = false;
  #ended: RemoraError | undefined;
  readonly #closing = new AbortController();

  constructor(client: RemoraClient, sessionId: string, consumerId: string) {
    this.#client = client;
    this.sessionId = sessionId;
    this.#consumerId = consumerId;
  }

  /**
   * Runs a command and yields its results up to and including its `status`. A command that ends in `&` yields until
   * the agent has put it into the background; its later results go to `listen`. Leaving the loop early interrupts the job.
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
      this.#runs.set(jobId, inbox);
    } finally {
      this.#starting--;
      this.#unstash();
    }
    if (this.#ended) inbox.fail(this.#ended);
    let ended = false;
    // The ALLOW_INPUT that closes the job before this one may still be on its way.
    let begun = false;
    try {
      for await (const result of inbox) {
        begun ||= result.jobId === jobId;
        ended = result.type === 'status' || (begun && allowsInput(result));
        if (result.jobId === jobId) yield result;
        if (ended) return;
      }
    } finally {
      this.#runs.delete(jobId);
      if (!ended && !this.#ended) await this.interrupt();
    }
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
    return () => this.#listeners.delete(listener);
  }

  /** Ends the session; a running job is interrupted. */
  async close(): Promise<void> {
    if (this.#ended) return;
    this.#end(new RemoraError('session-ended', 'the session was closed'));
    this.#closing.abort();
    const answer = await this.#client.api({ action: 'close_session', sessionId: this.sessionId });
    if (answer.state !== 'SUCCEEDED' && !/^session not found/.test(answer.message ?? '')) {
      throw answerError(answer.state, answer.message);
    }
  }

  #ask(request: { action: 'async_exec' | 'interrupt_job'; command?: string }): Promise<ApiAnswer> {
    return this.#client.api({ ...request, sessionId: this.sessionId });
  }

  get #wanted(): boolean {
    return !this.#ended && (this.#starting > 0 || this.#runs.size > 0 || this.#listeners.size > 0);
  }

  /** Polls while anybody waits for results. */
  #pump(): void {
    if (this.#pumping || !this.#wanted) return;
    this.#pumping = true;
    void this.#poll()
      .catch((error: unknown) => this.#end(asRemoraError(error)))
      .finally(() => {
        this.#pumping = false;
        this.#pump();
      });
  }

  async #poll(): Promise<void> {
    while (this.#wanted) {
      const answer = await this.#client.api(
        { action: 'pull_results', sessionId: this.sessionId, consumerId: this.#consumerId },
        { signal: this.#closing.signal },
      );
      if (answer.state === 'SUCCEEDED') {
        for (const result of answer.body?.results ?? []) this.#dispatch(result);
      } else {
        const error = answerError(answer.state, answer.message);
        if (error.code !== 'consumer-expired') throw error;
        await this.#rejoin();
      }
    }
  }

  /** A consumer that nobody polled for minutes is gone, the session is not. */
  async #rejoin(): Promise<void> {
    const answer = await this.#client.api({ action: 'join_session', sessionId: this.sessionId });
    if (answer.state !== 'SUCCEEDED' || !answer.consumerId) throw answerError(answer.state, answer.message);
    this.#consumerId = answer.consumerId;
  }

  #dispatch(result: Result): void {
    const run = this.#runs.get(result.jobId ?? 0);
    if (run) {
      run.push(result);
      return;
    }
    if (this.#starting > 0) {
      this.#stash.push(result);
      if (this.#stash.length > STASH_LIMIT) this.#stash.shift();
      return;
    }
    if (allowsInput(result)) for (const inbox of this.#runs.values()) inbox.push(result);
    for (const listener of this.#listeners) listener.result?.(result);
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
    for (const inbox of this.#runs.values()) inbox.fail(error);
    for (const listener of this.#listeners) listener.ended?.(error);
  }
}

/** For a job that has begun and not sent its status this means: it went to the background. */
function allowsInput(result: Result): boolean {
  return result.type === 'input_status' && result.inputStatus === 'ALLOW_INPUT';
}

function asRemoraError(error: unknown): RemoraError {
  if (error instanceof RemoraError) return error;
  return new RemoraError('internal', error instanceof Error ? error.message : String(error), {
    cause: error,
  });
}
