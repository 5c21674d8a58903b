import { randomUUID } from 'node:crypto';
import { RemoraError } from '../base/index.js';
import type { RuntimeSample, Target } from '../target/index.js';
import { stopSoon } from './loopWatch.js';
import type { Rester } from './suspension.js';

/** How long a sample waits for the main thread, at most; then the last one stands in. */
const ANSWER_MS = 2000;

/** The observer and the histogram inside a process that count collections and the delay of its event loop. */
export class RuntimeWatch implements Rester {
  readonly #id = randomUUID();
  readonly #target: Target;
  readonly #signal: AbortSignal;
  readonly #resolutionMs: number;
  #last: RuntimeSample | undefined;
  #isOn = false;

  /** `resolutionMs`: between two looks of Node at its event loop; each wakes an idle process. */
  constructor(target: Target, signal: AbortSignal, resolutionMs: number) {
    this.#target = target;
    this.#signal = signal;
    this.#resolutionMs = resolutionMs;
  }

  /** The first call begins the watch, and fails when the main thread does not answer; later the last sample stands in. */
  async sample(intervalMs: number): Promise<{ readonly sample: RuntimeSample; readonly answered: boolean }> {
    if (!this.#isOn && this.#last === undefined) return await this.#ask('startRuntimeWatch', undefined);
    return await this.#ask('sampleRuntime', Math.max(intervalMs, ANSWER_MS));
  }

  async rest(): Promise<void> {
    if (!this.#isOn || this.#target.closed.aborted) return;
    this.#isOn = false;
    await stopSoon(this.#target.main('stopRuntimeWatch', { id: this.#id }));
  }

  /** It counts anew from here. */
  async wake(): Promise<void> {
    if (this.#last) await this.#ask('startRuntimeWatch', undefined);
  }

  async #ask(
    fn: 'startRuntimeWatch' | 'sampleRuntime',
    timeoutMs: number | undefined,
  ): Promise<{ readonly sample: RuntimeSample; readonly answered: boolean }> {
    this.#isOn = true;
    try {
      const params = { id: this.#id, resolutionMs: this.#resolutionMs };
      this.#last = await this.#target.main<RuntimeSample>(fn, params, { timeoutMs, signal: this.#signal });
      return { sample: this.#last, answered: true };
    } catch (error) {
      const isLate = error instanceof RemoraError && error.code === 'probe-timeout';
      if (!isLate || !this.#last) throw error;
      return { sample: this.#last, answered: false };
    }
  }
}
