import { probeScript } from '../probe/index.js';
import { appWorkerWait } from './limits.js';
import type { Target } from './types.js';
import { WorkerDomain, type WorkerSession, workerTitle } from './workerDomain.js';

/** A worker thread of the application. */
export interface AppWorker {
  /** `threadId` of node:worker_threads; -1 when Node's title does not tell. */
  readonly threadId: number;
  /** As the program named it, '' when it did not. */
  readonly name: string;
  readonly url: string;
  /** Its OS thread in the target's own pid namespace; undefined when it did not answer: native code, or just ending. */
  readonly tid?: number;
  /** What it was doing, as the probe tells frames; undefined like `tid`. Comes from the target: anything. */
  readonly frames?: unknown;
}

/**
 * The application's worker threads and what each was doing (at most `frames`): one evaluation in each, which interrupts
 * JavaScript for a moment and pauses nothing. The NodeWorker domain is off again afterwards, unless others use it.
 */
export async function appWorkers(target: Target, frames: number, signal?: AbortSignal): Promise<AppWorker[]> {
  const domain = WorkerDomain.of(target);
  const sessions = await domain.acquire(signal);
  try {
    return await Promise.all(sessions.map((session) => ask(session, frames)));
  } finally {
    domain.release();
  }
}

async function ask(session: WorkerSession, frames: number): Promise<AppWorker> {
  const given = "typeof require==='function'?require:undefined";
  const params = {
    expression: `(function(){${probeScript('look')};return remoraProbe.look(${given},${frames})})()`,
    includeCommandLineAPI: true,
    returnByValue: true,
    silent: true,
    timeout: appWorkerWait.value,
  };
  const answer = await session
    .cdp('Runtime.evaluate', params, { timeoutMs: appWorkerWait.value })
    .catch(() => undefined);
  return { ...workerTitle(session.title), url: session.url, ...readAnswer(answer) };
}

function readAnswer(answer: unknown): { tid?: number; frames?: unknown } {
  const { tid, frames } =
    (answer as { result?: { value?: { tid?: unknown; frames?: unknown } } } | undefined)?.result?.value ?? {};
  return { tid: Number.isSafeInteger(tid) && (tid as number) > 0 ? (tid as number) : undefined, frames };
}
