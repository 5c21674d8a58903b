import type { CallToolResult, Task } from '@modelcontextprotocol/server';
import { uuid } from '../../base/index.js';
import type { Clock } from '../clock.js';
import { badCursor, taskHasEnded, taskNotFound, tooManyTasks } from './errors.js';
import { mcpTasks, mcpTasksKept, mcpTaskTime, mcpToolsPage } from './limits.js';

/** What a task does: it runs until it ends, its time is over, or the signal aborts. */
export type TaskWork = (task: {
  readonly taskId: string;
  readonly signal: AbortSignal;
  /** Milliseconds after which it is to end by itself. */
  readonly runMs: number;
  /** For `statusMessage`. */
  say(message: string): void;
}) => Promise<CallToolResult>;

interface Entry {
  task: Task;
  readonly controller: AbortController;
  readonly done: Promise<CallToolResult>;
  readonly expires: number;
}

/** How often a client should ask, milliseconds. */
const POLL_MS = 1000;
/** A task that is still running is ended so long before its time to live is over, so that its result can be fetched. */
const LAST_FETCH_MS = 60_000;
const LAST_FETCH_SHARE = 0.1;

/** The tasks of one MCP session (protocol revision 2025-11-25). */
export class TaskTable {
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly clock: Clock,
    /** Called when a task has ended. */
    private readonly onEnd: (task: Task) => void,
  ) {}

  get busy(): boolean {
    return this.running > 0;
  }

  /**
   * Starts one. `ttl`: milliseconds that the client asks for.
   * @throws RemoraError `too-many-tasks`.
   */
  create(ttl: number | undefined, work: TaskWork): Task {
    this.sweep();
    if (this.running >= mcpTasks.value) throw tooManyTasks(mcpTasks.value, mcpTasks.name);
    while (this.entries.size >= mcpTasksKept.value && this.dropOldest()) {}
    const most = mcpTaskTime.value * 1000;
    const life = Math.floor(Math.min(Math.max(ttl ?? most, 1000), most));
    const runMs = life - Math.min(LAST_FETCH_MS, life * LAST_FETCH_SHARE);
    const now = this.clock.now();
    const time = new Date(now).toISOString();
    const taskId = uuid();
    const controller = new AbortController();
    const task: Task = {
      taskId,
      status: 'working',
      ttl: life,
      createdAt: time,
      lastUpdatedAt: time,
      pollInterval: POLL_MS,
    };
    const say = (statusMessage: string): void => this.change(taskId, { statusMessage });
    const done = work({ taskId, signal: controller.signal, runMs, say }).then((result) => {
      this.ended(taskId, result);
      return result;
    });
    // Whoever asks for the result hears of a fault; nobody need ask.
    done.catch((error: unknown) => this.faulted(taskId, error));
    this.entries.set(taskId, { task, controller, done, expires: now + life });
    return task;
  }

  /** @throws RemoraError `task-not-found`. */
  get(taskId: string): Task {
    return this.entry(taskId).task;
  }

  /** @throws RemoraError `bad-cursor`. */
  list(cursor: string | undefined): { tasks: Task[]; nextCursor?: string } {
    this.sweep();
    const tasks = [...this.entries.values()].map(({ task }) => task);
    const { page, nextCursor } = pageOf(tasks, cursor);
    return { tasks: page, ...(nextCursor === undefined ? {} : { nextCursor }) };
  }

  /** Waits for its end. Rejects with RemoraError `task-not-found`, or when the signal aborts. */
  result(taskId: string, signal: AbortSignal): Promise<CallToolResult> {
    const { done } = this.entry(taskId);
    return new Promise((resolve, reject) => {
      const leave = (): void => reject(signal.reason);
      signal.addEventListener('abort', leave, { once: true });
      if (signal.aborted) leave();
      done.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
    });
  }

  /**
   * Ends a task; resolves when what it had put into the process has been taken out.
   * @throws RemoraError `task-not-found`, `task-has-ended`.
   */
  async cancel(taskId: string): Promise<Task> {
    const { task, controller, done } = this.entry(taskId);
    if (task.status !== 'working') throw taskHasEnded(taskId, task.status);
    this.change(taskId, { status: 'cancelled', statusMessage: 'cancelled' });
    controller.abort();
    await done.catch(() => {});
    return this.entries.get(taskId)?.task ?? task;
  }

  /** Ends and forgets tasks whose time to live is over. */
  sweep(): void {
    const now = this.clock.now();
    for (const [taskId, { expires, controller }] of this.entries) {
      if (now < expires) continue;
      controller.abort();
      this.entries.delete(taskId);
    }
  }

  close(): void {
    for (const { controller } of this.entries.values()) controller.abort();
    this.entries.clear();
  }

  private get running(): number {
    return [...this.entries.values()].filter(({ task }) => task.status === 'working').length;
  }

  private entry(taskId: string): Entry {
    this.sweep();
    const entry = this.entries.get(taskId);
    if (!entry) throw taskNotFound(taskId);
    return entry;
  }

  private ended(taskId: string, result: CallToolResult): void {
    const { message, error } = (result.structuredContent ?? {}) as { message?: string; error?: string };
    const cancelled = this.entries.get(taskId)?.task.status === 'cancelled';
    const status = result.isError === true ? 'failed' : 'completed';
    // The text of an error may be the process's own: it stands in the result, marked.
    const statusMessage = message ?? (error === undefined ? status : 'failed: the result says why');
    this.change(taskId, cancelled ? { statusMessage } : { status, statusMessage });
    const task = this.entries.get(taskId)?.task;
    if (task) this.onEnd(task);
  }

  private faulted(taskId: string, _error: unknown): void {
    this.change(taskId, { status: 'failed', statusMessage: 'a fault of ours; the log has more' });
    const task = this.entries.get(taskId)?.task;
    if (task) this.onEnd(task);
  }

  private change(taskId: string, news: Partial<Task>): void {
    const entry = this.entries.get(taskId);
    if (!entry) return;
    entry.task = { ...entry.task, ...news, lastUpdatedAt: new Date(this.clock.now()).toISOString() };
  }

  private dropOldest(): boolean {
    for (const [taskId, { task }] of this.entries) {
      if (task.status === 'working') continue;
      return this.entries.delete(taskId);
    }
    return false;
  }
}

/** A page of a list; a cursor is the number of what came before. */
export function pageOf<T>(
  list: readonly T[],
  cursor: string | undefined,
): { page: T[]; nextCursor: string | undefined } {
  const from = cursor === undefined ? 0 : Number(/^\d{1,9}$/.test(cursor) ? cursor : Number.NaN);
  if (!(from < list.length || from === 0)) throw badCursor(cursor ?? '');
  const to = from + Math.max(1, mcpToolsPage.value);
  return { page: list.slice(from, to), nextCursor: to < list.length ? String(to) : undefined };
}
