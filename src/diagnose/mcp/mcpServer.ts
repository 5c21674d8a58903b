import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Caller, counters } from '../../base/index.js';
import { CallRate } from './callRate.js';
import {
  badAccept,
  mcpSessionNotFound,
  noSessionHeader,
  notReplayable,
  tooManyMcpSessions,
} from './errors.js';
import { streamOf } from './eventLog.js';
import { mcpResume, mcpSessionIdle, mcpSessions } from './limits.js';
import { McpSession } from './mcpSession.js';
import { type McpSettings, mcpCaller } from './settings.js';
import { asJson, sendWebResponse, webRequest } from './webBridge.js';

const SWEEP_MS = 15_000;
/** A session that was not used for so long may give way to a new one. */
const GIVES_WAY_MS = 5000;
const SESSION_HEADER = 'mcp-session-id';
const EVENT_HEADER = 'last-event-id';

/** The sessions of `/mcp`, and the way of a request to its own. */
export class McpServer {
  private readonly sessions = new Map<string, McpSession>();
  private readonly rate: CallRate;
  private readonly sweeper: NodeJS.Timeout;
  private readonly removeGauge: () => void;
  /** Calls whose client has gone, by session: it may come back. */
  private readonly leaving = new Map<McpSession, Set<() => void>>();

  constructor(private readonly settings: McpSettings) {
    this.rate = new CallRate(settings.store.clock);
    this.sweeper = setInterval(() => this.sweep(), SWEEP_MS);
    this.sweeper.unref();
    this.removeGauge = counters.gauge('mcp.sessions', 'open MCP sessions', () => this.sessions.size);
  }

  /**
   * Answers one request; `body` is the parsed JSON of a POST. Resolves when the answer is over.
   * @throws RemoraError with the status that http knows for its code.
   */
  async serve(
    request: IncomingMessage,
    response: ServerResponse,
    asked: Caller,
    body: unknown,
  ): Promise<void> {
    checkAccept(request);
    const caller = mcpCaller(asked, this.settings);
    const header = request.headers[SESSION_HEADER];
    const starts = request.method === 'POST' && header === undefined && isInitialize(body);
    const session = starts ? this.open(caller) : this.find(header, caller);
    session.lastUsed = this.settings.store.clock.now();
    const lastEvent = request.headers[EVENT_HEADER];
    if (request.method === 'GET' && lastEvent !== undefined) {
      if (!session.events.has(String(lastEvent))) throw notReplayable();
      // We may not know yet that the client lost its connection, and a stream has one reader.
      await session.streams.get(streamOf(String(lastEvent)))?.();
      this.cameBack(session);
    }
    // A stream that was taken up again stands for the calls of the one that was lost.
    const resumed = lastEvent === undefined ? undefined : session.readers.get(streamOf(String(lastEvent)));
    const gone = resumed ?? new AbortController();
    const forget = this.watchFor(session, response, gone);
    session.open += 1;
    try {
      const answer = await session.handle(webRequest(request), { caller, gone: gone.signal }, body);
      if (starts && answer.status !== 200) await session.close();
      const whole = await this.send(session, starts ? await asJson(answer) : answer, response, gone);
      if (whole) forget();
    } finally {
      session.open -= 1;
      session.lastUsed = this.settings.store.clock.now();
    }
  }

  /** Ends idle sessions. Runs by itself every 15 s. */
  sweep(): void {
    this.rate.sweep();
    for (const session of this.sessions.values()) {
      session.sweep();
      if (!session.busy && session.idleMs >= mcpSessionIdle.value * 1000) void session.close();
    }
  }

  get size(): number {
    return this.sessions.size;
  }

  async close(): Promise<void> {
    clearInterval(this.sweeper);
    this.removeGauge();
    await Promise.all([...this.sessions.values()].map((session) => session.close()));
  }

  private async send(
    session: McpSession,
    answer: Response,
    response: ServerResponse,
    gone: AbortController,
  ): Promise<boolean> {
    let stream: string | undefined;
    const sent: Promise<boolean> = sendWebResponse(answer, response, (eventId) => {
      stream = streamOf(eventId);
      session.streams.set(stream, cut);
      session.readers.set(stream, gone);
    });
    const cut = async (): Promise<void> => {
      response.destroy();
      await sent;
    };
    const whole = await sent;
    if (stream !== undefined && session.streams.get(stream) === cut) session.streams.delete(stream);
    if (whole && stream !== undefined) session.readers.delete(stream);
    return whole;
  }

  private open(caller: Caller): McpSession {
    if (this.sessions.size >= mcpSessions.value) this.makeRoom();
    const session = new McpSession(this.settings, caller, this.rate, (ended) => {
      this.sessions.delete(ended.id);
      this.cameBack(ended);
    });
    this.sessions.set(session.id, session);
    return session;
  }

  private makeRoom(): void {
    const idle = [...this.sessions.values()].filter(({ busy, idleMs }) => !busy && idleMs >= GIVES_WAY_MS);
    const [oldest] = idle.sort((a, b) => b.idleMs - a.idleMs);
    if (!oldest) throw tooManyMcpSessions(mcpSessions.value, mcpSessions.name);
    void oldest.close();
  }

  /** A session of somebody else is not there. */
  private find(header: string | string[] | undefined, caller: Caller): McpSession {
    if (header === undefined) throw noSessionHeader();
    const session = this.sessions.get(String(header));
    const isOwn = session?.owner.user === caller.user && session.owner.kind === caller.kind;
    if (!session || !isOwn) throw mcpSessionNotFound();
    return session;
  }

  /**
   * A client that closes its connection has not cancelled (it may come back for the rest); one that stays away has nobody
   * left to read. Returns what stops the watch.
   */
  private watchFor(session: McpSession, response: ServerResponse, gone: AbortController): () => void {
    let timer: NodeJS.Timeout | undefined;
    const back = (): void => {
      clearTimeout(timer);
      this.leaving.get(session)?.delete(back);
    };
    const left = (): void => {
      timer = setTimeout(() => {
        back();
        session.lost(gone);
      }, mcpResume.value * 1000);
      const others = this.leaving.get(session) ?? new Set();
      this.leaving.set(session, others.add(back));
    };
    response.once('close', left);
    return () => {
      response.off('close', left);
      back();
    };
  }

  private cameBack(session: McpSession): void {
    for (const back of this.leaving.get(session) ?? []) back();
    this.leaving.delete(session);
  }
}

function checkAccept(request: IncomingMessage): void {
  const accept = request.headers.accept ?? '';
  if (request.method === 'DELETE') return;
  const needed = request.method === 'GET' ? ['text/event-stream'] : ['application/json', 'text/event-stream'];
  if (!needed.every((type) => accept.includes(type))) throw badAccept(needed);
}

function isInitialize(body: unknown): boolean {
  const messages = Array.isArray(body) ? body : [body];
  return messages.some((each) => (each as { method?: unknown } | null)?.method === 'initialize');
}
