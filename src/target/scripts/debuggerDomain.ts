import type { Lease, Target } from '../types.js';
import { debuggerLinger } from './limits.js';

const ENABLE_TIMEOUT_MS = 60_000;
const domains = new WeakMap<Target, DebuggerDomain>();

/** The debugger domain of a target: one for all who need it. */
export function debuggerOf(target: Target): DebuggerDomain {
  let domain = domains.get(target);
  if (!domain) {
    domain = new DebuggerDomain(target);
    domains.set(target, domain);
  }
  return domain;
}

/**
 * V8's debugger domain, turned on with the first use and off a while after the last: on a large program turning it on
 * takes most of a second, keeping it on nothing that could be measured. It never pauses by itself.
 */
export class DebuggerDomain {
  readonly #target: Target;
  readonly #beforeEnable: (() => void)[] = [];
  #uses = 0;
  #enabled: Promise<void> | undefined;
  #off: NodeJS.Timeout | undefined;
  #enableMs = 0;

  constructor(target: Target) {
    this.#target = target;
    target.closed.addEventListener('abort', () => {
      clearTimeout(this.#off);
      this.#enabled = undefined;
    });
  }

  /** How long turning it on took the last time, in milliseconds. */
  get enableMs(): number {
    return this.#enableMs;
  }

  get isOn(): boolean {
    return this.#enabled !== undefined;
  }

  /** Called each time before it is turned on, so that events can be listened for. */
  onEnable(listener: () => void): void {
    this.#beforeEnable.push(listener);
  }

  /**
   * Resolves when the domain is on, and keeps it on until the lease is released.
   * @throws RemoraError of the target
   */
  async use(): Promise<Lease> {
    clearTimeout(this.#off);
    this.#uses += 1;
    try {
      this.#enabled ??= this.#enable();
      await this.#enabled;
    } catch (error) {
      this.#enabled = undefined;
      this.#uses -= 1;
      throw error;
    }
    let released = false;
    return {
      release: () => {
        if (released) return;
        released = true;
        this.#uses -= 1;
        if (this.#uses === 0) this.#armOff();
      },
    };
  }

  async #enable(): Promise<void> {
    for (const listener of this.#beforeEnable) listener();
    const started = performance.now();
    await this.#target.cdp('Debugger.enable', {}, { timeoutMs: ENABLE_TIMEOUT_MS });
    this.#enableMs = performance.now() - started;
  }

  #armOff(): void {
    clearTimeout(this.#off);
    if (this.#target.closed.aborted) return;
    this.#off = setTimeout(() => {
      if (this.#uses > 0) return;
      this.#enabled = undefined;
      this.#target.cdp('Debugger.disable').catch(() => undefined);
    }, debuggerLinger.value * 1000);
    this.#off.unref();
  }
}
