/** What a command keeps running somewhere while it waits: put to rest by Ctrl-Z, woken by `fg` and `bg`. */
export interface Rester {
  rest(): Promise<void>;
  wake(): Promise<void>;
}

/** What a command sees of its job's suspension. Nothing is taken of it while it is suspended. */
export interface SuspensionView {
  readonly isSuspended: boolean;
  /** Resolves at once, or when the job is continued or told to end. */
  whileSuspended(): Promise<void>;
  /** Registers what to put to rest; returns the unregisterer. A fault of it ends the job. */
  onSuspend(rester: Rester): () => void;
  /** From now on it cannot rest: whoever suspends it is refused with this reason. Returns what allows it again. */
  refuse(why: string): () => void;
}

/** Whether a job is suspended, and who waits for that to end. */
export class Suspension implements SuspensionView {
  readonly #resters = new Set<Rester>();
  readonly #refusals = new Set<{ readonly why: string }>();
  readonly #onFault: (error: unknown) => void;
  #turn: Promise<void> = Promise.resolve();
  #waiters: (() => void)[] = [];
  #isSuspended = false;
  #isOver = false;

  constructor(onFault: (error: unknown) => void) {
    this.#onFault = onFault;
  }

  get isSuspended(): boolean {
    return this.#isSuspended;
  }

  /** Why it cannot be suspended now. */
  get refusal(): string | undefined {
    const [first] = this.#refusals;
    return first?.why;
  }

  /** False when it is suspended already, or over. */
  suspend(): boolean {
    if (this.#isSuspended || this.#isOver) return false;
    this.#isSuspended = true;
    this.#tell('rest');
    return true;
  }

  /** False when it is not suspended. */
  resume(): boolean {
    if (!this.#isSuspended) return false;
    this.#isSuspended = false;
    this.#tell('wake');
    this.#goOn();
    return true;
  }

  /** The job is told to end: nobody waits any more, and what rests is not woken for it. */
  end(): void {
    this.#isOver = true;
    this.#isSuspended = false;
    this.#resters.clear();
    this.#goOn();
  }

  whileSuspended(): Promise<void> {
    if (!this.#isSuspended) return this.#turn;
    return new Promise((resolve) => {
      this.#waiters.push(() => void this.#turn.then(resolve));
    });
  }

  onSuspend(rester: Rester): () => void {
    this.#resters.add(rester);
    // It was suspended while the command was still setting out.
    if (this.#isSuspended) this.#inTurn(() => rester.rest());
    return () => this.#resters.delete(rester);
  }

  refuse(why: string): () => void {
    const refusal = { why };
    this.#refusals.add(refusal);
    return () => this.#refusals.delete(refusal);
  }

  #goOn(): void {
    for (const waiter of this.#waiters.splice(0)) waiter();
  }

  #tell(what: keyof Rester): void {
    for (const rester of this.#resters) this.#inTurn(() => rester[what]());
  }

  /** One after the other: Ctrl-Z and `fg` in quick succession must not overtake each other. */
  #inTurn(step: () => Promise<void>): void {
    this.#turn = this.#turn.then(() => (this.#isOver ? undefined : step())).catch(this.#onFault);
  }
}
