import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import WebSocket from 'ws';
import type { Role } from '../../../src/base/index.js';
import {
  COMMANDS,
  type CommandEvent,
  diagnoseAliases,
  diagnoseRoutes,
  OutputFolder,
  outputRoutes,
  SessionStore,
  type SessionStoreOptions,
} from '../../../src/diagnose/index.js';
import { type HttpOptions, tokenOwners } from '../../../src/http/index.js';
import { scratch, start } from '../../http/support.js';
import { eventually } from '../../support/index.js';
import { TEST_COMMANDS } from './commands.js';
import { BookTargets, processInfo } from './targets.js';

export const TOKENS = (['viewer', 'operator', 'admin'] as const).map((role) => ({
  name: `the-${role}`,
  role,
  secret: `${role}-secret-secret`,
}));

export function bearer(role: Role): Record<string, string> {
  return { authorization: `Bearer ${TOKENS.find((token) => token.role === role)?.secret}` };
}

/** A store behind the real HTTP face, with every route, gate and alias an agent has. */
export interface Wired {
  readonly store: SessionStore;
  readonly port: number;
  readonly output: OutputFolder;
  readonly events: CommandEvent[];
  readonly faults: unknown[];
  /** POST /api as an admin. */
  call(request: Record<string, unknown>, role?: Role): Promise<Record<string, unknown>>;
  /** A session whose first consumer has read nothing. */
  session(): Promise<{ sessionId: string; consumerId: string }>;
}

export async function wired(
  t: TestContext,
  { http = {}, ...options }: Partial<SessionStoreOptions> & { http?: Partial<HttpOptions> } = {},
): Promise<Wired> {
  const place = join(scratch(t), 'output');
  const output = new OutputFolder(() => place);
  const events: CommandEvent[] = [];
  const faults: unknown[] = [];
  const allow = ['read', 'observe', 'change'] as const;
  const store = new SessionStore({
    targets: new BookTargets([processInfo(4242, 'shop')]),
    version: '1.2.3',
    commands: [...COMMANDS, ...TEST_COMMANDS],
    allow,
    output,
    identify: tokenOwners(TOKENS),
    onCommand: (event) => events.push(event),
    onFault: (error) => faults.push(error),
    ...options,
  });
  const routes = [...diagnoseRoutes(store), ...outputRoutes({ folder: output, allow })];
  const { port } = await start(
    t,
    { trust: 'token', tokens: TOKENS, aliases: diagnoseAliases, ...http },
    routes,
  );
  t.after(() => store.close());
  const call: Wired['call'] = async (request, role = 'admin') => {
    const answer = await fetch(`http://127.0.0.1:${port}/api`, {
      method: 'POST',
      headers: bearer(role),
      body: JSON.stringify(request),
    });
    return (await answer.json()) as Record<string, unknown>;
  };
  return {
    store,
    port,
    output,
    events,
    faults,
    call,
    session: async () => {
      const { sessionId, consumerId } = await call({ action: 'init_session' });
      return { sessionId: String(sessionId), consumerId: String(consumerId) };
    },
  };
}

/** A client of `/ws` that speaks the frames of the reference's console, and gathers what its screen would show. */
export class ConsoleClient {
  readonly socket: WebSocket;
  raw = '';
  closed: { code: number; reason: string } | undefined;
  private mark = 0;

  constructor(
    t: TestContext,
    port: number,
    { path = '/ws', headers = bearer('admin') }: { path?: string; headers?: Record<string, string> } = {},
  ) {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers });
    this.socket.on('message', (data, isBinary) => {
      if (isBinary) throw new Error('a terminal sends text');
      this.raw += String(data);
    });
    this.socket.on('close', (code, reason) => {
      this.closed = { code, reason: String(reason) };
    });
    this.socket.on('error', () => undefined);
    t.after(() => this.socket.terminate());
  }

  /** Without control sequences. */
  get text(): string {
    return stripVTControlCharacters(this.raw).replaceAll('\r', '');
  }

  async opened(): Promise<this> {
    await eventually(() => this.socket.readyState === this.socket.OPEN, { what: 'the terminal to open' });
    return this;
  }

  send(frame: unknown): void {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  type(data: string): void {
    this.send({ action: 'read', data });
  }

  /** Resolves when the text stands behind what was seen before; the next one is looked for behind that. */
  async sees(wanted: string | RegExp, timeoutMs = 15_000): Promise<string> {
    let found = '';
    await eventually(
      () => {
        const text = this.text.slice(this.mark);
        const at = typeof wanted === 'string' ? text.indexOf(wanted) : text.search(wanted);
        if (at < 0) return false;
        found = typeof wanted === 'string' ? wanted : (wanted.exec(text)?.[0] ?? '');
        this.mark += at + found.length;
        return true;
      },
      { timeoutMs, what: `${wanted} on the terminal`, intervalMs: 10 },
    ).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.text.slice(-3000)}`);
    });
    return found;
  }

  async prompt(): Promise<void> {
    await this.sees(/\[arthas@[\d-]+\]\$ /);
  }

  /** Runs a line to its end; resolves with what was shown. */
  async run(line: string): Promise<string> {
    const from = this.text.length;
    this.type(`${line}\r`);
    await this.sees(line);
    await this.prompt();
    return this.text.slice(from);
  }

  async ended(): Promise<{ code: number; reason: string }> {
    return await eventually(() => this.closed, { what: 'the end of the terminal', timeoutMs: 20_000 });
  }
}

/** The status of a handshake that is refused, and its body. */
export function refusedHandshake(
  port: number,
  path: string,
  headers: Record<string, string>,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers });
    socket.on('open', () => {
      socket.terminate();
      reject(new Error('the handshake was accepted'));
    });
    socket.on('error', () => undefined);
    socket.on('unexpected-response', (_request, response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
  });
}

export { sleep };
