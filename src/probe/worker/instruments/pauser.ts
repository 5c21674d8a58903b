import type { MainThread } from '../mainThread.js';
import type { RemoteObject } from './engine.js';

/** The application stands still no longer than this. */
const LONGEST_MS = 50;
const PER_SECOND = 10;
const POKE_MS = 100;
const PATIENCE_MS = 1000;
const LONGEST_PATIENCE_MS = 5000;

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

/** One pause in a turn of its own: asked for, not there yet. */
class Turn {
  readonly handler: Handler;
  readonly over: Promise<void>;
  end = (): void => {};
  isDone = false;
  /** Nobody waits for it any more. */
  isLate = false;

  constructor(handler: Handler) {
    this.handler = handler;
    this.over = new Promise((done) => {
      this.end = done;
    });
  }
}

/** Every pause of the target's main thread: short, few, counted, and always ended. */
export class Pauser {
  readonly #main: MainThread;
  readonly #byBreakpoint = new Map<{ readonly id: string }, Handler>();
  /** How long the main thread may take until it comes to its next turn. */
  patienceMs = PATIENCE_MS;
  #turn: Turn | undefined;
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
   * says whether it will, and `handler` while it is paused there. `busy`: it has not come to that turn in time; when it
   * does, nothing happens.
   */
  async during(trigger: () => Promise<boolean>, handler: Handler): Promise<'done' | 'busy' | 'failed'> {
    const until = performance.now() + this.patienceMs;
    while (!this.isAllowed) await new Promise((done) => setTimeout(done, 50));
    if (this.#turn && !(await this.#isOver(this.#turn, until))) return this.#busy();
    const turn = new Turn(handler);
    this.#turn = turn;
    if (!(await trigger().catch(() => false))) {
      if (this.#turn === turn) this.#turn = undefined;
      return 'failed';
    }
    if (!(await this.#isOver(turn, until))) {
      turn.isLate = true;
      return this.#busy();
    }
    this.patienceMs = Math.min(this.patienceMs, PATIENCE_MS);
    return turn.isDone ? 'done' : 'failed';
  }

  /** The one that is under way does nothing any more. */
  cancel(): void {
    if (this.#turn) this.#turn.isLate = true;
  }

  /** Waits until its pause is over; false when it has not even come by then. */
  async #isOver(turn: Turn, until: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((done) => {
      timer = setTimeout(done, Math.max(0, until - performance.now()));
    });
    const poke = setInterval(
      () => void this.#main.post('Runtime.getIsolateId', {}).catch(() => undefined),
      POKE_MS,
    );
    await Promise.race([turn.over, limit]);
    clearTimeout(timer);
    clearInterval(poke);
    if (this.#turn === turn) return false;
    await turn.over;
    return true;
  }

  /** The next one is waited for longer. */
  #busy(): 'busy' {
    this.patienceMs = Math.max(this.patienceMs, Math.min(2 * this.patienceMs, LONGEST_PATIENCE_MS));
    return 'busy';
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
    const turn = hit ? undefined : this.#turnOf(paused);
    const handler = hit?.[1] ?? turn?.handler;
    // A `debugger` statement of the application's own, for which nobody waits.
    if (!handler) return this.#resume();
    this.#count += 1;
    this.#since.push(started);
    let over = (): void => {};
    const limit = new Promise<void>((done) => {
      over = done;
    });
    const timer = setTimeout(over, LONGEST_MS);
    const work = handler(paused).then(
      () => {
        if (turn) turn.isDone = true;
      },
      () => undefined,
    );
    try {
      await Promise.race([work, limit]);
    } finally {
      clearTimeout(timer);
      this.#resume();
      this.#ms += performance.now() - started;
      turn?.end();
    }
  }

  /** The turn that waits for this pause, if it is one of ours and somebody still waits. */
  #turnOf({ callFrames: [frame] }: Paused): Turn | undefined {
    const turn = this.#turn;
    if (!turn || frame?.functionName !== 'pause') return undefined;
    this.#turn = undefined;
    if (!turn.isLate) return turn;
    turn.end();
    return undefined;
  }

  #resume(): void {
    this.#main.post('Debugger.resume', {}).catch(() => undefined);
  }
}
