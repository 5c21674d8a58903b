import type { InspectorClient } from '../attach/inspectorClient.js';
import { targetErrors } from '../errors.js';
import { heartbeat } from '../limits.js';
import type { CallOptions } from '../types.js';
import type { Channel } from './channel.js';
import { installMain, installScript } from './workerChannel.js';

const MARK = "globalThis[Symbol.for('remora.probe')]";
/** Functions of the Worker that exist on the main thread too. */
const SHARED_FUNCTIONS = new Set(['readFile']);

/** The inspector connection itself, kept: for targets in which no Worker may or should run (DESIGN 3.1, 3.3). */
export class CdpChannel implements Channel {
  readonly kind = 'cdp';
  readonly #client: InspectorClient;
  readonly #pid: number;
  readonly #closeInspector: boolean;
  readonly #beat: NodeJS.Timeout;
  #installed: Promise<void> | undefined;
  #inspect: Promise<void> | undefined;

  /** `closeInspector`: our signal opened it, so letting go closes it. */
  constructor(client: InspectorClient, pid: number, closeInspector: boolean) {
    this.#client = client;
    this.#pid = pid;
    this.#closeInspector = closeInspector;
    this.#beat = setInterval(() => {
      client.evaluate(`void (${MARK}&&(${MARK}.beat()))`).catch(() => undefined);
    }, heartbeat.value / 5);
    this.#beat.unref();
    client.onClose(() => clearInterval(this.#beat));
  }

  cdp(method: string, params: object, options?: CallOptions): Promise<Record<string, unknown>> {
    return this.#client.call(method, params, options);
  }

  async main(fn: string, params: unknown, options?: CallOptions): Promise<unknown> {
    this.#installed ??= installMain((method, args) => this.cdp(method, args)).catch((error: unknown) => {
      this.#installed = undefined;
      throw error;
    });
    await this.#installed;
    if (fn.startsWith('inspect')) {
      this.#inspect ??= installScript('inspect', (method, args) => this.cdp(method, args)).catch(
        (error: unknown) => {
          this.#inspect = undefined;
          throw error;
        },
      );
      await this.#inspect;
    }
    const call = `${MARK}.call(${JSON.stringify(fn)},${JSON.stringify(params ?? null)})`;
    const answer = (await this.#evaluate(call, false, options)) as { value?: unknown; pending?: number };
    if (answer.pending === undefined) return answer.value;
    return await this.#evaluate(`${MARK}.settled(${Number(answer.pending)})`, true, options);
  }

  async #evaluate(expression: string, awaitPromise: boolean, options?: CallOptions): Promise<unknown> {
    const timeout = options?.timeoutMs ?? 5000;
    const reply = await this.cdp(
      'Runtime.evaluate',
      { expression, returnByValue: true, awaitPromise, silent: true, timeout },
      options,
    );
    const details = reply.exceptionDetails as
      | { text: string; exception?: { description?: string } }
      | undefined;
    if (details) throw targetErrors.probe('probe-error', details.exception?.description ?? details.text);
    return JSON.parse(String((reply.result as { value?: unknown } | undefined)?.value));
  }

  async worker(fn: string, params: unknown, options?: CallOptions): Promise<unknown> {
    if (!SHARED_FUNCTIONS.has(fn)) throw targetErrors.needsWorker(fn);
    return await this.main(fn, params, options);
  }

  onCdp(listener: (method: string, params: Record<string, unknown>) => void): void {
    this.#client.onEvent(listener);
  }

  /** Only the Worker emits events. */
  onEvent(): void {}

  onClose(listener: (reason: string) => void): void {
    this.#client.onClose(() => listener(`the inspector connection to process ${this.#pid} has ended`));
  }

  async end(): Promise<void> {
    clearInterval(this.#beat);
    if (this.#client.closed) return;
    await this.#client.evaluate(`void (${MARK}&&${MARK}.end())`).catch(() => undefined);
    if (this.#closeInspector) await this.#client.closeInspector();
    this.#client.cut();
  }
}
