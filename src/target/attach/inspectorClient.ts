import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import WebSocket from 'ws';
import { PendingCalls } from '../channel/pendingCalls.js';
import { targetErrors } from '../errors.js';
import { frameBytes } from '../limits.js';
import type { CallOptions } from '../types.js';
import { bootCall } from './script.js';

/** Where an inspector is reached: its own address, or a relay's Unix socket when it is in another network namespace. */
export interface InspectorAddress {
  readonly host: string;
  readonly port: number;
  readonly relayPath?: string;
}

/** A CDP connection to an inspector port, as short-lived as it can be. Records the local ports it used. */
export class InspectorClient {
  readonly #socket: WebSocket;
  readonly #calls = new PendingCalls();
  readonly #closeListeners: (() => void)[] = [];
  #eventListener: ((method: string, params: Record<string, unknown>) => void) | undefined;
  #closed = false;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => this.#take(String(data)));
    socket.on('error', () => socket.terminate());
    socket.once('close', () => {
      this.#closed = true;
      this.#calls.close(targetErrors.inspectorClosed('by the other side'));
      for (const listener of this.#closeListeners) listener();
    });
  }

  /** Asks `/json/list` for the one endpoint and opens it. `onPort` hears of every local port used. */
  static async open(
    address: InspectorAddress,
    onPort: (port: number) => void,
    timeoutMs = 3000,
  ): Promise<InspectorClient> {
    const dial = (): Socket => {
      const socket = address.relayPath
        ? connect({ path: address.relayPath })
        : connect({ host: address.host, port: address.port });
      socket.setNoDelay(true);
      socket.once('connect', () => socket.localPort !== undefined && onPort(socket.localPort));
      return socket;
    };
    const url = await inspectorUrl(address, dial, timeoutMs);
    const socket = new WebSocket(url, {
      createConnection: dial as never,
      perMessageDeflate: false,
      handshakeTimeout: timeoutMs,
      maxPayload: frameBytes.value,
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    const client = new InspectorClient(socket);
    // A process that exits waits for its debuggers to leave; nobody must wait for us. The answer is awaited: Node's side
    // has Nagle's algorithm on, and would hold the next answer back until our kernel acknowledges this one, 40 ms later.
    const notify = { method: 'NodeRuntime.notifyWhenWaitingForDisconnect', params: { enabled: true } };
    await client.call(notify.method, notify.params, { timeoutMs }).catch(() => undefined);
    return client;
  }

  call(method: string, params: object = {}, options?: CallOptions): Promise<Record<string, unknown>> {
    return this.#calls.start(method, options, (id) => {
      this.#socket.send(JSON.stringify({ id, method, params }));
    }) as Promise<Record<string, unknown>>;
  }

  /** Evaluates on the main thread with the command-line API (`require`) and returns the value. */
  async evaluate(expression: string, options?: CallOptions): Promise<unknown> {
    const reply = await this.call(
      'Runtime.evaluate',
      { expression, includeCommandLineAPI: true, returnByValue: true, silent: true, timeout: 5000 },
      options,
    );
    const details = reply.exceptionDetails as
      | { text: string; exception?: { description?: string } }
      | undefined;
    if (details) throw targetErrors.probe('evaluate-failed', details.exception?.description ?? details.text);
    return (reply.result as { value?: unknown } | undefined)?.value;
  }

  onEvent(listener: (method: string, params: Record<string, unknown>) => void): void {
    this.#eventListener = listener;
  }

  onClose(listener: () => void): void {
    if (this.#closed) listener();
    else this.#closeListeners.push(listener);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Closes the inspector itself. The answer may not come: its connection ends with it. */
  async closeInspector(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.onClose(resolve));
    const asked = this.evaluate(bootCall('closeInspector')).catch(() => undefined);
    await Promise.race([closed, asked]);
  }

  /** Cuts the TCP connection without a close handshake: a polite close crashed Node 26 targets (evidence 2.8). */
  cut(): void {
    this.#socket.terminate();
  }

  #take(text: string): void {
    let message: {
      id?: number;
      result?: unknown;
      error?: { message?: string; code?: number };
      method?: string;
    };
    try {
      message = JSON.parse(text) as typeof message;
    } catch {
      this.cut();
      return;
    }
    if (typeof message.id === 'number') {
      if (message.error) {
        const { code, message: reason } = message.error;
        this.#calls.reject(message.id, targetErrors.probe(`cdp${code ?? ''}`, String(reason)));
      } else this.#calls.resolve(message.id, message.result);
    } else if (message.method === 'NodeRuntime.waitingForDisconnect') {
      this.cut();
    } else if (typeof message.method === 'string') {
      this.#eventListener?.(message.method, (message as { params?: Record<string, unknown> }).params ?? {});
    }
  }
}

/** The WebSocket address of the first endpoint that an inspector lists. Throws when nobody answers like Node. */
function inspectorUrl(address: InspectorAddress, dial: () => Socket, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host: address.host,
        port: address.port,
        path: '/json/list',
        createConnection: dial,
        timeout: timeoutMs,
        headers: { host: '127.0.0.1', connection: 'close' },
      },
      (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > 65_536) response.destroy(new Error('an answer too long for an inspector'));
          else chunks.push(chunk);
        });
        response.on('error', reject);
        response.on('end', () => {
          try {
            const list = JSON.parse(Buffer.concat(chunks).toString('utf8')) as {
              id?: string;
              type?: string;
            }[];
            const id = list.find((entry) => typeof entry.id === 'string')?.id;
            if (!id || !/^[0-9a-f-]{36}$/.test(id)) throw new Error('no endpoint is listed');
            resolve(`ws://127.0.0.1:${address.port}/${id}`);
          } catch (error) {
            reject(error as Error);
          }
        });
      },
    );
    call.once('timeout', () => call.destroy(new Error('no answer in time')));
    call.once('error', reject);
    call.end();
  });
}
