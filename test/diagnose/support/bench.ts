import type { Caller, Role } from '../../../src/base/index.js';
import {
  COMMANDS,
  type CommandEvent,
  diagnoseRoutes,
  SessionStore,
  type SessionStoreOptions,
} from '../../../src/diagnose/index.js';
import { TEST_COMMANDS } from './commands.js';
import { serve } from './server.js';
import { BookTargets, processInfo } from './targets.js';

export interface WireResult {
  readonly type: string;
  readonly jobId: number;
  readonly [field: string]: unknown;
}

export interface WireAnswer {
  readonly state: string;
  readonly message?: string;
  readonly requestId?: string;
  readonly sessionId?: string;
  readonly consumerId?: string;
  readonly body?: {
    readonly command?: string;
    readonly jobId?: number;
    readonly jobStatus?: string;
    readonly timeExpired?: boolean;
    readonly timeout?: number;
    readonly results?: WireResult[];
    readonly pid?: number;
    readonly createTime?: number;
    readonly lastAccessTime?: number;
  };
}

/** A store behind a real HTTP server, with a clock and a role that tests can turn. */
export class Bench {
  readonly clock = { offset: 0, now: () => Date.now() + this.clock.offset };
  readonly events: CommandEvent[] = [];
  readonly faults: unknown[] = [];
  readonly targets = new BookTargets([processInfo(4242, 'shop'), processInfo(4343, 'closed')]);
  role: Role = 'admin';
  user = 'uid:1000';
  store!: SessionStore;
  url = '';
  private stop: () => Promise<void> = async () => {};

  static async start(options: Partial<SessionStoreOptions> = {}): Promise<Bench> {
    const bench = new Bench();
    bench.store = new SessionStore({
      targets: bench.targets,
      version: '1.2.3',
      commands: [...COMMANDS, ...TEST_COMMANDS],
      clock: bench.clock,
      onCommand: (event) => bench.events.push(event),
      onFault: (error) => bench.faults.push(error),
      ...options,
    });
    const server = await serve(diagnoseRoutes(bench.store), () => bench.caller);
    bench.url = `${server.url}/api`;
    bench.stop = server.close;
    return bench;
  }

  get caller(): Caller {
    return { kind: 'uid', user: this.user, role: this.role, address: '127.0.0.1:1' };
  }

  async post(body: string): Promise<Response> {
    return fetch(this.url, { method: 'POST', body });
  }

  async call(request: Record<string, unknown>): Promise<WireAnswer> {
    return (await (await this.post(JSON.stringify(request))).json()) as WireAnswer;
  }

  exec(command: string, more: Record<string, unknown> = {}): Promise<WireAnswer> {
    return this.call({ action: 'exec', command, ...more });
  }

  /** A session whose greeting was read. */
  async session(more: Record<string, unknown> = {}): Promise<{ sessionId: string; consumerId: string }> {
    const { sessionId = '', consumerId = '' } = await this.call({ action: 'init_session', ...more });
    await this.call({ action: 'pull_results', sessionId, consumerId });
    return { sessionId, consumerId };
  }

  async pull(ids: { sessionId: string; consumerId: string }): Promise<WireResult[]> {
    return (await this.call({ action: 'pull_results', ...ids })).body?.results ?? [];
  }

  /** Pulls until a result fits; gives all that were read. */
  async pullUntil(
    ids: { sessionId: string; consumerId: string },
    fits: (result: WireResult) => boolean,
  ): Promise<WireResult[]> {
    const read: WireResult[] = [];
    for (let polls = 0; polls < 200 && !read.some(fits); polls++) read.push(...(await this.pull(ids)));
    return read;
  }

  async close(): Promise<void> {
    await this.store.close();
    await this.stop();
  }
}

/** Ids and times differ from run to run; where they stand does not. */
export function types(results: readonly WireResult[] | undefined): string[] {
  return (results ?? []).map((result) => result.type);
}

/** The first result of a type; the test fails when there is none. */
export function resultOf(answer: WireAnswer, type: string): WireResult {
  const found = answer.body?.results?.find((result) => result.type === type);
  if (!found) throw new Error(`no ${type} in ${JSON.stringify(answer)}`);
  return found;
}

export const allowsInput = (result: WireResult) => result.inputStatus === 'ALLOW_INPUT';
