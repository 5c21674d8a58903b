import type { WebSocket } from 'ws';
import type { StreamEnd } from '../consumer.js';
import { streamStall } from '../limits.js';
import type { StreamEntry, StreamSink } from './pumpStream.js';

/** A close code of the range for applications: the reader took nothing for too long. */
const TOO_SLOW = 4008;
const NORMAL = 1000;

/** One frame of text a result: `{"id", "result"}`. Heartbeats are pings; who does not answer one has gone. */
export class WebSocketSink implements StreamSink {
  readonly #socket: WebSocket;
  #isAlive = true;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('pong', () => {
      this.#isAlive = true;
    });
  }

  begin(names: { readonly sessionId: string; readonly consumerId: string }): void {
    this.#socket.send(JSON.stringify({ open: names }));
  }

  async send(entries: readonly StreamEntry[]): Promise<boolean> {
    let sent = true;
    for (const { id, json } of entries) sent = await this.#write(`{"id":"${id}","result":${json}}`);
    return sent;
  }

  beat(): Promise<boolean> {
    if (!this.#isAlive) this.#socket.terminate();
    if (this.#socket.readyState !== this.#socket.OPEN) return Promise.resolve(false);
    this.#isAlive = false;
    this.#socket.ping();
    return Promise.resolve(true);
  }

  end(code: StreamEnd, reason: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.send(JSON.stringify({ end: { code, reason } }));
    this.#socket.close(NORMAL, reason);
  }

  /** Resolves when the kernel has it. */
  #write(text: string): Promise<boolean> {
    const socket = this.#socket;
    if (socket.readyState !== socket.OPEN) return Promise.resolve(false);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        // The word why stands behind what is not read: it is for those who look at the close code of a capture.
        socket.close(TOO_SLOW, 'reads too slowly');
        socket.terminate();
      }, streamStall.value);
      socket.send(text, (error) => {
        clearTimeout(timer);
        setImmediate(() => resolve(!error));
      });
    });
  }
}
