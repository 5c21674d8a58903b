import type { ServerResponse } from 'node:http';
import type { StreamEnd } from '../consumer.js';
import { streamStall } from '../limits.js';
import type { StreamEntry, StreamSink } from './pumpStream.js';

/** Reconnect after this long, says the stream to an EventSource. */
const RETRY_MS = 1000;

/** Server-Sent Events: a result is the data of one event, its id the place in the stream. */
export class SseSink implements StreamSink {
  readonly #response: ServerResponse;
  readonly #signal: AbortSignal;

  constructor(response: ServerResponse, signal: AbortSignal) {
    this.#response = response;
    this.#signal = signal;
  }

  /** The first event names session and consumer, for clients that want to pull or come again. */
  begin(names: { readonly sessionId: string; readonly consumerId: string }): void {
    this.#response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // Proxies of the nginx kind would hold events back to fill a buffer.
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    });
    this.#response.write(`retry: ${RETRY_MS}\nevent: open\ndata: ${JSON.stringify(names)}\n\n`);
  }

  send(entries: readonly StreamEntry[]): Promise<boolean> {
    // JSON has no line break of its own, so that one data line is enough.
    return this.#write(entries.map(({ id, json }) => `id: ${id}\ndata: ${json}\n\n`).join(''));
  }

  beat(): Promise<boolean> {
    return this.#write(': heartbeat\n\n');
  }

  end(code: StreamEnd, reason: string): void {
    this.#response.end(`event: end\ndata: ${JSON.stringify({ code, reason })}\n\n`);
  }

  #write(text: string): Promise<boolean> {
    const response = this.#response;
    const signal = this.#signal;
    if (signal.aborted || response.destroyed) return Promise.resolve(false);
    return new Promise((resolve) => {
      const done = (goesOn: boolean): void => {
        clearTimeout(timer);
        response.off('drain', drained);
        signal.removeEventListener('abort', gone);
        resolve(goesOn);
      };
      const drained = (): void => done(true);
      const gone = (): void => done(false);
      const timer = setTimeout(() => {
        response.destroy();
        done(false);
      }, streamStall.value);
      signal.addEventListener('abort', gone, { once: true });
      // A turn of the loop between two batches: one fast reader must not keep the others waiting.
      if (response.write(text)) setImmediate(drained);
      else response.once('drain', drained);
    });
  }
}
