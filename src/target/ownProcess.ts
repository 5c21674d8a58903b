import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { type InspectorNotification, Session } from 'node:inspector';
import { errorText, PRODUCT } from '../base/index.js';
import { targetErrors } from './errors.js';
import { readProcess } from './find/index.js';
import { callTimeout } from './limits.js';
import type { CallOptions, CdpParams, Lease, ProcessInfo, Target } from './types.js';

interface FilePiece {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
}

let own: Promise<OwnProcess> | undefined;

/** This very process, as far as it can be looked at like a target: its inspector domains and its files, no probe. */
export function ownProcess(): Promise<Target> {
  own ??= readOwn();
  return own;
}

async function readOwn(): Promise<OwnProcess> {
  const info = await readProcess(process.pid, { ownPids: new Set([process.pid]), attachedPids: new Set() });
  return new OwnProcess({ ...(info ?? plainInfo()), name: PRODUCT });
}

/** Where /proc tells nothing of us: a binary that is not called node. */
function plainInfo(): ProcessInfo {
  const uptimeMs = Math.round(process.uptime() * 1000);
  return {
    pid: process.pid,
    startTicks: 0,
    startTime: Date.now() - uptimeMs,
    uid: process.getuid?.() ?? -1,
    user: '',
    name: PRODUCT,
    command: process.argv,
    cwd: process.cwd(),
    exe: process.execPath,
    nodeVersion: process.versions.node,
    uptimeMs,
    cpuPercent: 0,
    rssBytes: process.memoryUsage.rss(),
    inspector: { state: 'closed' },
    attachable: false,
    own: true,
    attached: false,
  };
}

/** Its inspector session lives while a lease is held: the end of the session undoes what was turned on in it. */
class OwnProcess implements Target {
  readonly process: ProcessInfo;
  readonly channel = 'cdp';
  readonly notices: readonly string[] = [];
  readonly closed = new AbortController().signal;
  readonly attachedAt = Date.now();
  readonly #leases = new Map<object, string>();
  #session: Session | undefined;

  constructor(info: ProcessInfo) {
    this.process = info;
  }

  get holders(): readonly string[] {
    return [...this.#leases.values()];
  }

  async cdp<T>(method: string, params: CdpParams = {}, options: CallOptions = {}): Promise<T> {
    options.signal?.throwIfAborted();
    const session = this.#connected();
    const ms = options.timeoutMs ?? callTimeout.value;
    return await new Promise<T>((resolve, reject) => {
      // Our own thread answers at once, unless the session ends under the request.
      const timer = setTimeout(() => reject(targetErrors.timeout(method, ms)), ms);
      timer.unref();
      session.post(method, params, (error, result) => {
        clearTimeout(timer);
        if (error) reject(targetErrors.probe('cdp-error', errorText(error)));
        else resolve(result as T);
      });
    });
  }

  onCdp(method: string, listener: (params: Record<string, unknown>) => void): () => void {
    const session = this.#connected();
    const hear = ({ params }: InspectorNotification<object>): void =>
      listener(params as Record<string, unknown>);
    session.on(method, hear);
    return () => session.off(method, hear);
  }

  main<T>(fn: string): Promise<T> {
    return Promise.reject(targetErrors.needsWorker(fn));
  }

  async worker<T>(fn: string, params?: unknown): Promise<T> {
    if (fn !== 'readFile') throw targetErrors.needsWorker(fn);
    return readPiece(params as FilePiece) as T;
  }

  onEvent(): () => void {
    return () => undefined;
  }

  lease(holder: string): Lease {
    const key = {};
    this.#leases.set(key, holder);
    return {
      release: () => {
        if (this.#leases.delete(key) && this.#leases.size === 0) this.#disconnect();
      },
    };
  }

  async letGo(): Promise<void> {
    this.#disconnect();
  }

  #connected(): Session {
    if (!this.#session) {
      this.#session = new Session();
      this.#session.connect();
    }
    return this.#session;
  }

  #disconnect(): void {
    this.#session?.disconnect();
    this.#session = undefined;
  }
}

/** What the probe's `readFile` answers. */
function readPiece({ path, offset, length }: FilePiece): { text: string; size: number; end: number } {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw new Error(`${path} is not a regular file`);
    const buffer = Buffer.alloc(Math.max(0, Math.min(length, stat.size - offset)));
    const bytes = readSync(fd, buffer, 0, buffer.length, offset);
    return { text: buffer.toString('utf8', 0, bytes), size: stat.size, end: offset + bytes };
  } finally {
    closeSync(fd);
  }
}
