import { epochMs, PRODUCT_TITLE, type RemoraError } from '../../base/index.js';
import {
  type Lease,
  Naming,
  type ProfileTurn,
  profileSeconds,
  type RecordedEvent,
  Recording,
  type RecordingOptions,
  type Target,
  type ThreadTree,
  takeProfileTurn,
} from '../../target/index.js';
import type { OutputFile } from '../output/index.js';
import type { SuspensionView } from '../suspension.js';
import { nothingTaken, notRunning } from './errors.js';
import { Frames } from './frames.js';
import type { Profile } from './profile.js';
import type { DrawWish } from './wish.js';
import type { Written } from './writeProfile.js';

export interface StartWish extends Omit<RecordingOptions, 'resumed' | 'resumedAwaits'> {
  /** Nanoseconds or bytes between two samples. */
  readonly interval: number;
  /** It ends by itself then; undefined: after the limit `profile-seconds`. */
  readonly seconds?: number;
  /** Who has it, for those who are refused. */
  readonly holder: string;
  readonly version: string;
  /** Opened already, and what is to be written there; who stops it may name another. */
  readonly opened?: { readonly file: OutputFile; readonly draw: DrawWish };
  /** What becomes of it when it ends by itself. Not called when somebody stopped it, or the process is gone. */
  onEnd(profile: Profile): Promise<Written>;
  /** It ended without a profile. */
  onLost(error: RemoraError | Error): Promise<void>;
}

interface Running {
  readonly recording: Recording;
  readonly wish: StartWish;
  readonly began: number;
  readonly seconds: number;
  readonly turn: ProfileTurn;
  readonly lease: Lease;
  /** Milliseconds in which nothing was sampled, up to the last wake. */
  restedMs: number;
  restsSince: number | undefined;
  timer: NodeJS.Timeout | undefined;
}

export interface ProfilerStatus {
  readonly event: RecordedEvent;
  readonly seconds: number;
  readonly of: number;
  readonly samples: number;
  readonly holder: string;
  readonly workers: boolean;
  /** It waits for whoever suspended it. */
  readonly isResting: boolean;
}

const HEAP_IS_WHOLE = 'V8 forgets what a heap profile has seen when it is stopped';

const profilers = new WeakMap<Target, Profiler>();

/** The profiler of one target: at most one profile at a time, and the last one that was taken. */
export class Profiler {
  readonly #target: Target;
  #running: Running | undefined;
  #last: Profile | undefined;
  /** What became of the one that ended last, in a sentence. */
  lastNews: string | undefined;
  #written: Promise<Written | undefined> = Promise.resolve(undefined);

  private constructor(target: Target) {
    this.#target = target;
  }

  static of(target: Target): Profiler {
    let profiler = profilers.get(target);
    if (!profiler) {
      profiler = new Profiler(target);
      profilers.set(target, profiler);
    }
    return profiler;
  }

  get status(): ProfilerStatus | undefined {
    const running = this.#running;
    if (!running) return undefined;
    const { recording, wish, seconds, restsSince } = running;
    const { event, holder, workers } = wish;
    return {
      event,
      holder,
      workers,
      of: seconds,
      seconds: sampledMs(running) / 1000,
      samples: recording.samples,
      isResting: restsSince !== undefined,
    };
  }

  /** Suspended, the one that runs now samples nothing, and its time stands still; no later one does. */
  takePart(suspension: SuspensionView): () => void {
    const running = this.#running;
    if (running?.wish.event === 'heap') return suspension.refuse(HEAP_IS_WHOLE);
    return suspension.onSuspend({
      rest: async () => {
        if (!running || running !== this.#running || running.restsSince !== undefined) return;
        running.restsSince = epochMs();
        clearTimeout(running.timer);
        await running.recording.rest();
      },
      wake: async () => {
        if (!running || running !== this.#running || running.restsSince === undefined) return;
        await running.recording.wake();
        running.restedMs += epochMs() - running.restsSince;
        running.restsSince = undefined;
        this.#endsLater(running);
      },
    });
  }

  /** The file of the one that runs, for whoever stops it: closing or aborting it is then theirs. */
  claimFile(): StartWish['opened'] {
    return this.#running?.wish.opened;
  }

  /** What is held of the one that runs, else of the last one. */
  get trees(): readonly ThreadTree[] {
    return this.#running?.recording.trees ?? this.#last?.threads ?? [];
  }

  /** The file of the one that ended by itself; undefined when it was lost. */
  written(): Promise<Written | undefined> {
    return this.#written;
  }

  get last(): Profile | undefined {
    return this.#last;
  }

  /** `resumed`: goes on with what the last one saw. @throws RemoraError `profile-busy`, which names the holder, ... */
  async start(wish: StartWish, signal: AbortSignal, resumed = false): Promise<void> {
    const target = this.#target;
    this.#written = Promise.resolve(undefined);
    const earlier = resumed ? this.#last : undefined;
    if (resumed && earlier?.event !== wish.event) throw nothingTaken();
    const turn = takeProfileTurn(target.process, wish.holder);
    const lease = target.lease(wish.holder);
    try {
      const recording = await Recording.start(
        target,
        { ...wish, resumed: earlier?.threads, resumedAwaits: earlier?.awaits },
        signal,
      );
      const seconds = Math.min(wish.seconds ?? profileSeconds.value, profileSeconds.value);
      const time = { began: epochMs(), seconds, restedMs: 0, restsSince: undefined, timer: undefined };
      const running: Running = { recording, wish, turn, lease, ...time };
      this.#running = running;
      this.#endsLater(running);
      target.closed.addEventListener('abort', () => void this.#lost(running, target.closed.reason as Error), {
        once: true,
      });
    } catch (error) {
      turn.release();
      lease.release();
      throw error;
    }
  }

  /** Ends it. @throws RemoraError `profiler-not-running` */
  async stop(): Promise<Profile> {
    const running = this.#running;
    if (!running) throw notRunning();
    this.#running = undefined;
    clearTimeout(running.timer);
    try {
      await running.recording.stop();
      this.#last = await this.#profile(running);
      return this.#last;
    } finally {
      await running.recording.abort();
      this.#leave(running);
    }
  }

  /** What was seen so far, while it goes on; without one that runs, the last one. */
  async dump(): Promise<Profile> {
    const running = this.#running;
    if (running) {
      await running.recording.flush();
      return await this.#profile(running);
    }
    if (!this.#last) throw nothingTaken();
    return this.#last;
  }

  /** Ends it without a profile. */
  async abandon(why: string): Promise<void> {
    const running = this.#running;
    if (running) await this.#lost(running, new Error(why));
  }

  #endsLater(running: Running): void {
    running.timer = setTimeout(
      () => {
        this.#written = this.#endsByItself();
      },
      Math.max(0, running.seconds * 1000 - sampledMs(running)),
    );
  }

  async #endsByItself(): Promise<Written | undefined> {
    const running = this.#running;
    if (!running) return undefined;
    try {
      return await running.wish.onEnd(await this.stop());
    } catch (error) {
      await this.#lost(running, error as Error);
      return undefined;
    }
  }

  async #lost(running: Running, error: Error): Promise<void> {
    if (this.#running === running) this.#running = undefined;
    clearTimeout(running.timer);
    await running.recording.abort();
    this.#leave(running);
    this.lastNews = `the profile was lost: ${error.message}`;
    await running.wish.onLost(error).catch(() => {});
  }

  #leave({ turn, lease }: Running): void {
    turn.release();
    lease.release();
  }

  async #profile(running: Running): Promise<Profile> {
    const { recording, wish, began } = running;
    const frames = new Frames();
    const { trees, awaited } = recording;
    const waiting = awaited && { thread: 'main', tree: awaited.tree, samples: 0 };
    const all = waiting ? [...trees, waiting] : trees;
    const naming = await Naming.of(
      this.#target,
      all.map(({ tree }) => tree),
      frames,
    );
    const cut = all.reduce((sum, { tree }) => sum + tree.cut, 0);
    return {
      event: wish.event,
      process: this.#target.process,
      threads: trees,
      awaited: waiting,
      awaits: awaited?.awaits,
      naming,
      frames,
      perThread: wish.workers,
      began,
      durationMs: sampledMs(running),
      interval: wish.interval,
      remora: `${PRODUCT_TITLE} ${wish.version}`,
      notices: [...recording.notices, ...(cut > 0 ? [`stacks were cut ${cut} times`] : [])],
    };
  }
}

function sampledMs({ began, restedMs, restsSince }: Running): number {
  return (restsSince ?? epochMs()) - began - restedMs;
}
