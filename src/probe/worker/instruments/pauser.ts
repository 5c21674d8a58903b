import type { MainThread } from '../mainThread.js';
import type { RemoteObject } from './engine.js';

/** The application stands still no longer than this. */
const LONGEST_MS = 50;
const PER_SECOND = 10;
const POKE_MS = 100;

export interface Scope {
  readonly type: string;
  readonly name?: string;
  readonly object: RemoteObject;
}

export interface CallFrame {
  readonly callFrameId: string;
  readonly functionName: string;
  readonly url: string;
  readonly location: {
    readonly scriptId: string;
    readonly lineNumber: number;
    readonly columnNumber: number;
  };
  readonly scopeChain: readonly Scope[];
  readonly this: RemoteObject;
  readonly returnValue?: RemoteObject;
}

export interface Paused {
  readonly callFrames: readonly CallFrame[];
  readonly hitBreakpoints?: readonly string[];
}

type Handler = (paused: Paused) => Promise<void>;

/** Every pause of the target's main thread: short, few, counted, and always ended. */
export class Pauser {
  readonly #main: MainThread;
  readonly #byBreakpoint = new Map<{ readonly id: string }, Handler>();
  /** How long the main thread may take until it comes to its next turn. */
  patienceMs = 1000;
  #expected: Handler | undefined;
  #afterExpected: (() => void) | undefined;
  #since: number[] = [];
  #count = 0;
  #ms = 0;

  constructor(main: MainThread) {
    this.#main = main;
    main.onEvent((method, params) => {
      if (method === 'Debugger.paused') void this.#paused(params as Paused);
    });
  }

  get count(): number {
    return this.#count;
  }

  /** Milliseconds of all pauses together. */
  get ms(): number {
    return this.#ms;
  }

  /** Whether one more is within the rate. */
  get isAllowed(): boolean {
    const now = performance.now();
    this.#since = this.#since.filter((at) => now - at < 1000);
    return this.#since.length < PER_SECOND;
  }

  /**
   * Runs `trigger`, which arranges that the main thread comes to a `debugger` statement of ours in a turn of its own and
   * says whether it will, and `handler` while it is paused there. False when it did not pause in time (it is busy), or the
   * handler failed.
   */
  async during(trigger: () => Promise<boolean>, handler: Handler): Promise<boolean> {
    while (!this.isAllowed) await new Promise((done) => setTimeout(done, 50));
    let done = false;
    let over = (): void => {};
    const ended = new Promise<void>((resolve) => {
      over = resolve;
    });
    this.#expected = async (paused) => {
      await handler(paused);
      done = true;
    };
    this.#afterExpected = () => over();
    const limit = setTimeout(over, this.patienceMs);
    const poke = setInterval(
      () => void this.#main.post('Runtime.getIsolateId', {}).catch(() => undefined),
      POKE_MS,
    );
    try {
      if (await trigger()) await ended;
    } finally {
      clearTimeout(limit);
      clearInterval(poke);
      this.#expected = undefined;
      this.#afterExpected = undefined;
    }
    return done;
  }

  /** What happens when this breakpoint's condition asks for a pause. Its id changes when it has to be set anew. */
  onBreakpoint(breakpoint: { readonly id: string }, handler: Handler): void {
    this.#byBreakpoint.set(breakpoint, handler);
  }

  offBreakpoint(breakpoint: { readonly id: string }): void {
    this.#byBreakpoint.delete(breakpoint);
  }

  async #paused(paused: Paused): Promise<void> {
    const started = performance.now();
    const hit = [...this.#byBreakpoint].find(([{ id }]) => paused.hitBreakpoints?.includes(id));
    const handler = hit?.[1] ?? this.#expected;
    // A `debugger` statement of the application's own, for which nobody waits.
    if (!handler) return this.#resume();
    this.#count += 1;
    this.#since.push(started);
    let over = (): void => {};
    const limit = new Promise<void>((done) => {
      over = done;
    });
    const timer = setTimeout(over, LONGEST_MS);
    try {
      await Promise.race([handler(paused).catch(() => undefined), limit]);
    } finally {
      clearTimeout(timer);
      this.#resume();
      this.#ms += performance.now() - started;
      if (!hit) this.#afterExpected?.();
    }
  }

  #resume(): void {
    this.#main.post('Debugger.resume', {}).catch(() => undefined);
  }
}
