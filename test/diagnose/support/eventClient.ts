import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import type { TestContext } from 'node:test';
import { EventParser, type StreamedEvent } from '../../../src/client/eventStream.js';
import { eventually } from '../../support/index.js';
import type { WireResult } from './bench.js';
import { bearer } from './wired.js';

/** A reader of `/api/stream` that gathers what comes. */
export class EventClient {
  readonly events: StreamedEvent[] = [];
  raw = '';
  response: IncomingMessage | undefined;
  ended = false;
  private readonly request: ClientRequest;

  constructor(
    t: TestContext,
    port: number,
    query: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = {},
  ) {
    const parser = new EventParser();
    this.request = get(
      {
        port,
        host: '127.0.0.1',
        agent: false,
        path: `/api/stream?${new URLSearchParams(query)}`,
        headers: { accept: 'text/event-stream', ...bearer('admin'), ...headers },
      },
      (response) => {
        this.response = response;
        response.on('data', (chunk: Buffer) => {
          this.raw += String(chunk);
          if (response.statusCode === 200) this.events.push(...parser.push(chunk));
        });
        response.on('close', () => {
          this.ended = true;
        });
      },
    );
    this.request.on('error', () => {
      this.ended = true;
    });
    t.after(() => this.cut());
  }

  get results(): WireResult[] {
    return this.events.filter(({ event }) => event === 'message').map(({ data }) => JSON.parse(data));
  }

  get lastId(): string {
    return this.events.at(-1)?.id ?? '';
  }

  /** As a network that breaks. */
  cut(): void {
    this.request.destroy();
  }

  async has(
    what: string,
    fits: (results: WireResult[]) => boolean,
    timeoutMs = 15_000,
  ): Promise<WireResult[]> {
    await eventually(() => fits(this.results), { what, timeoutMs, intervalMs: 10 });
    return this.results;
  }

  /** Status and body of one that was refused. */
  async refused(): Promise<{ status: number; body: string }> {
    await eventually(() => this.ended, { what: 'the answer' });
    return { status: this.response?.statusCode ?? 0, body: this.raw };
  }
}

export const isEnd = (result: WireResult) => result.type === 'status';
