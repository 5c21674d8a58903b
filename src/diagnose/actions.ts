import { type Caller, errorText, RemoraError } from '../base/index.js';
import {
  type ArthasRequest,
  type ArthasResponse,
  normalAction,
  parseArthasRequest,
  RawJson,
} from '../wire/index.js';
import { Collector } from './collector.js';
import {
  ANOTHER_RUNNING,
  ANOTHER_STARTING,
  consumerNotFound,
  NOTHING_RUNNING,
  REQUIRED,
  sessionNotFound,
  TIME_EXPIRED,
  unknownAction,
} from './errors.js';
import type { Job } from './job.js';
import { launchFailure, prepareJob, shownLine, startJob, suspendForeground } from './launch.js';
import { lineLength } from './limits.js';
import { type Published, publish } from './published.js';
import type { Session } from './session.js';
import type { SessionStore } from './sessionStore.js';

export interface ActionContext {
  readonly caller: Caller;
  /**
   * Aborted when the client goes: an `exec` nobody can read any more is interrupted. Behind an object of its own, since
   * the request makes the signal only when somebody asks.
   */
  readonly abort: { readonly signal: AbortSignal };
  /** A label from the URL (wire/arthas.md 2.12), where the body has none. */
  readonly userId?: string;
}

type Handler = (
  store: SessionStore,
  session: Session,
  request: ArthasRequest,
  context: ActionContext,
) => ArthasResponse | Promise<ArthasResponse>;

/** Those that need a session; `init_session` and a one-time `exec` do not. */
const HANDLERS: Readonly<Record<string, Handler>> = {
  EXEC: exec,
  ASYNC_EXEC: asyncExec,
  INTERRUPT_JOB: interruptJob,
  SUSPEND_JOB: suspendJob,
  PULL_RESULTS: pullResults,
  JOIN_SESSION: joinSession,
  CLOSE_SESSION: closeSession,
  SESSION_INFO: sessionInfo,
};

/** Answers one request body; checks go in the order of wire/arthas.md 2.3. Never rejects. */
export async function answerRequest(
  store: SessionStore,
  body: Uint8Array,
  context: ActionContext,
): Promise<ArthasResponse> {
  let request: ArthasRequest;
  try {
    request = parseArthasRequest(body);
  } catch (error) {
    if (error instanceof RemoraError) return { state: 'FAILED', message: error.message };
    store.fault(error, 'request parser');
    return { state: 'FAILED', message: `Process request error: ${errorText(error)}` };
  }
  const response = await answer(store, request, context);
  return { ...response, requestId: request.requestId };
}

async function answer(
  store: SessionStore,
  request: ArthasRequest,
  context: ActionContext,
): Promise<ArthasResponse> {
  try {
    const action = normalAction(request.action);
    if (action === undefined) return failed(REQUIRED.action);
    if (action === 'INIT_SESSION') return await initSession(store, request, context);
    const handler = Object.hasOwn(HANDLERS, action) ? HANDLERS[action] : undefined;
    if (!handler) return failed(unknownAction(request.action ?? ''));
    if (request.sessionId === undefined) {
      return action === 'EXEC' ? await execOnce(store, request, context) : failed(REQUIRED.sessionId);
    }
    const session = store.session(request.sessionId);
    // A session that is ending can be read, and nothing else.
    if (!session || (session.ending !== undefined && handler !== pullResults)) {
      return failed(sessionNotFound(request.sessionId));
    }
    session.touch(request.userId ?? context.userId);
    return await handler(store, session, request, context);
  } catch (error) {
    if (error instanceof RemoraError) return failed(error.text);
    store.fault(error, `action ${request.action}`);
    return failed(`process http api request failed: ${errorText(error)}`);
  }
}

async function initSession(
  store: SessionStore,
  request: ArthasRequest,
  context: ActionContext,
): Promise<ArthasResponse> {
  const { session, consumer } = await store.openSession({
    userId: request.userId ?? context.userId,
    process: request.process,
    compat: request.compat,
  });
  return { state: 'SUCCEEDED', sessionId: session.sessionId, consumerId: consumer.id };
}

function joinSession(_store: SessionStore, session: Session): ArthasResponse {
  return { state: 'SUCCEEDED', sessionId: session.sessionId, consumerId: session.joinConsumer().id };
}

function closeSession(store: SessionStore, session: Session): ArthasResponse {
  store.closeSession(session);
  return { state: 'SUCCEEDED' };
}

function sessionInfo(_store: SessionStore, session: Session): ArthasResponse {
  const { sessionId, createTime, lastAccessTime } = session;
  return {
    state: 'SUCCEEDED',
    sessionId,
    body: { pid: session.target.known?.pid, createTime, lastAccessTime },
  };
}

async function pullResults(
  _store: SessionStore,
  session: Session,
  request: ArthasRequest,
  context: ActionContext,
): Promise<ArthasResponse> {
  const { consumerId } = request;
  if (consumerId === undefined) return failed(REQUIRED.consumerId);
  const consumer = session.consumer(consumerId);
  if (!consumer) return failed(consumerNotFound(consumerId));
  const results = await consumer.pull(context.abort.signal);
  return { state: 'SUCCEEDED', sessionId: session.sessionId, consumerId, body: { results: raw(results) } };
}

export async function interruptJob(_store: SessionStore, session: Session): Promise<ArthasResponse> {
  const job = session.foreground;
  if (!job) return failed(NOTHING_RUNNING);
  job.stop({ kind: 'interrupt' });
  await job.ended;
  return { state: 'SUCCEEDED', body: { jobId: job.jobId, jobStatus: job.status } };
}

/** Ctrl-Z; our own action. */
export function suspendJob(_store: SessionStore, session: Session): ArthasResponse {
  const job = suspendForeground(session);
  if ('why' in job) return failed(job.why);
  return { state: 'SUCCEEDED', body: { jobId: job.jobId, jobStatus: job.status } };
}

async function execOnce(
  store: SessionStore,
  request: ArthasRequest,
  context: ActionContext,
): Promise<ArthasResponse> {
  const session = store.openOneTime(request.compat);
  try {
    session.touch(request.userId ?? context.userId);
    return await exec(store, session, request, context);
  } finally {
    store.closeSession(session);
  }
}

async function exec(
  store: SessionStore,
  session: Session,
  request: ArthasRequest,
  context: ActionContext,
): Promise<ArthasResponse> {
  const collector = new Collector(session.likeReference, store.budget);
  let answered = false;
  // A job that was suspended goes on after its answer: then it is the session's.
  const emit = (result: Published) => (answered ? session.publish(result) : collector.add(result));
  const job = await newJob(store, session, request, context, emit);
  if (!isJob(job)) {
    return job.state === 'FAILED' ? { ...job, message: `Exec command failed:${job.message}` } : job;
  }
  startJob(session, job);
  const timeExpired = !(await endsWithin(job, request.execTimeout, context));
  answered = true;
  collector.release();
  return {
    state: timeExpired ? 'INTERRUPTED' : 'SUCCEEDED',
    message: timeExpired ? TIME_EXPIRED : undefined,
    sessionId: session.sessionId,
    body: {
      command: request.command,
      jobId: job.jobId,
      jobStatus: job.status,
      timeExpired,
      timeout: timeExpired ? request.execTimeout : undefined,
      results: raw(collector.results()),
    },
  };
}

export async function asyncExec(
  store: SessionStore,
  session: Session,
  request: ArthasRequest,
  context: ActionContext,
): Promise<ArthasResponse> {
  const command = request.command && shownLine(store, request.command.slice(0, lineLength.value));
  const job = await newJob(store, session, request, context, (result) => session.publish(result));
  if (!isJob(job)) {
    if (job.state !== 'FAILED') return job;
    const message = `Async exec command failed:${job.message}`;
    session.publish(publish(0, { type: 'command', state: 'FAILED', command, message }));
    return { ...job, message };
  }
  session.publish(publish(job.jobId, { type: 'command', state: 'SCHEDULED', command }));
  startJob(session, job);
  return {
    state: 'SCHEDULED',
    sessionId: session.sessionId,
    body: { command: request.command, jobId: job.jobId, jobStatus: 'READY' },
  };
}

/** A job in the session's foreground slot; or the answer that says why not. */
async function newJob(
  store: SessionStore,
  session: Session,
  request: ArthasRequest,
  context: ActionContext,
  emit: (result: Published) => void,
): Promise<Job | ArthasResponse> {
  const { sessionId } = session;
  const body = { command: request.command };
  if (session.starting) return { state: 'REFUSED', message: ANOTHER_STARTING, sessionId, body };
  if (session.foreground) return { state: 'REFUSED', message: ANOTHER_RUNNING, sessionId, body };
  session.starting = true;
  try {
    const { command: line, process } = request;
    return await prepareJob(store, session, { line, process, caller: context.caller, emit });
  } catch (error) {
    return { state: 'FAILED', message: launchFailure(error), sessionId, body };
  } finally {
    session.starting = false;
  }
}

/** False when the time was over first; the job is then interrupted and given its grace to end. */
async function endsWithin(job: Job, ms: number, context: ActionContext): Promise<boolean> {
  if (await job.endsAtOnce()) return true;
  const { signal } = context.abort;
  let expired = false;
  const interrupt = () => job.stop({ kind: 'interrupt' });
  const timer = setTimeout(() => {
    expired = true;
    interrupt();
  }, ms);
  signal.addEventListener('abort', interrupt, { once: true });
  if (signal.aborted) interrupt();
  await Promise.race([job.ended, job.whenSuspended()]);
  clearTimeout(timer);
  signal.removeEventListener('abort', interrupt);
  return !expired;
}

function isJob(made: Job | ArthasResponse): made is Job {
  return 'jobId' in made;
}

function raw(results: readonly Published[]): RawJson[] {
  return results.map((result) => new RawJson(result.json));
}

function failed(message: string): ArthasResponse {
  return { state: 'FAILED', message };
}
