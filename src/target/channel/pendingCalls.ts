import { targetErrors } from '../errors.js';
import { callTimeout } from '../limits.js';
import type { CallOptions } from '../types.js';

interface Pending {
  readonly what: string;
  resolve(value: unknown): void;
  reject(error: Error): void;
  readonly timer: NodeJS.Timeout;
}

/** Requests that wait for their answer, each with a time limit and an abort. */
export class PendingCalls {
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #closed: Error | undefined;

  /** Registers a call and hands its id to `send`. */
  start(what: string, options: CallOptions | undefined, send: (id: number) => void): Promise<unknown> {
    if (this.#closed) return Promise.reject(this.#closed);
    const id = this.#nextId++;
    const ms = options?.timeoutMs ?? callTimeout.value;
    return new Promise((resolve, reject) => {
      const signal = options?.signal;
      const settle = (finish: () => void): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        this.#pending.delete(id);
        finish();
      };
      const onAbort = (): void => settle(() => reject(targetErrors.aborted()));
      const timer = setTimeout(() => settle(() => reject(targetErrors.timeout(what, ms))), ms);
      this.#pending.set(id, {
        what,
        timer,
        resolve: (value) => settle(() => resolve(value)),
        reject: (error) => settle(() => reject(error)),
      });
      if (signal?.aborted) return onAbort();
      signal?.addEventListener('abort', onAbort, { once: true });
      send(id);
    });
  }

  resolve(id: number, value: unknown): void {
    this.#pending.get(id)?.resolve(value);
  }

  reject(id: number, error: Error): void {
    this.#pending.get(id)?.reject(error);
  }

  /** Fails all that wait and all that come. */
  close(error: Error): void {
    this.#closed ??= error;
    for (const pending of [...this.#pending.values()]) pending.reject(this.#closed);
  }
}
