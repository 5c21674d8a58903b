import type { MainThread } from './mainThread.js';

type Reply = Record<string, unknown>;

/**
 * V8's debugger domain, which the agent and our own instruments share: there is one session. It is on while either of
 * them wants it. Turning it off takes every breakpoint away, so the agent's wish alone must not do it.
 */
export class DebuggerDomain {
  readonly #main: MainThread;
  readonly #onAgain: (() => Promise<void>)[] = [];
  #agent = false;
  #holds = 0;
  #enabled: Promise<Reply> | undefined;

  constructor(main: MainThread) {
    this.#main = main;
  }

  /** Called after it had to be turned off and on again: breakpoints have to be set anew. */
  onAgain(listener: () => Promise<void>): void {
    this.#onAgain.push(listener);
  }

  /** A request of the agent's. */
  async forAgent(method: string, params: object, timeoutMs?: number): Promise<Reply> {
    if (method === 'Debugger.enable') {
      const again = this.#holds > 0 && !this.#agent;
      this.#agent = true;
      // Only a domain that is turned on reports the scripts that are there.
      if (again) await this.#main.post('Debugger.disable', {});
      const reply = await this.#main.post(method, params, timeoutMs);
      if (again) for (const listener of this.#onAgain) await listener();
      return reply;
    }
    if (method === 'Debugger.disable') {
      this.#agent = false;
      if (this.#holds > 0) return {};
      this.#enabled = undefined;
    }
    return await this.#main.post(method, params, timeoutMs);
  }

  /** Resolves when it is on; it stays on until `release`. */
  async hold(): Promise<void> {
    this.#holds += 1;
    try {
      if (this.#agent) return;
      this.#enabled ??= this.#main.post('Debugger.enable', {});
      await this.#enabled;
    } catch (error) {
      this.#enabled = undefined;
      this.#holds -= 1;
      throw error;
    }
  }

  async release(): Promise<void> {
    this.#holds -= 1;
    if (this.#holds > 0 || this.#agent) return;
    this.#enabled = undefined;
    await this.#main.post('Debugger.disable', {}).catch(() => undefined);
  }
}
