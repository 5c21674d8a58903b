import { type Caller, RemoraError } from '../../base/index.js';
import { asyncExec, interruptJob, suspendJob } from '../actions.js';
import type { Result } from '../command.js';
import { type Completion, complete } from '../complete.js';
import type { Consumer } from '../consumer.js';
import { launchFailureText } from '../errors.js';
import { streamHeartbeat } from '../limits.js';
import type { Session } from '../session.js';
import type { SessionStore } from '../sessionStore.js';
import type { ShellSession } from '../shell/index.js';

const NEVER = { signal: new AbortController().signal };

/** A session of this very agent, for a shell. */
export class LocalSession implements ShellSession {
  constructor(
    private readonly store: SessionStore,
    private readonly session: Session,
    private readonly consumer: Consumer,
    private readonly caller: Caller,
  ) {}

  async *results(signal: AbortSignal): AsyncGenerator<Result, void, void> {
    const ticket = this.consumer.takeStream();
    try {
      while (!signal.aborted) {
        const next = await this.consumer.streamNext(ticket, streamHeartbeat.value, signal);
        if (typeof next === 'string') return;
        this.session.touch(undefined);
        // Read as a client reads it, so that the text is the same on both sides of the wire.
        for (const { result } of next) yield JSON.parse(result.json) as Result;
      }
    } finally {
      this.consumer.leaveStream(ticket);
    }
  }

  async start(line: string): Promise<unknown> {
    const { store, session, caller } = this;
    const request = { action: 'ASYNC_EXEC', command: line, execTimeout: 0, sessionId: session.sessionId };
    const { state, message, body } = await asyncExec(store, session, request, { caller, abort: NEVER });
    if (state !== 'SCHEDULED') throw new RemoraError('command-failed', launchFailureText(message ?? state));
    return (body as { readonly jobId?: number } | undefined)?.jobId;
  }

  async interrupt(): Promise<boolean> {
    return (await interruptJob(this.store, this.session)).state === 'SUCCEEDED';
  }

  async suspend(): Promise<boolean> {
    return suspendJob(this.store, this.session).state === 'SUCCEEDED';
  }

  complete(line: string): Promise<Completion> {
    const { sessionId } = this.session;
    return complete(this.store, { line, cursor: line.length, sessionId }, this.session.callerOf(this.caller));
  }
}
