import type { AwaitLimits } from '../../probe/index.js';
import type { StackTree } from '../../wire/index.js';
import type { Target } from '../types.js';
import { AwaitTree } from './awaitTree.js';
import { awaitFrames, awaitReads, awaitShare, awaitStackRate, profileNodes } from './limits.js';

/** Of what is sampled: enough for any program, little for its memory. */
const PENDING = 1000;
const PIECE_STACKS = 500;
const TAKE_MS = 5000;
const LEASE_MS = 60_000;
const STOP_MS = 10_000;
/** The thread does it when it can, asked in time or not. */
const OFF_MS = 1000;

/** What the async functions of a process wait for their callees and for the world, as long as somebody wants to know. */
export class Awaited {
  readonly awaits: AwaitTree;
  /** Why it ended by itself. */
  ended: string | undefined;
  readonly #target: Target;
  readonly #timer: NodeJS.Timeout;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(target: Target, earlier: AwaitTree | undefined) {
    this.#target = target;
    this.awaits = earlier ?? new AwaitTree();
    this.#timer = setInterval(() => void this.take().catch(() => undefined), TAKE_MS);
    this.#timer.unref();
  }

  /** @throws RemoraError of the target; nothing is left then */
  static async start(target: Target, earlier: AwaitTree | undefined, signal: AbortSignal): Promise<Awaited> {
    const limits: AwaitLimits = {
      stacksPerSecond: awaitStackRate.value,
      readsPerSecond: awaitReads.value,
      frames: awaitFrames.value,
      share: awaitShare.value / 100,
      pending: PENDING,
      stacks: PIECE_STACKS,
      leaseMs: LEASE_MS,
    };
    const awaited = new Awaited(target, earlier);
    try {
      await target.main('awaitsStart', limits, { signal });
      return awaited;
    } catch (error) {
      await awaited.off();
      throw error;
    }
  }

  get tree(): StackTree {
    return this.awaits.build(profileNodes.value);
  }

  /** Adds what was seen since the last time. @throws RemoraError of the target */
  take(): Promise<void> {
    return this.#ask('awaitsTake');
  }

  /** Takes the rest, and takes the hooks off. @throws RemoraError of the target */
  stop(): Promise<void> {
    clearInterval(this.#timer);
    return this.#ask('awaitsStop');
  }

  /** Whatever has happened: no hook is left, once the main thread can be asked. Never rejects. */
  async off(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#target.closed.aborted) return;
    await this.#target.main('awaitsStop', {}, { timeoutMs: OFF_MS }).catch(() => undefined);
  }

  #ask(what: 'awaitsTake' | 'awaitsStop'): Promise<void> {
    const done = this.#turn.then(async () => {
      if (this.#target.closed.aborted) return;
      const piece = await this.#target.main<{ ended?: unknown }>(what, {}, { timeoutMs: STOP_MS });
      this.awaits.add(piece);
      if (typeof piece?.ended === 'string') this.ended ??= piece.ended.slice(0, 300);
    });
    this.#turn = done.catch(() => undefined);
    return done;
  }
}
