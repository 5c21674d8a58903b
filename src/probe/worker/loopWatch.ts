import type { WorkerContext, WorkerFunction } from './functions.js';

const WATCHES = 8;
/** Between two looks at the ticks: short enough for a stack within 100 ms where the threshold is 50. */
const FASTEST_POLL_MS = 10;
const SLOWEST_POLL_MS = 40;
/** An interrupt that does not answer within this has met native code. */
const NATIVE_MS = 100;
/** A block that goes on for this long after native code has returned, or after a slow answer, is in JavaScript now. */
const GOES_ON_MS = 30;
/** This thread itself was held (SIGSTOP, a frozen cgroup, no processor): what it thinks it saw is worth nothing. */
const STALLED_MS = 250;
/** Stacks taken per second and watch; further blocks are only measured. */
const CAPTURES_PER_SECOND = 10;
/** How long one block is looked at again while only frames of Node itself are seen. */
const LOOK_MS = 35;

interface Frame {
  readonly url: string;
}

interface Block {
  readonly id: number;
  readonly tick: number;
  readonly since: number;
  readonly askedAt: number;
  /** Resolves when the interrupt has answered; at once when none was sent. */
  readonly answered: Promise<void>;
  pending: boolean;
  native: boolean;
  frames: readonly Frame[];
}

interface Watch {
  readonly id: string;
  readonly thresholdMs: number;
  block?: Block;
  second: number;
  captures: number;
}

/** Sees from outside that the event loop no longer turns, and asks the main thread by interrupt what it is doing. */
export function loopWatchFunctions(context: WorkerContext): Record<string, WorkerFunction> {
  const { flags, main, emit } = context;
  const watches = new Map<string, Watch>();
  let poller: NodeJS.Timeout | undefined;
  let lastTick = 0;
  let lastChange = 0;
  let lastPoll = 0;
  let nextBlock = 1;

  function poll(): void {
    if (Atomics.load(flags, 0) === 1) watches.clear();
    if (watches.size === 0) {
      clearInterval(poller);
      poller = undefined;
      return;
    }
    const now = performance.now();
    const tick = Atomics.load(flags, 2);
    if (tick !== lastTick) {
      lastTick = tick;
      lastChange = now;
      for (const watch of watches.values()) end(watch, now);
    } else if (now - lastPoll > STALLED_MS) {
      lastChange = now;
    }
    lastPoll = now;
    for (const watch of watches.values()) look(watch, now);
  }

  function look(watch: Watch, now: number): void {
    const { block } = watch;
    if (!block) {
      if (now - lastChange > watch.thresholdMs) watch.block = begin(watch, now);
    } else if (block.pending && !block.native && now - block.askedAt > NATIVE_MS) {
      block.native = true;
      emit('loop.native', { watch: watch.id, block: block.id, sinceMs: now - block.since });
    }
  }

  function begin(watch: Watch, now: number): Block {
    const second = Math.floor(now / 1000);
    if (second !== watch.second) Object.assign(watch, { second, captures: 0 });
    const asks = watch.captures++ < CAPTURES_PER_SECOND;
    let settle = (): void => {};
    const block: Block = {
      id: nextBlock++,
      tick: lastTick,
      since: lastChange,
      askedAt: now,
      answered: new Promise((resolve) => {
        settle = resolve;
      }),
      pending: asks,
      native: false,
      frames: [],
    };
    if (asks) void capture(watch, block).finally(settle);
    else settle();
    return block;
  }

  async function capture(watch: Watch, block: Block): Promise<void> {
    try {
      // Between two microtasks only Node's own frames are there: the next look may be luckier.
      do {
        const answer = (await main.call('stack', {})) as { frames: readonly Frame[]; tick: number };
        block.pending = false;
        // A stack of a later turn says nothing about this block.
        if (answer.tick !== block.tick || answer.frames.length === 0) break;
        block.frames = answer.frames;
        if (block.native || answer.frames.some(({ url }) => url !== '' && !url.startsWith('node:'))) break;
        await new Promise((done) => setTimeout(done, 2));
      } while (performance.now() - block.askedAt < LOOK_MS);
      if (block.frames.length === 0) return;
      if (block.native) {
        await new Promise((done) => setTimeout(done, GOES_ON_MS));
        if (watch.block !== block) return;
      }
      const sinceMs = performance.now() - block.since;
      emit('loop.blocked', { watch: watch.id, block: block.id, sinceMs, frames: block.frames });
    } catch {
      // The main script is not there yet, or the probe is letting go: a block without a stack.
      block.pending = false;
    }
  }

  function end(watch: Watch, now: number): void {
    const { block } = watch;
    if (!block) return;
    watch.block = undefined;
    const durationMs = now - block.since;
    // The answer of the interrupt may still be on its way; what began is told before what ended.
    void block.answered.then(() => {
      const { id, native, frames } = block;
      emit('loop.unblocked', {
        watch: watch.id,
        block: id,
        durationMs,
        native,
        frames: native ? frames : [],
      });
    });
  }

  return {
    /** `{id, thresholdMs}` → `{}`. The main thread's ticks are started by its own `loopStart`. */
    loopWatchStart(params) {
      const { id, thresholdMs } = params as { id: string; thresholdMs: number };
      if (watches.size >= WATCHES) throw new Error(`${WATCHES} watches of the event loop run already`);
      if (poller === undefined) {
        lastPoll = performance.now();
        lastChange = lastPoll;
        lastTick = Atomics.load(flags, 2);
      }
      watches.set(id, { id, thresholdMs, second: 0, captures: 0 });
      clearInterval(poller);
      const shortest = Math.min(...Array.from(watches.values(), (watch) => watch.thresholdMs));
      poller = setInterval(poll, Math.min(SLOWEST_POLL_MS, Math.max(FASTEST_POLL_MS, shortest / 5)));
      return {};
    },
    /** `{id}` → `{}`. */
    loopWatchStop(params) {
      watches.delete((params as { id: string }).id);
      return {};
    },
  };
}
