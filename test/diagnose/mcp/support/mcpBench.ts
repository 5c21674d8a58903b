import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { createLog, type Risk, setLimit } from '../../../../src/base/index.js';
import {
  COMMANDS,
  type Command,
  type CommandEvent,
  diagnoseRoutes,
  type McpSettings,
  mcpApi,
  SessionStore,
  type TargetService,
} from '../../../../src/diagnose/index.js';
import { createHttp } from '../../../../src/http/index.js';
import { TEST_COMMANDS } from '../../support/commands.js';
import { BookTargets, processInfo } from '../../support/targets.js';

export interface TestLike {
  after(fn: () => Promise<void> | void): void;
}

export interface McpBenchOptions extends Partial<Pick<McpSettings, 'role' | 'allowChange'>> {
  readonly targets?: TargetService;
  readonly allow?: readonly Risk[];
  readonly commands?: readonly Command[];
}

export interface Connected {
  readonly client: Client;
  readonly transport: StreamableHTTPClientTransport;
}

/** A tool result as this test reads it. */
export interface ToolAnswer {
  readonly command: string;
  readonly success: boolean;
  readonly status: string;
  readonly error?: string;
  readonly warning?: string;
  readonly message?: string;
  readonly timedOut: boolean;
  readonly timeout?: true;
  readonly cancelled?: true;
  readonly sessionId: string;
  readonly resultCount: number;
  readonly untrusted: string;
  readonly results: { readonly type: string; readonly [field: string]: unknown }[];
}

export const TOKENS = [
  { name: 'vera', role: 'viewer', secret: 'viewer-secret' },
  { name: 'oleg', role: 'operator', secret: 'operator-secret' },
  { name: 'anna', role: 'admin', secret: 'admin-secret' },
] as const;

/** `/mcp` and `/api` behind a real HTTP server with its gate: this user on loopback, and three tokens. */
export class McpBench {
  readonly clock = { offset: 0, now: () => Date.now() + this.clock.offset };
  readonly events: CommandEvent[] = [];
  readonly faults: unknown[] = [];
  readonly book = new BookTargets([processInfo(4242, 'shop'), processInfo(4343, 'closed')]);
  store!: SessionStore;
  url = '';
  close: () => Promise<void> = async () => {};

  static async start(t: TestLike, options: McpBenchOptions = {}): Promise<McpBench> {
    const bench = new McpBench();
    const { targets = bench.book, allow, role = 'viewer', allowChange = false } = options;
    bench.store = new SessionStore({
      targets,
      version: '1.2.3',
      commands: options.commands ?? [...COMMANDS, ...TEST_COMMANDS],
      clock: bench.clock,
      allow,
      onCommand: (event) => bench.events.push(event),
      onFault: (error) => bench.faults.push(error),
    });
    const api = mcpApi({ store: bench.store, version: '1.2.3', role, allowChange });
    const http = await createHttp({
      routes: [...diagnoseRoutes(bench.store), ...api.routes],
      listeners: [{ kind: 'tcp', host: '127.0.0.1', port: 0, required: true }],
      trust: 'uid',
      tokens: TOKENS,
      log: createLog({ level: 'silent' }),
    });
    const [address] = http.addresses;
    bench.url = address?.kind === 'tcp' ? `${address.url}/mcp` : '';
    bench.close = async () => {
      await api.close();
      await bench.store.close();
      await http.close(0);
    };
    t.after(() => bench.close());
    return bench;
  }

  /** The SDK's own client. Without a secret it is this user on loopback. */
  async connect(t: TestLike, secret?: string): Promise<Connected> {
    const client = new Client({ name: 'a test', version: '1.0' });
    const headers = secret === undefined ? undefined : { authorization: `Bearer ${secret}` };
    const transport = new StreamableHTTPClientTransport(new URL(this.url), { requestInit: { headers } });
    await client.connect(transport);
    t.after(() => client.close());
    return { client, transport };
  }

  /** A request by hand. */
  post(body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(this.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...headers,
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  /** A session by hand: its header. */
  async initialize(headers: Record<string, string> = {}): Promise<Record<string, string>> {
    const answer = await this.post(INITIALIZE, headers);
    await answer.text();
    const own = { ...headers, 'mcp-session-id': answer.headers.get('mcp-session-id') ?? '' };
    await (await this.post({ jsonrpc: '2.0', method: 'notifications/initialized' }, own)).text();
    return own;
  }
}

export const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'by hand', version: '1' },
  },
};

export async function callTool(
  client: Client,
  name: string,
  args: Record<string, unknown> = {},
  options: Parameters<Client['callTool']>[1] = {},
): Promise<ToolAnswer> {
  const { structuredContent } = await client.callTool({ name, arguments: args }, options);
  return structuredContent as unknown as ToolAnswer;
}

/** The messages of a stream of events. */
export function messagesOf(events: string): Record<string, unknown>[] {
  return events
    .split('\n')
    .filter((line) => line.startsWith('data: ') && line.length > 6)
    .map((line) => JSON.parse(line.slice(6)) as Record<string, unknown>);
}

/** Sets a limit until the test is over. */
export function withLimit(t: TestLike, name: string, value: number, before: number): void {
  setLimit(`${name}=${value}`);
  t.after(() => setLimit(`${name}=${before}`));
}
