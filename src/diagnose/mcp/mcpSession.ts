import {
  type CallToolResult,
  ProtocolError,
  ProtocolErrorCode,
  Server,
  type ServerContext,
  type Task,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server';
import { type Caller, PRODUCT, PRODUCT_TITLE, RemoraError, uuid } from '../../base/index.js';
import type { Published } from '../published.js';
import type { CallRate } from './callRate.js';
import {
  type AdmittedCall,
  admitCall,
  auditRefusal,
  refusedTool,
  runTool,
  type ToolCaller,
} from './callTool.js';
import { EventLog } from './eventLog.js';
import { instructions } from './instructions.js';
import { Progress, type ProgressNews } from './progress.js';
import { promptList, promptText } from './prompts.js';
import { Scope } from './scope.js';
import type { McpSettings } from './settings.js';
import { LIST_PARAMS, TASK_PARAMS } from './taskParams.js';
import { pageOf, TaskTable, type TaskWork } from './taskTable.js';
import { isOffered, toolOf } from './tool.js';

/** One HTTP request with its caller, and whether its client is still there. */
export interface Exchange {
  readonly caller: Caller;
  /** Aborts when the client has gone and did not come back. */
  readonly gone: AbortSignal;
}

type Notify = (notification: { method: string; params: Record<string, unknown> }) => Promise<void>;

const RELATED_TASK = 'io.modelcontextprotocol/related-task';
const CLIENT_CHARACTERS = 100;

/** One MCP client: protocol state of the SDK, the calls and tasks that it has running, the processes that it holds. */
export class McpSession {
  readonly id = uuid();
  readonly events = new EventLog();
  readonly transport: WebStandardStreamableHTTPServerTransport;
  readonly scope: Scope;
  readonly tasks: TaskTable;
  /** Requests that are being answered. */
  open = 0;
  /** What cuts a stream that is being sent, by the stream's name; resolves when that is done. */
  readonly streams = new Map<string, () => Promise<void>>();
  /** Who aborts when nobody is left to read a stream, by its name. */
  readonly readers = new Map<string, AbortController>();
  lastUsed: number;
  private readonly server: Server;
  private readonly exchanges = new WeakMap<Request, Exchange>();
  private closed = false;

  constructor(
    private readonly settings: McpSettings,
    readonly owner: Caller,
    private readonly rate: CallRate,
    private readonly onClose: (session: McpSession) => void,
  ) {
    const { clock } = settings.store;
    this.lastUsed = clock.now();
    this.scope = new Scope(settings, owner.user);
    this.tasks = new TaskTable(clock, (task) => this.tellTask(task));
    this.transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => this.id,
      eventStore: this.events,
      onsessionclosed: () => this.close(),
    });
    this.server = this.makeServer();
  }

  /** Answers one request whose body was read. */
  async handle(request: Request, exchange: Exchange, body: unknown): Promise<Response> {
    if (this.server.transport === undefined) await this.server.connect(this.transport);
    this.exchanges.set(request, exchange);
    return this.transport.handleRequest(request, body === undefined ? {} : { parsedBody: body });
  }

  /** Nobody came back to read: ends the calls of that request. */
  lost(gone: AbortController): void {
    for (const [stream, reader] of this.readers) if (reader === gone) this.readers.delete(stream);
    gone.abort();
  }

  get busy(): boolean {
    return this.open > 0 || this.scope.busy || this.tasks.busy;
  }

  get idleMs(): number {
    return this.settings.store.clock.now() - this.lastUsed;
  }

  sweep(): void {
    this.tasks.sweep();
    this.scope.sweep();
  }

  /** Ends its calls and tasks, lets go of its processes, closes its streams. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.tasks.close();
    this.scope.close();
    this.onClose(this);
    await this.server.close();
    await this.transport.close();
  }

  private makeServer(): Server {
    const server = new Server(
      { name: PRODUCT, title: PRODUCT_TITLE, version: this.settings.version },
      {
        capabilities: {
          tools: {},
          prompts: {},
          logging: {},
          tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } },
        },
        instructions: instructions(this.settings, this.owner),
      },
    );
    server.onerror = () => {};
    server.setRequestHandler('tools/list', (request, context) =>
      this.guard(() => this.listTools(request.params?.cursor, this.callerOf(context))),
    );
    server.setRequestHandler('tools/call', (request, context) =>
      this.guard(() => this.callTool(request.params as CallParams, context)),
    );
    server.setRequestHandler('prompts/list', () => ({ prompts: promptList() }));
    server.setRequestHandler('prompts/get', ({ params }) =>
      this.guard(() => promptText(params.name, params.arguments?.process)),
    );
    this.addTasks(server);
    return server;
  }

  private addTasks(server: Server): void {
    server.setRequestHandler('tasks/get', TASK_PARAMS, ({ taskId }) =>
      this.guard(() => this.tasks.get(taskId)),
    );
    server.setRequestHandler('tasks/list', LIST_PARAMS, ({ cursor }) =>
      this.guard(() => this.tasks.list(cursor)),
    );
    server.setRequestHandler('tasks/cancel', TASK_PARAMS, ({ taskId }) =>
      this.guard(() => this.tasks.cancel(taskId)),
    );
    server.setRequestHandler('tasks/result', TASK_PARAMS, ({ taskId }, context) =>
      this.guard(async () => {
        const result = await this.tasks.result(taskId, context.mcpReq.signal);
        return { ...result, _meta: { ...result._meta, [RELATED_TASK]: { taskId } } };
      }),
    );
  }

  private listTools(cursor: string | undefined, caller: Caller) {
    const { store, allowChange } = this.settings;
    const rights = { allow: store.allow, allowChange };
    const offered = store.registry.all.filter((command) => isOffered(command, rights));
    const { page, nextCursor } = pageOf(offered, cursor);
    return { tools: page.map((command) => toolOf(command, rights, caller)), nextCursor };
  }

  private async callTool(params: CallParams, context: ServerContext): Promise<CallToolResult> {
    const { name, arguments: input = {}, task } = params;
    const who = this.toolCaller(context);
    let admitted: AdmittedCall;
    try {
      admitted = admitCall(this.settings, who, name, input);
    } catch (error) {
      // An unknown name is an error of the protocol; all else is for the model to read and to act upon.
      if (!(error instanceof RemoraError) || error.code === 'unknown-tool') throw error;
      return refusedTool(this.settings, name, error);
    }
    if (task !== undefined) return this.startTask(admitted, who, task.ttl, context);
    const { notify } = context.mcpReq;
    const { waitMs } = admitted.call;
    const progress = this.progressOf(context, waitMs, notify as Notify, undefined);
    try {
      return await runTool(this.settings, who, admitted, {
        waitMs,
        cancel: [context.mcpReq.signal, this.exchangeOf(context).gone],
        plain: true,
        onResult: (published) => {
          progress?.add();
          this.log(published, name, context);
        },
      });
    } finally {
      progress?.end();
    }
  }

  /** The answer says that it runs; the rest goes by tasks/get, tasks/result and the session's own stream. */
  private startTask(
    admitted: AdmittedCall,
    who: ToolCaller,
    ttl: number | undefined,
    context: ServerContext,
  ): CallToolResult {
    const { name } = admitted.command;
    const created = this.makeTask(admitted, who, ttl, async ({ taskId, signal, runMs, say }) => {
      // Not before the client knows the task.
      await new Promise((resolve) => setImmediate(resolve));
      const notify: Notify = (notification) => this.server.notification(notification);
      const progress = this.progressOf(context, runMs, notify, taskId);
      let results = 0;
      try {
        return await runTool(this.settings, who, admitted, {
          waitMs: runMs,
          cancel: [signal],
          plain: false,
          onResult: () => {
            progress?.add();
            results += 1;
            say(`${results} result(s) so far`);
          },
        });
      } finally {
        progress?.end();
      }
    });
    // A result of tools/call has content, which a client that does not know tasks shows.
    const text = `${name} runs as task ${created.taskId}: tasks/get tells how far it is, tasks/result its result.`;
    return { content: [{ type: 'text', text }], task: created };
  }

  private makeTask(admitted: AdmittedCall, who: ToolCaller, ttl: number | undefined, work: TaskWork): Task {
    try {
      return this.tasks.create(ttl, work);
    } catch (error) {
      const { command, call, risk } = admitted;
      const what = { command, name: command.name, line: call.line, risk };
      if (error instanceof RemoraError) auditRefusal(this.settings, who, what, error);
      throw error;
    }
  }

  private progressOf(
    context: ServerContext,
    totalMs: number,
    notify: Notify,
    taskId: string | undefined,
  ): Progress | undefined {
    const progressToken = context.mcpReq._meta?.progressToken;
    if (progressToken === undefined) return undefined;
    const related = taskId === undefined ? {} : { _meta: { [RELATED_TASK]: { taskId } } };
    return new Progress(totalMs, (news: ProgressNews) => {
      const params = { progressToken, ...news, ...related };
      notify({ method: 'notifications/progress', params }).catch(() => {});
    });
  }

  /** What a command says of itself while it runs (`message`, `dropped`), for those who set a log level. */
  private log(published: Published, tool: string, context: ServerContext): void {
    if (published.type !== 'message' && published.type !== 'dropped') return;
    const { message, count, reason } = JSON.parse(published.json) as Record<string, unknown>;
    const level = published.type === 'dropped' ? 'warning' : 'info';
    const data = {
      tool,
      untrusted: true,
      message: message ?? `${count} results were lost: ${reason ?? 'too many'}`,
    };
    context.mcpReq.log(level, data, PRODUCT).catch(() => {});
  }

  private tellTask(task: Task): void {
    if (this.closed) return;
    this.server.notification({ method: 'notifications/tasks/status', params: { ...task } }).catch(() => {});
  }

  private toolCaller(context: ServerContext): ToolCaller {
    const claimed = this.server.getClientVersion();
    const client = claimed && `${claimed.name} ${claimed.version}`.slice(0, CLIENT_CHARACTERS);
    return { caller: this.callerOf(context), client, scope: this.scope, rate: this.rate };
  }

  private callerOf(context: ServerContext): Caller {
    return this.exchangeOf(context).caller;
  }

  private exchangeOf(context: ServerContext): Exchange {
    const exchange = context.http?.req && this.exchanges.get(context.http.req);
    if (!exchange) throw new Error('an MCP request came by another way than HTTP');
    return exchange;
  }

  /** Errors that clients may see, and a word in place of those that are ours. */
  private async guard<T>(work: () => T | Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof RemoraError) {
        const { code, hint } = error;
        throw new ProtocolError(ProtocolErrorCode.InvalidParams, error.text, { code, hint });
      }
      this.settings.store.fault(error, 'mcp');
      const text = `A fault in ${PRODUCT_TITLE} itself; its log has more`;
      throw new ProtocolError(ProtocolErrorCode.InternalError, text);
    }
  }
}

interface CallParams {
  readonly name: string;
  readonly arguments?: Record<string, unknown>;
  /** The caller wants a task (revision 2025-11-25). */
  readonly task?: { readonly ttl?: number };
}
