import type * as V8 from 'node:v8';
import { FLAG } from '../layout.js';
import { type TakenStack, takeStack } from '../main/callSites.js';
import { apply } from '../main/captured.js';
import type { AwaitFrames, AwaitLimits, AwaitPiece } from './awaitPiece.js';
import { StackReader } from './stackReader.js';

/** One await that was chosen. */
interface Waiting {
  readonly promise: WeakRef<object>;
  /** Awaits that it stands for. */
  weight: number;
  /** Milliseconds; what lies before was told already. */
  from: number;
  /** Whether it was counted as an await already. */
  told: boolean;
  taken: TakenStack | undefined;
  frames: AwaitFrames | undefined;
}

interface Seen {
  readonly frames: AwaitFrames;
  awaits: number;
  ms: number;
  squares: number;
}

/** How often the two rates are looked at. */
const PERIOD_MS = 100;
/** Of the share of a core. */
const SHARE_MS = 5000;
/** What the hooks cost an await, measured: 20 to 40 ns in a loop of nothing else, about 0.2 us in requests of 35 awaits. */
const HOOK_MS = 200e-6;
const LEAST_MS = 0.1;
/** The clock is looked at once in so many awaits. */
const STRIDE = 16;
/** So many milliseconds' worth of stacks may be taken at once, ... */
const BURST_MS = 2000;
/** ... of which the first half costs no thought; from there the gap doubles so often until nothing is left. */
const DOUBLINGS = 14;

const Reference = WeakRef;
const { deref } = WeakRef.prototype;
const now = performance.now.bind(performance);
const { random, min, max, floor, log } = Math;

/**
 * Which async functions wait, where and how long, by V8's promise hooks. At each `await` V8 makes, while hooks are on, a
 * promise of its own: its `init` comes at the await, with the function that awaits on top of the stack, and its `before`
 * when it goes on. Between lies what was waited. One of `gap` awaits is timed with its stack, which is read only when it
 * waited long: with a chance that grows with the time, so that each stack that is read stands for about the same.
 */
export class AwaitSampler {
  readonly #limits: AwaitLimits;
  readonly #flags: Int32Array;
  /** By the promise of V8's own; none is kept alive. */
  readonly #byPromise = pinned(new WeakMap<object, Waiting>());
  readonly #waiting = pinned(new Set<Waiting>());
  #reader: StackReader;
  #seen = pinned(new Map<string, Seen>());
  #rest: Seen = nothingSeen([]);
  /** The last that was chosen, until the next promise is made. */
  #latest: Waiting | undefined;
  #unhook: (() => void) | undefined;
  #ended: string | undefined;
  /** Stacks a second; less where they cost too much. */
  #rate: number;
  /** Stacks that may be taken now. */
  #tokens: number;
  #filledAt = now();
  /** Awaits until the next look, ... */
  #left = 1;
  /** ... whether the await at which it comes is chosen then, ... */
  #hit = false;
  /** ... and for how many it stands. */
  #gap = 1;
  /** An await that waited so long is read for sure. */
  #sureMs = LEAST_MS;
  #reads = 0;
  #periodFrom = now();
  #takenAt = now();
  /** Of the share: awaits that went by, and the time of our own code. */
  #passed = 0;
  #spentMs = 0;
  #shareFrom = now();
  #share = 0;

  constructor(limits: AwaitLimits, flags: Int32Array) {
    this.#limits = limits;
    this.#flags = flags;
    this.#rate = limits.stacksPerSecond;
    this.#tokens = this.#mostTokens;
    this.#reader = new StackReader(limits.stacks * 4);
  }

  hook(hooks: typeof V8.promiseHooks): void {
    const init = (promise: object, parent: object | undefined): void => {
      // Only what waits for another promise has one.
      if (parent === undefined) return;
      if (this.#latest !== undefined) this.#confirm(parent);
      this.#left -= 1;
      if (this.#left > 0) return;
      try {
        this.#look(promise, init);
      } catch {
        // The stack is at its end: this one is not seen.
      }
    };
    const before = (promise: object): void => {
      try {
        const waiting = this.#byPromise.get(promise);
        if (waiting !== undefined) this.#goesOn(promise, waiting);
      } catch {
        // As above.
      }
    };
    this.#unhook = hooks.createHook({ init: init as V8.Init, before: before as V8.Before }) as () => void;
  }

  /** What was seen since the last call, of awaits under way up to now. */
  take(): AwaitPiece {
    const at = now();
    this.#takenAt = at;
    this.#adapt(at);
    this.#tellPending(at);
    const stacks = [...this.#seen.values(), ...(this.#rest.ms > 0 ? [this.#rest] : [])].map(
      ({ frames, awaits, ms, squares }) => [frames, awaits, ms * 1e6, squares * 1e12] as const,
    );
    const { functions } = this.#reader;
    this.#reader = new StackReader(this.#limits.stacks * 4);
    for (const waiting of this.#waiting) waiting.frames = undefined;
    this.#seen = pinned(new Map());
    this.#rest = nothingSeen([]);
    return { functions, stacks, ended: this.#ended, share: this.#share };
  }

  /** No hook is left. Gives what was seen. */
  end(): AwaitPiece {
    this.#off(undefined);
    const piece = this.take();
    this.#waiting.clear();
    return piece;
  }

  #off(why: string | undefined): void {
    this.#ended ??= why;
    const unhook = this.#unhook;
    this.#unhook = undefined;
    unhook?.();
  }

  /** Comes once in a while: chooses, or not, and says when to look again. */
  #look(promise: object, above: (...args: never[]) => unknown): void {
    const at = now();
    const [hit, weight] = [this.#hit, this.#gap];
    if (this.#flags[FLAG.off] === 1) this.#off('the probe lets go');
    if (at - this.#takenAt > this.#limits.leaseMs) this.#off('nobody asked for it any more');
    this.#adapt(at);
    this.#draw(at);
    if (hit && this.#unhook !== undefined) this.#choose(promise, weight, at, above);
    this.#spentMs += now() - at;
  }

  /**
   * Each await is chosen with the same chance, whatever came before: what was not chosen up to the next look is forgotten
   * then, so that a burst of short awaits does not hide the long ones behind it.
   */
  #draw(at: number): void {
    const most = this.#mostTokens;
    this.#tokens = min(most, this.#tokens + ((at - this.#filledAt) / 1000) * this.#rate);
    this.#filledAt = at;
    const scarce = max(0, 1 - (2 * this.#tokens) / most);
    this.#gap = 2 ** (scarce * DOUBLINGS);
    const left = this.#gap > 1 ? 1 + floor(log(1 - random()) / log(1 - 1 / this.#gap)) : 1;
    this.#hit = left <= STRIDE;
    this.#left = min(left, STRIDE);
    this.#passed += this.#left;
  }

  #choose(promise: object, weight: number, at: number, above: (...args: never[]) => unknown): void {
    if (this.#waiting.size >= this.#limits.pending) this.#thin();
    const taken = takeStack(this.#limits.frames, above);
    if (taken === undefined) {
      this.#off('the program does not let anybody take stacks: its Error is frozen');
      return;
    }
    this.#tokens = max(0, this.#tokens - 1);
    const waiting: Waiting = {
      promise: new Reference(promise),
      weight,
      from: at,
      told: false,
      taken,
      frames: undefined,
    };
    this.#latest = waiting;
    this.#byPromise.set(promise, waiting);
    this.#waiting.add(waiting);
  }

  /**
   * What is awaited and is no promise gets one first, which nobody ever goes on from: the one of the await itself comes right
   * after it. The same goes for `await p.then(f)`.
   */
  #confirm(parent: object): void {
    try {
      const latest = this.#latest;
      this.#latest = undefined;
      if (latest && apply(deref, latest.promise, []) === parent) this.#waiting.delete(latest);
    } catch {
      // The stack is at its end.
    }
  }

  #goesOn(promise: object, waiting: Waiting): void {
    this.#byPromise.delete(promise);
    if (!this.#waiting.delete(waiting)) return;
    const at = now();
    this.#tell(waiting, at, this.#sureMs);
    this.#spentMs += now() - at;
  }

  /** Adds what an await waited up to now; one that waited less than `sureMs` by chance only, then for the others, too. */
  #tell(waiting: Waiting, at: number, sureMs: number): void {
    const ms = at - waiting.from;
    waiting.from = at;
    const chance = min(1, ms / sureMs);
    if (random() >= chance) return;
    const awaits = waiting.told ? 0 : waiting.weight / chance;
    waiting.told = true;
    const frames = this.#read(waiting);
    if (frames === undefined) return;
    const key = frames.join();
    let seen = this.#seen.get(key);
    if (seen === undefined) {
      seen = this.#seen.size < this.#limits.stacks ? nothingSeen(frames) : this.#rest;
      if (seen !== this.#rest) this.#seen.set(key, seen);
    }
    seen.awaits += awaits;
    const estimate = (waiting.weight * ms) / chance;
    seen.ms += estimate;
    seen.squares += estimate ** 2;
  }

  #read(waiting: Waiting): AwaitFrames | undefined {
    if (waiting.frames === undefined && waiting.taken !== undefined) {
      this.#reads += 1;
      waiting.frames = this.#reader.read(waiting.taken);
    }
    return waiting.frames;
  }

  /** Those that wait still. A hundred of them are read at most, and those that nobody can end any more are forgotten. */
  #tellPending(at: number): void {
    let sum = 0;
    for (const waiting of this.#waiting) {
      if (apply(deref, waiting.promise, []) === undefined) this.#waiting.delete(waiting);
      else sum += at - waiting.from;
    }
    const sureMs = max(this.#sureMs, sum / this.#limits.readsPerSecond);
    for (const waiting of this.#waiting) this.#tell(waiting, at, sureMs);
  }

  get #mostTokens(): number {
    return (this.#rate * BURST_MS) / 1000;
  }

  /** Every second one goes; the others stand for it, too. */
  #thin(): void {
    let keep = false;
    for (const waiting of this.#waiting) {
      keep = !keep;
      if (keep) waiting.weight *= 2;
      else this.#waiting.delete(waiting);
    }
  }

  #adapt(at: number): void {
    const ms = at - this.#periodFrom;
    if (ms < PERIOD_MS) return;
    const wanted = (this.#limits.readsPerSecond * ms) / 1000;
    this.#sureMs = max(LEAST_MS, this.#sureMs * limited(this.#reads / wanted));
    this.#reads = 0;
    this.#periodFrom = at;
    const whole = at - this.#shareFrom;
    if (whole < SHARE_MS) return;
    const hooksMs = this.#passed * HOOK_MS;
    this.#share = (this.#spentMs + hooksMs) / whole;
    if (hooksMs > this.#limits.share * whole || this.#rate < 1) {
      const rate = Math.round((this.#passed * 1000) / whole);
      this.#off(`hooks on ${rate} awaits a second took ${(this.#share * 100).toFixed(1)} % of a core`);
    } else if (this.#share > this.#limits.share) this.#rate /= 4;
    this.#passed = 0;
    this.#spentMs = 0;
    this.#shareFrom = at;
  }
}

const METHODS = ['get', 'set', 'add', 'delete'];

/** Keeps the methods that it has now: the application may replace those of the prototype, which would see what we hold. */
function pinned<T extends object>(collection: T): T {
  const own = collection as Record<string, unknown>;
  for (const name of METHODS) {
    const method = own[name];
    if (method !== undefined) own[name] = method;
  }
  return collection;
}

function nothingSeen(frames: AwaitFrames): Seen {
  return { frames, awaits: 0, ms: 0, squares: 0 };
}

/** From one look to the next at most so much more, and somewhat less. */
function limited(ratio: number): number {
  return min(8, max(0.5, ratio));
}
