import type { Socket } from 'node:net';
import { probeScript } from '../../probe/index.js';
import { targetErrors } from '../errors.js';
import { frameBytes, heartbeat, letGoWait } from '../limits.js';
import type { CallOptions } from '../types.js';
import type { Channel } from './channel.js';
import { encodeFrame, FrameDecoder } from './frames.js';
import { PendingCalls } from './pendingCalls.js';

type Op = 'cdp' | 'main' | 'worker' | 'ping' | 'bye';

/** The probe's Worker at the other end of a Unix socket (DESIGN 3.3). The proof of the secret is done before. */
export class WorkerChannel implements Channel {
  readonly kind = 'worker';
  readonly #socket: Socket;
  readonly #pid: number;
  readonly #calls = new PendingCalls();
  readonly #decoder = new FrameDecoder(frameBytes.value);
  readonly #beat: NodeJS.Timeout;
  readonly #cdpListeners: ((method: string, params: Record<string, unknown>) => void)[] = [];
  readonly #eventListeners: ((event: string, data: unknown) => void)[] = [];
  readonly #closeListeners: ((reason: string) => void)[] = [];
  #installed: Promise<unknown> | undefined;
  #instrument: Promise<void> | undefined;
  #trace: Promise<void> | undefined;
  #tunnel: Promise<void> | undefined;
  #inspect: Promise<void> | undefined;
  #awaits: Promise<void> | undefined;
  #closed = false;

  constructor(socket: Socket, pid: number) {
    this.#socket = socket;
    this.#pid = pid;
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#close('the probe has ended'));
    if (socket.destroyed) setImmediate(() => this.#close('the probe has ended'));
    this.#beat = setInterval(() => this.#write({ id: 0, op: 'ping' }), Math.max(50, heartbeat.value / 5));
    // A heartbeat alone must not keep a finished CLI alive.
    this.#beat.unref();
  }

  async cdp(method: string, params: object, options?: CallOptions): Promise<Record<string, unknown>> {
    return (await this.#call('cdp', method, params, options)) as Record<string, unknown>;
  }

  async main(fn: string, params: unknown, options?: CallOptions): Promise<unknown> {
    await (fn.startsWith('trace') ? this.#installTrace() : this.#install());
    if (fn.startsWith('inspect')) await this.#installInspect();
    if (fn.startsWith('tunnel')) await this.#installTunnel();
    if (fn.startsWith('awaits')) await this.#installAwaits();
    return await this.#call('main', fn, params, options);
  }

  async worker(fn: string, params: unknown, options?: CallOptions): Promise<unknown> {
    if (fn.startsWith('instrument')) await this.#installInstrument();
    return await this.#call('worker', fn, params, options);
  }

  onCdp(listener: (method: string, params: Record<string, unknown>) => void): void {
    this.#cdpListeners.push(listener);
  }

  onEvent(listener: (event: string, data: unknown) => void): void {
    this.#eventListeners.push(listener);
  }

  onClose(listener: (reason: string) => void): void {
    this.#closeListeners.push(listener);
  }

  async end(): Promise<void> {
    if (this.#closed) return;
    const closed = new Promise<void>((resolve) => this.#closeListeners.push(() => resolve()));
    this.#write({ id: 0, op: 'bye' });
    // A thread in native code undoes when it comes back; until then every wrapper is a pass-through already.
    const impatience = setTimeout(() => this.#socket.destroy(), letGoWait.value);
    await closed;
    clearTimeout(impatience);
  }

  #install(): Promise<unknown> {
    this.#installed ??= installMain((method, params) => this.cdp(method, params)).catch((error: unknown) => {
      this.#installed = undefined;
      throw error;
    });
    return this.#installed;
  }

  /** The script that instruments need on the main thread comes with the first of them. */
  async #installInstrument(): Promise<void> {
    this.#instrument ??= this.#install()
      .then(() => installScript('instrument', (method, params) => this.cdp(method, params)))
      .catch((error: unknown) => {
        this.#instrument = undefined;
        throw error;
      });
    await this.#instrument;
  }

  /** What call trees need comes with the first of them. */
  async #installTrace(): Promise<void> {
    this.#trace ??= this.#installInstrument()
      .then(() => installScript('trace', (method, params) => this.cdp(method, params)))
      .catch((error: unknown) => {
        this.#trace = undefined;
        throw error;
      });
    await this.#trace;
  }

  /** The script of the inspecting commands comes with the first of them. */
  async #installInspect(): Promise<void> {
    this.#inspect ??= installScript('inspect', (method, params) => this.cdp(method, params)).catch(
      (error: unknown) => {
        this.#inspect = undefined;
        throw error;
      },
    );
    await this.#inspect;
  }

  /** What times awaits comes with the first wall-clock profile. */
  async #installAwaits(): Promise<void> {
    this.#awaits ??= installScript('awaits', (method, params) => this.cdp(method, params)).catch(
      (error: unknown) => {
        this.#awaits = undefined;
        throw error;
      },
    );
    await this.#awaits;
  }

  /** What keeps calls comes with the first command that does. */
  async #installTunnel(): Promise<void> {
    this.#tunnel ??= installScript('tunnel', (method, params) => this.cdp(method, params)).catch(
      (error: unknown) => {
        this.#tunnel = undefined;
        throw error;
      },
    );
    await this.#tunnel;
  }

  #call(op: Op, method: string, params: unknown, options?: CallOptions): Promise<unknown> {
    return this.#calls.start(method, options, (id) => {
      this.#write({ id, op, method, params, timeoutMs: options?.timeoutMs });
    });
  }

  #write(message: object): void {
    if (!this.#closed) this.#socket.write(encodeFrame(message));
  }

  #take(chunk: Buffer): void {
    try {
      for (const message of this.#decoder.push(chunk)) this.#dispatch(message);
    } catch (error) {
      this.#close(targetErrors.badFrame(this.#pid, (error as Error).message).message);
      this.#socket.destroy();
    }
  }

  #dispatch(message: Record<string, unknown>): void {
    const { id, cdp, event } = message;
    if (typeof cdp === 'string') {
      for (const listener of this.#cdpListeners) listener(cdp, asRecord(message.params));
    } else if (typeof event === 'string') {
      for (const listener of this.#eventListeners) listener(event, message.data);
    } else if (typeof id === 'number') {
      if ('error' in message) {
        const { code, message: text } = asRecord(message.error);
        this.#calls.reject(id, targetErrors.probe(String(code ?? 'probe-error'), String(text ?? 'unknown')));
      } else {
        this.#calls.resolve(id, message.result);
      }
    }
  }

  #close(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#beat);
    this.#calls.close(targetErrors.letGo(this.#pid, reason));
    for (const listener of this.#closeListeners) listener(reason);
  }
}

type Cdp = (method: string, params: object) => Promise<Record<string, unknown>>;

/** Evaluates the main-thread script once. */
export function installMain(cdp: Cdp): Promise<void> {
  return installScript('main', cdp);
}

export async function installScript(
  script: 'main' | 'instrument' | 'trace' | 'tunnel' | 'inspect' | 'awaits',
  cdp: Cdp,
): Promise<void> {
  const expression = `(function(){${probeScript(script)};return remoraProbe.install()})()`;
  const reply = await cdp('Runtime.evaluate', { expression, returnByValue: true, silent: true });
  const details = reply.exceptionDetails as
    | { text: string; exception?: { description?: string } }
    | undefined;
  if (details) throw targetErrors.probe('probe-install', details.exception?.description ?? details.text);
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
