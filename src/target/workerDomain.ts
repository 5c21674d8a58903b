import { PendingCalls } from './channel/pendingCalls.js';
import { targetErrors } from './errors.js';
import { appWorkerLimit } from './limits.js';
import type { CallOptions, Target } from './types.js';

/** How Node's inspector titles the probe's own Worker: it is never asked, since it is who asks. */
const PROBE_TITLE = /^\[worker \d+\] remora-probe$/;
/** Node tells of the workers one by one; when none has come for this long, that was all. */
const QUIET_MS = 15;

/** A worker thread of the application, as Node's inspector reaches it through the main thread. */
export class WorkerSession {
  readonly sessionId: string;
  readonly title: string;
  readonly url: string;
  readonly #send: (message: string) => Promise<unknown>;
  readonly #calls = new PendingCalls();
  readonly #closed = new AbortController();

  constructor(
    facts: { sessionId: string; title: string; url: string },
    send: (message: string) => Promise<unknown>,
  ) {
    this.sessionId = facts.sessionId;
    this.title = facts.title;
    this.url = facts.url;
    this.#send = send;
  }

  /** Aborted when the thread has ended, or nobody uses the domain any more. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** One request to the inspector of the thread. @throws RemoraError */
  cdp<T = Record<string, unknown>>(method: string, params: object = {}, options?: CallOptions): Promise<T> {
    return this.#calls.start(method, options, (id) => {
      this.#send(JSON.stringify({ id, method, params })).catch((error: Error) =>
        this.#calls.reject(id, error),
      );
    }) as Promise<T>;
  }

  /** What it said: anything. */
  take(message: string): void {
    let reply: { id?: unknown; result?: unknown; error?: { code?: unknown; message?: unknown } } | null;
    try {
      reply = JSON.parse(message);
    } catch {
      return;
    }
    if (typeof reply?.id !== 'number') return;
    if (reply.error) {
      this.#calls.reject(reply.id, targetErrors.probe('probe-error', String(reply.error.message)));
    } else this.#calls.resolve(reply.id, reply.result);
  }

  close(reason: Error): void {
    this.#calls.close(reason);
    this.#closed.abort(reason);
  }
}

const domains = new WeakMap<Target, WorkerDomain>();

/** Node's NodeWorker domain of one target, which all who want its workers share: it is on while one of them does. */
export class WorkerDomain {
  readonly #target: Target;
  readonly #sessions = new Map<string, WorkerSession>();
  #users = 0;
  #ready: Promise<void> | undefined;
  #leave: (() => void)[] = [];

  private constructor(target: Target) {
    this.#target = target;
  }

  static of(target: Target): WorkerDomain {
    let domain = domains.get(target);
    if (!domain) {
      domain = new WorkerDomain(target);
      domains.set(target, domain);
    }
    return domain;
  }

  /** Those that run now; the domain stays on until `release`. */
  async acquire(signal?: AbortSignal): Promise<readonly WorkerSession[]> {
    signal?.throwIfAborted();
    this.#users += 1;
    try {
      this.#ready ??= this.#enable();
      await this.#ready;
      signal?.throwIfAborted();
      return [...this.#sessions.values()];
    } catch (error) {
      this.release();
      throw error;
    }
  }

  release(): void {
    this.#users -= 1;
    if (this.#users > 0) return;
    this.#ready = undefined;
    for (const leave of this.#leave.splice(0)) leave();
    this.#drop(targetErrors.aborted());
    // Queued behind whatever the main thread does; not waited for, since that may be a long native call.
    if (!this.#target.closed.aborted) this.#target.cdp('NodeWorker.disable').catch(() => undefined);
  }

  async #enable(): Promise<void> {
    const target = this.#target;
    const onClosed = (): void => this.#drop(target.closed.reason as Error);
    target.closed.addEventListener('abort', onClosed, { once: true });
    this.#leave = [
      () => target.closed.removeEventListener('abort', onClosed),
      target.onCdp('NodeWorker.attachedToWorker', ({ sessionId, workerInfo }) => {
        const { title, url } = (workerInfo ?? {}) as Record<string, unknown>;
        if (typeof sessionId !== 'string' || typeof title !== 'string' || PROBE_TITLE.test(title)) return;
        if (this.#sessions.size >= appWorkerLimit.value) return;
        const facts = { sessionId, title, url: typeof url === 'string' ? url : '' };
        const send = (message: string): Promise<unknown> =>
          target.cdp('NodeWorker.sendMessageToWorker', { sessionId, message });
        this.#sessions.set(sessionId, new WorkerSession(facts, send));
      }),
      target.onCdp('NodeWorker.detachedFromWorker', ({ sessionId }) => {
        const session = this.#sessions.get(String(sessionId));
        this.#sessions.delete(String(sessionId));
        session?.close(targetErrors.probe('worker-ended', `${session.title} has ended`));
      }),
      target.onCdp('NodeWorker.receivedMessageFromWorker', ({ sessionId, message }) => {
        this.#sessions.get(String(sessionId))?.take(String(message));
      }),
    ];
    await target.cdp('NodeWorker.enable', { waitForDebuggerOnStart: false });
    for (let seen = -1; seen !== this.#sessions.size; ) {
      seen = this.#sessions.size;
      // Comes back behind the events that were on their way.
      await target.cdp('Runtime.getIsolateId');
      await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    }
  }

  #drop(reason: Error): void {
    for (const session of this.#sessions.values()) session.close(reason);
    this.#sessions.clear();
  }
}

/** `[worker 3] name` → its number (-1 when the title does not tell) and the name that the program gave it. */
export function workerTitle(title: string): { readonly threadId: number; readonly name: string } {
  const [, number = '', name = ''] = /^\[worker (\d+)\](?: (.*))?$/s.exec(title) ?? [];
  return { threadId: number === '' ? -1 : Number(number), name: name.slice(0, 100) };
}
