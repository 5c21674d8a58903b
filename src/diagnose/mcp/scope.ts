import type { Session } from '../session.js';
import { tooManyCalls } from './errors.js';
import { mcpCalls, mcpProcesses, mcpProcessIdle } from './limits.js';
import type { McpSettings } from './settings.js';

/**
 * What one MCP client has on this agent: a quiet diagnosis session for each process that it named, so that the process
 * stays attached between calls and calls for different processes cannot meet, and the calls that run.
 */
export class Scope {
  private readonly held = new Map<string | undefined, Session>();
  private readonly inUse = new Map<Session, number>();
  private readonly running = new Set<AbortController>();
  private plainCalls = 0;
  private closed = false;

  constructor(
    readonly settings: McpSettings,
    private readonly user: string,
  ) {}

  get busy(): boolean {
    return this.running.size > 0;
  }

  /**
   * Runs `work` in the session of the process, with a signal that aborts on `cancel` and when the scope is closed.
   * `plain`: counts towards the limit of calls.
   * @throws RemoraError where there are too many calls or sessions.
   */
  async use<T>(
    process: string | undefined,
    cancel: readonly AbortSignal[],
    plain: boolean,
    work: (session: Session, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    if (plain && this.plainCalls >= mcpCalls.value) throw tooManyCalls(mcpCalls.value, mcpCalls.name);
    const session = this.sessionFor(process);
    const controller = new AbortController();
    const abort = (): void => controller.abort();
    for (const signal of cancel) {
      signal.addEventListener('abort', abort, { once: true });
      if (signal.aborted) abort();
    }
    if (this.closed) abort();
    this.running.add(controller);
    this.inUse.set(session, (this.inUse.get(session) ?? 0) + 1);
    if (plain) this.plainCalls += 1;
    try {
      return await work(session, controller.signal);
    } finally {
      for (const signal of cancel) signal.removeEventListener('abort', abort);
      this.running.delete(controller);
      if (plain) this.plainCalls -= 1;
      this.left(session);
    }
  }

  /** Lets go of processes that were not named for the limit `mcp-process-idle`. */
  sweep(): void {
    for (const session of this.held.values()) {
      if (!this.inUse.has(session) && session.idleMs >= mcpProcessIdle.value * 1000) this.release(session);
    }
  }

  /** Ends all calls; each lets go of its process when it has ended. */
  close(): void {
    this.closed = true;
    for (const controller of this.running) controller.abort();
    for (const session of this.held.values()) if (!this.inUse.has(session)) this.release(session);
  }

  private sessionFor(process: string | undefined): Session {
    const { store } = this.settings;
    const held = this.held.get(process);
    // `stop` ends a session from inside.
    if (held && store.session(held.sessionId) === held && held.ending === undefined) {
      this.held.delete(process);
      this.held.set(process, held);
      return held;
    }
    this.held.delete(process);
    if (this.held.size >= mcpProcesses.value) {
      const oldest = [...this.held.values()].find((session) => !this.inUse.has(session));
      if (oldest) this.release(oldest);
    }
    const session = store.openQuiet(this.user);
    this.held.set(process, session);
    return session;
  }

  private left(session: Session): void {
    const users = (this.inUse.get(session) ?? 1) - 1;
    if (users > 0) {
      this.inUse.set(session, users);
      return;
    }
    this.inUse.delete(session);
    if (this.closed || ![...this.held.values()].includes(session)) this.release(session);
  }

  private release(session: Session): void {
    for (const [process, held] of this.held) if (held === session) this.held.delete(process);
    this.settings.store.closeSession(session);
  }
}
