import type { MainThread } from './mainThread.js';

/**
 * The sessions that Node keeps to worker threads of the application on our behalf. They outlive ours, and with them a
 * profiler that runs in one: neither the end of our session nor `NodeWorker.disable` ends them, on any version.
 */
export class AppSessions {
  readonly #main: MainThread;
  readonly #ids = new Set<string>();

  constructor(main: MainThread) {
    this.#main = main;
    main.onEvent((method, params) => {
      const { sessionId } = params as { sessionId?: unknown };
      if (typeof sessionId !== 'string') return;
      if (method === 'NodeWorker.attachedToWorker') this.#ids.add(sessionId);
      else if (method === 'NodeWorker.detachedFromWorker') this.#ids.delete(sessionId);
    });
  }

  /** Ends them all, and what runs in them. Never rejects. */
  async detach(): Promise<void> {
    const ids = Array.from(this.#ids);
    this.#ids.clear();
    await Promise.all(
      ids.map((sessionId) => this.#main.post('NodeWorker.detach', { sessionId }).catch(() => {})),
    );
  }
}
