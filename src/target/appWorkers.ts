import { probeScript } from '../probe/index.js';
import { appWorkerLimit, appWorkerWait } from './limits.js';
import type { Target } from './types.js';

/** How Node's inspector titles the probe's own Worker: it is never asked, since it is who asks. */
const PROBE_TITLE = /^\[worker \d+\] remora-probe$/;
/** Node tells of the workers one by one; when none has come for this long, that was all. */
const QUIET_MS = 15;

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

interface Attached {
  readonly sessionId: string;
  readonly title: string;
  readonly url: string;
}

/** Two at once would switch the domain off under each other. */
const turns = new WeakMap<Target, Promise<unknown>>();

/**
 * The application's worker threads and what each was doing (at most `frames`): one evaluation in each, which interrupts
 * JavaScript for a moment and pauses nothing. The NodeWorker domain is off again afterwards.
 */
export function appWorkers(target: Target, frames: number, signal?: AbortSignal): Promise<AppWorker[]> {
  const turn = (turns.get(target) ?? Promise.resolve())
    .catch(() => undefined)
    .then(() => enter(target, frames, signal));
  turns.set(target, turn);
  return turn;
}

async function enter(target: Target, frames: number, signal: AbortSignal | undefined): Promise<AppWorker[]> {
  signal?.throwIfAborted();
  const attached: Attached[] = [];
  const waiting = new Map<string, (message: string) => void>();
  const leave = [
    target.onCdp('NodeWorker.attachedToWorker', ({ sessionId, workerInfo }) => {
      const { title, url } = (workerInfo ?? {}) as Record<string, unknown>;
      if (typeof sessionId !== 'string' || typeof title !== 'string') return;
      if (attached.length < appWorkerLimit.value && !PROBE_TITLE.test(title)) {
        attached.push({ sessionId, title, url: typeof url === 'string' ? url : '' });
      }
    }),
    target.onCdp('NodeWorker.receivedMessageFromWorker', ({ sessionId, message }) => {
      waiting.get(String(sessionId))?.(String(message));
    }),
  ];
  try {
    await target.cdp('NodeWorker.enable', { waitForDebuggerOnStart: false }, { signal });
    for (let seen = -1; seen !== attached.length; ) {
      seen = attached.length;
      // Comes back behind the events that were on their way.
      await target.cdp('Runtime.getIsolateId', {}, { signal });
      await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    }
    return await Promise.all(attached.map((worker) => ask(target, worker, waiting, frames)));
  } finally {
    for (const off of leave) off();
    // Queued behind whatever the main thread does; not waited for, since that may be a long native call.
    target.cdp('NodeWorker.disable').catch(() => undefined);
  }
}

async function ask(
  target: Target,
  { sessionId, title, url }: Attached,
  waiting: Map<string, (message: string) => void>,
  frames: number,
): Promise<AppWorker> {
  const [, number = '', name = ''] = /^\[worker (\d+)\](?: (.*))?$/s.exec(title) ?? [];
  const worker = { threadId: number === '' ? -1 : Number(number), name: name.slice(0, 100), url };
  const answer = new Promise<string>((resolve) => {
    const timer = setTimeout(() => resolve(''), appWorkerWait.value);
    waiting.set(sessionId, (message) => {
      clearTimeout(timer);
      resolve(message);
    });
  });
  await target.cdp('NodeWorker.sendMessageToWorker', { sessionId, message: request(frames) });
  return { ...worker, ...readAnswer(await answer) };
}

function request(frames: number): string {
  const given = "typeof require==='function'?require:undefined";
  return JSON.stringify({
    id: 1,
    method: 'Runtime.evaluate',
    params: {
      expression: `(function(){${probeScript('look')};return remoraProbe.look(${given},${frames})})()`,
      includeCommandLineAPI: true,
      returnByValue: true,
      silent: true,
      timeout: appWorkerWait.value,
    },
  });
}

function readAnswer(message: string): { tid?: number; frames?: unknown } {
  let reply: { result?: { result?: { value?: { tid?: unknown; frames?: unknown } } } };
  try {
    reply = JSON.parse(message);
  } catch {
    return {};
  }
  const { tid, frames } = reply?.result?.result?.value ?? {};
  return { tid: Number.isSafeInteger(tid) && (tid as number) > 0 ? (tid as number) : undefined, frames };
}
