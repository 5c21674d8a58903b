import type { Channel } from './channel/channel.js';
import { targetErrors } from './errors.js';
import { linger } from './limits.js';
import type { CallOptions, CdpParams, ChannelKind, Lease, ProcessInfo, Target } from './types.js';

/** A process while it is attached: leases, linger, and the channel. */
export class AttachedTarget implements Target {
  readonly process: ProcessInfo;
  readonly channel: ChannelKind;
  readonly notices: readonly string[];
  readonly attachedAt = Date.now();
  readonly #channel: Channel;
  readonly #closed = new AbortController();
  readonly #leases = new Map<object, string>();
  readonly #cdpListeners = new Map<string, Set<(params: Record<string, unknown>) => void>>();
  readonly #eventListeners = new Map<string, Set<(data: unknown) => void>>();
  #lingerTimer: NodeJS.Timeout | undefined;
  #ending: Promise<void> | undefined;
  #reason = '';

  constructor(process: ProcessInfo, channel: Channel, notices: readonly string[]) {
    this.process = { ...process, attached: true };
    this.channel = channel.kind;
    this.notices = notices;
    this.#channel = channel;
    channel.onCdp((method, params) => {
      for (const listener of this.#cdpListeners.get(method) ?? []) listener(params);
    });
    channel.onEvent((event, data) => {
      for (const listener of this.#eventListeners.get(event) ?? []) listener(data);
    });
    channel.onClose((reason) => this.#close(this.#reason || reason));
    this.#armLinger();
  }

  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  get holders(): readonly string[] {
    return [...this.#leases.values()];
  }

  async cdp<T = Record<string, unknown>>(
    method: string,
    params?: CdpParams,
    options?: CallOptions,
  ): Promise<T> {
    this.#refuseWhenClosed();
    return (await this.#channel.cdp(method, params ?? {}, options)) as T;
  }

  async main<T>(fn: string, params?: unknown, options?: CallOptions): Promise<T> {
    this.#refuseWhenClosed();
    return (await this.#channel.main(fn, params ?? null, options)) as T;
  }

  async worker<T>(fn: string, params?: unknown, options?: CallOptions): Promise<T> {
    this.#refuseWhenClosed();
    return (await this.#channel.worker(fn, params ?? null, options)) as T;
  }

  onCdp(method: string, listener: (params: Record<string, unknown>) => void): () => void {
    return subscribe(this.#cdpListeners, method, listener);
  }

  onEvent(name: string, listener: (data: unknown) => void): () => void {
    return subscribe(this.#eventListeners, name, listener);
  }

  lease(holder: string): Lease {
    this.#refuseWhenClosed();
    clearTimeout(this.#lingerTimer);
    const key = {};
    this.#leases.set(key, holder);
    return {
      release: () => {
        if (this.#leases.delete(key) && this.#leases.size === 0) this.#armLinger();
      },
    };
  }

  letGo(reason: string): Promise<void> {
    this.#ending ??= this.#end(reason);
    return this.#ending;
  }

  async #end(reason: string): Promise<void> {
    this.#reason = reason;
    clearTimeout(this.#lingerTimer);
    await this.#channel.end();
    this.#close(reason);
  }

  #armLinger(): void {
    clearTimeout(this.#lingerTimer);
    if (this.#closed.signal.aborted) return;
    this.#lingerTimer = setTimeout(() => {
      void this.letGo(`nobody used it for ${linger.value} s`);
    }, linger.value * 1000);
    this.#lingerTimer.unref();
  }

  #close(reason: string): void {
    clearTimeout(this.#lingerTimer);
    if (!this.#closed.signal.aborted) this.#closed.abort(targetErrors.letGo(this.process.pid, reason));
  }

  #refuseWhenClosed(): void {
    if (this.#closed.signal.aborted) throw this.#closed.signal.reason as Error;
    if (this.#ending) throw targetErrors.letGo(this.process.pid, this.#reason);
  }
}

function subscribe<L>(listeners: Map<string, Set<L>>, key: string, listener: L): () => void {
  let set = listeners.get(key);
  if (!set) {
    set = new Set();
    listeners.set(key, set);
  }
  set.add(listener);
  return () => {
    set.delete(listener);
    if (set.size === 0) listeners.delete(key);
  };
}
