import { setTimeout as sleep } from 'node:timers/promises';
import { errorText, RemoraError } from '../base/index.js';
import type { Target } from '../target/index.js';
import { EventQueue } from './eventQueue.js';
import { type BlockEvent, blockEvent } from './loopBlocks.js';
import type { Rester } from './suspension.js';

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

/** One watch of a target's event loop; at rest there is nothing of it in the target. */
export class LoopWatch implements Rester {
  readonly events = new EventQueue<LoopEvent>();
  readonly #target: Target;
  readonly #id = `${process.pid}-${nextWatch++}`;
  readonly #leave: (() => void)[] = [];
  readonly #thresholdMs: number;
  #sampling = false;
  /** From a start to the next rest; its ticks are on as soon as the main thread has been free. */
  #turn: { isTicking: boolean } | undefined;

  constructor(target: Target, thresholdMs: number) {
    this.#target = target;
    this.#thresholdMs = thresholdMs;
  }

  /** Resolves with why blocks are not seen, or undefined. A main thread that is blocked now is waited for by nobody. */
  async start(): Promise<string | undefined> {
    const thresholdMs = this.#thresholdMs;
    for (const kind of ['blocked', 'native', 'unblocked'] as const) {
      this.#leave.push(
        this.#target.onEvent(`loop.${kind}`, (data) => {
          const block = blockEvent(kind, this.#id, data);
          if (block) this.events.push({ block });
        }),
      );
    }
    const turn = { isTicking: false };
    this.#turn = turn;
    void this.#startTicks(
      turn,
      Math.round(Math.min(SLOWEST_TICK_MS, Math.max(FASTEST_TICK_MS, thresholdMs / 4))),
    );
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
    const turn = this.#turn;
    if (this.#sampling || !turn?.isTicking) return;
    this.#sampling = true;
    this.#target
      .main<LoopSample>('loopSample', { id: this.#id })
      .then(
        (sample) => this.events.push({ sample }),
        // It may have been put to rest before it was asked.
        (error: unknown) => void (turn === this.#turn && this.#fail(error)),
      )
      .finally(() => {
        this.#sampling = false;
      });
  }

  async rest(): Promise<void> {
    this.#turn = undefined;
    for (const leave of this.#leave.splice(0)) leave();
    await stopSoon(
      Promise.allSettled([
        this.#target.worker('loopWatchStop', { id: this.#id }),
        this.#target.main('loopStop', { id: this.#id }),
      ]),
    );
  }

  /** It has said already what it cannot see. */
  async wake(): Promise<void> {
    await this.start();
  }

  async #startTicks(turn: { isTicking: boolean }, tickMs: number): Promise<void> {
    while (!turn.isTicking && turn === this.#turn) {
      try {
        await startOnMain(this.#target, 'loopStart', { id: this.#id, tickMs });
        turn.isTicking = true;
      } catch (error) {
        if (turn === this.#turn && this.#fail(error)) return;
      }
    }
    // It began after it had been told to rest.
    if (this.#turn === undefined) await stopSoon(this.#target.main('loopStop', { id: this.#id }));
  }

  /** False for a main thread in a long native call: the Worker's events tell what blocks, and it comes back. */
  #fail(error: unknown): boolean {
    if (error instanceof RemoraError && error.code === 'probe-timeout') return false;
    this.events.push({ failed: error instanceof Error ? error : new Error(String(error)) });
    return true;
  }
}
