import type { InspectorNotification, Session } from 'node:inspector';
import { FLAG } from '../layout.js';
import { Patience } from './patience.js';

/** How long a request may be quiet before it is poked: Node 26 lost wake-ups of an idle main thread. */
const POKE_MS = 100;
/** How often the main thread looks whether the session has been disconnected, and how many times. */
const LOOK_MS = 20;
const LOOKS_AT_MOST = 3000;
/** How long it gets from then on to destroy the session, before the Worker may exit. */
const DRAIN_MS = 300;
/** Milliseconds after which one evaluation is terminated by V8. */
const DEFAULT_TIMEOUT_MS = 5000;

const MARK = "globalThis[Symbol.for('remora.probe')]";

type Reply = Record<string, unknown>;

/** The target's main thread, as the Worker reaches it: CDP over `connectToMainThread`. */
export class MainThread {
  readonly #session: Session;
  #outstanding = 0;
  #poker: NodeJS.Timeout | undefined;
  #connected = false;

  constructor(session: Session) {
    this.#session = session;
    session.connectToMainThread();
    this.#connected = true;
  }

  onEvent(listener: (method: string, params: unknown) => void): void {
    this.#session.on('inspectorNotification', (message: InspectorNotification<object>) => {
      listener(message.method, message.params);
    });
  }

  /** One CDP request. The promise waits as long as the main thread is in native code. */
  post(method: string, params: object | undefined, timeoutMs?: number): Promise<Reply> {
    const bounded =
      method === 'Runtime.evaluate'
        ? { timeout: timeoutMs ?? DEFAULT_TIMEOUT_MS, ...params }
        : (params ?? {});
    return new Promise((resolve, reject) => {
      if (!this.#connected) return reject(new Error('the probe is letting go'));
      this.#begin();
      this.#session.post(method, bounded, (error, result) => {
        this.#end();
        if (error) reject(cdpError(error));
        else resolve((result ?? {}) as Reply);
      });
    });
  }

  /** Calls a function of the main-thread probe script by name. A promise is awaited by a second evaluation. */
  async call(fn: string, params: unknown, timeoutMs?: number): Promise<unknown> {
    const call = `${MARK}.call(${JSON.stringify(fn)},${JSON.stringify(params ?? null)})`;
    const answer = (await this.#evaluate(call, false, timeoutMs)) as { value?: unknown; pending?: number };
    if (answer.pending === undefined) return answer.value;
    return await this.#evaluate(`${MARK}.settled(${answer.pending})`, true, timeoutMs);
  }

  async #evaluate(expression: string, awaitPromise: boolean, timeoutMs?: number): Promise<unknown> {
    const reply = await this.post(
      'Runtime.evaluate',
      { expression, returnByValue: true, awaitPromise, silent: true },
      timeoutMs,
    );
    const { exceptionDetails, result } = reply as {
      exceptionDetails?: { text: string; exception?: { description?: string } };
      result?: { value?: unknown };
    };
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return JSON.parse(String(result?.value));
  }

  /**
   * Ends the mark on the main thread. Whether the thread raises `FLAG.drained` by itself once it has seen the session
   * disconnected: not at a fixed time from now, since this thread may be held up on its way there.
   */
  async undo(): Promise<boolean> {
    const drain = `setTimeout(()=>Atomics.store(f,${FLAG.drained},1),${DRAIN_MS}).unref()`;
    const look = `Atomics.load(f,${FLAG.disconnected})?${drain}:n-->0&&setTimeout(look,${LOOK_MS}).unref()`;
    const expression = `(()=>{const m=${MARK};if(!m)return 0;const f=new Int32Array(m.shared);let n=${LOOKS_AT_MOST};const look=()=>${look};m.end();look();return 1})()`;
    const armed = await this.post('Runtime.evaluate', { expression, silent: true }).then(
      (reply) => (reply.result as { value?: unknown } | undefined)?.value === 1,
      () => false,
    );
    await this.post('Debugger.disable', {}).catch(() => undefined);
    return armed;
  }

  /** `armed`: as `undo` said. */
  disconnect(flags: Int32Array, armed: boolean): void {
    this.#connected = false;
    clearInterval(this.#poker);
    this.#session.disconnect();
    Atomics.store(flags, FLAG.disconnected, 1);
    // The application took our mark away, or spoilt what the timers need: time is all that is left to go by.
    if (!armed) new Patience(10 * DRAIN_MS, () => Atomics.store(flags, FLAG.drained, 1));
  }

  #begin(): void {
    this.#outstanding += 1;
    this.#poker ??= setInterval(() => {
      // No answer is waited for: its only purpose is to wake the main thread.
      if (this.#connected) this.#session.post('Runtime.getIsolateId', () => {});
    }, POKE_MS);
  }

  #end(): void {
    this.#outstanding -= 1;
    if (this.#outstanding > 0) return;
    clearInterval(this.#poker);
    this.#poker = undefined;
  }
}

function cdpError(error: Error): Error {
  const { code, message } = error as unknown as { code?: number | string; message?: string };
  // Node says "Inspector error -32000: ..." under a code of its own; over a WebSocket the number stands alone.
  const [, number = code, text = message] = /^Inspector error (-?\d+): (.*)$/s.exec(String(message)) ?? [];
  return Object.assign(new Error(text ?? String(error)), { code: `cdp${number ?? ''}` });
}
