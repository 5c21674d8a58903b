import { setTimeout as sleep } from 'node:timers/promises';
import { errorText, RemoraError } from '../base/index.js';
import type { Target } from '../target/index.js';
import { EventQueue } from './eventQueue.js';
import { type BlockEvent, blockEvent } from './loopBlocks.js';

export interface LoopSample {
  readonly intervalMs: number;
  readonly utilization: number;
  readonly lagMeanMs: number;
  readonly lagP50Ms: number;
  readonly lagP99Ms: number;
  readonly lagMaxMs: number;
}

export type LoopEvent =
  | { readonly block: BlockEvent }
  | { readonly sample: LoopSample }
  | { readonly failed: Error };

/** A tick costs the main thread some 50 µs: no more of them than the threshold needs. */
const FASTEST_TICK_MS = 10;
const SLOWEST_TICK_MS = 100;
const RETRY_MS = 5;
const RETRIES = 200;
/** The target undoes by itself what could not be told it in this time: the request waits in its main thread. */
const STOP_WAIT_MS = 500;

let nextWatch = 1;

/**
 * Starts something on the main thread that sets timers: the probe says false when the moment was a bad one (an
 * interrupt in the middle of Node's own work on them).
 */
export async function startOnMain(target: Target, fn: string, params: object): Promise<void> {
  for (let tries = 0; !(await target.main<boolean>(fn, params)); tries++) {
    if (tries >= RETRIES) {
      throw new RemoraError('target-busy', 'the main thread never reached a point where timers can be set', {
        hint: '`thread -b` shows what it is doing',
      });
    }
    await sleep(RETRY_MS);
  }
}

/** Does not wait for a main thread in native code: the undoing is queued there. */
export async function stopSoon(stopping: Promise<unknown>): Promise<void> {
  // Rejects when the target is gone or let go, and then there is nothing to stop.
  const quiet = stopping.catch(() => undefined);
  const wait = new AbortController();
  await Promise.race([quiet, sleep(STOP_WAIT_MS, undefined, { signal: wait.signal }).catch(() => undefined)]);
  wait.abort();
}

/** One watch of a target's event loop, from start to stop. */
export class LoopWatch {
  readonly events = new EventQueue<LoopEvent>();
  readonly #target: Target;
  readonly #id = `${process.pid}-${nextWatch++}`;
  readonly #leave: (() => void)[] = [];
  #sampling = false;
  #started = false;
  #stopped = false;

  constructor(target: Target) {
    this.#target = target;
  }

  /** Resolves with why blocks are not seen, or undefined. A main thread that is blocked now is waited for by nobody. */
  async start(thresholdMs: number): Promise<string | undefined> {
    for (const kind of ['blocked', 'native', 'unblocked'] as const) {
      this.#leave.push(
        this.#target.onEvent(`loop.${kind}`, (data) => {
          const block = blockEvent(kind, this.#id, data);
          if (block) this.events.push({ block });
        }),
      );
    }
    void this.#startTicks(Math.round(Math.min(SLOWEST_TICK_MS, Math.max(FASTEST_TICK_MS, thresholdMs / 4))));
    try {
      await this.#target.worker('loopWatchStart', { id: this.#id, thresholdMs });
      return undefined;
    } catch (error) {
      if (error instanceof RemoraError && error.code === 'needs-worker') return errorText(error);
      throw error;
    }
  }

  /** Asks for a sample, unless one is on its way (a main thread in native code answers when it comes back). */
  sample(): void {
    if (this.#sampling || !this.#started) return;
    this.#sampling = true;
    this.#target
      .main<LoopSample>('loopSample', { id: this.#id })
      .then(
        (sample) => this.events.push({ sample }),
        (error: unknown) => void this.#fail(error),
      )
      .finally(() => {
        this.#sampling = false;
      });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const leave of this.#leave.splice(0)) leave();
    await stopSoon(
      Promise.allSettled([
        this.#target.worker('loopWatchStop', { id: this.#id }),
        this.#target.main('loopStop', { id: this.#id }),
      ]),
    );
  }

  async #startTicks(tickMs: number): Promise<void> {
    while (!this.#started && !this.#stopped) {
      try {
        await startOnMain(this.#target, 'loopStart', { id: this.#id, tickMs });
        this.#started = true;
      } catch (error) {
        if (this.#fail(error)) return;
      }
    }
  }

  /** False for a main thread in a long native call: the Worker's events tell what blocks, and it comes back. */
  #fail(error: unknown): boolean {
    if (error instanceof RemoraError && error.code === 'probe-timeout') return false;
    this.events.push({ failed: error instanceof Error ? error : new Error(String(error)) });
    return true;
  }
}
