import type { Caller } from '../../base/index.js';
import { Collector } from '../collector.js';
import type { Command } from '../command.js';
import { prepareJob } from '../launch.js';
import type { Published } from '../published.js';
import type { Session } from '../session.js';
import type { SessionStore } from '../sessionStore.js';
import type { BoundCall } from './bindArguments.js';

export interface CallWish {
  readonly store: SessionStore;
  /** A session without readers that works on the call's process. */
  readonly session: Session;
  readonly command: Command;
  readonly call: BoundCall;
  readonly caller: Caller;
  /** What the client calls itself. */
  readonly client: string | undefined;
  /** After this time the command is ended. */
  readonly waitMs: number;
  /** Cancelled, or nobody is left who asked. */
  readonly signal: AbortSignal;
  /** A result came. */
  onResult?(published: Published): void;
}

export interface CallEnd {
  readonly results: readonly Published[];
  readonly jobId: number;
  readonly statusCode: number;
  /** Why not, for a status code other than 0. */
  readonly message: string | undefined;
  readonly timedOut: boolean;
  readonly cancelled: boolean;
}

/**
 * Runs a command until it ends, its time is over, or it is cancelled; however it ends, what it put into the process is
 * taken out before this resolves.
 *
 * @throws RemoraError when it may not be run, or its process is not found.
 */
export async function runCall(wish: CallWish): Promise<CallEnd> {
  const { store, session, command, call, signal } = wish;
  const collector = new Collector(false, store.budget);
  let message: string | undefined;
  session.touch(undefined);
  const job = await prepareJob(store, session, {
    line: call.line,
    typed: { command, args: call.args },
    via: { protocol: 'mcp', client: wish.client },
    caller: wish.caller,
    process: call.process,
    emit: (published) => {
      collector.add(published);
      if (published.type === 'status') message = (JSON.parse(published.json) as { message?: string }).message;
      else wish.onResult?.(published);
    },
  });
  let timedOut = false;
  const interrupt = (): void => job.stop({ kind: 'interrupt' });
  const timer = setTimeout(() => {
    timedOut = true;
    interrupt();
  }, wish.waitMs);
  signal.addEventListener('abort', interrupt, { once: true });
  if (signal.aborted) interrupt();
  // Not in the session's foreground: calls of one session run side by side.
  job.start();
  await job.ended;
  clearTimeout(timer);
  signal.removeEventListener('abort', interrupt);
  session.touch(undefined);
  const results = collector.results();
  collector.release();
  const statusCode = job.statusCode ?? 1;
  return { results, jobId: job.jobId, statusCode, message, timedOut, cancelled: signal.aborted };
}
