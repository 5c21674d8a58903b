const TURN_MS = 250;

/**
 * Calls back once so much time has passed, in turns of this thread's own timer and not by the clock: in a process that
 * was stopped (SIGSTOP, a frozen cgroup), or starved on a machine out of breath, timers fire before it reads what it was
 * sent meanwhile, and before its other threads have come to anything.
 */
export class Patience {
  readonly #timer: NodeJS.Timeout;
  #ms = 0;

  constructor(limitMs: number, onEnd: () => void) {
    let lastTurn = performance.now();
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.#ms += Math.min(now - lastTurn, 2 * TURN_MS);
      lastTurn = now;
      if (this.#ms <= limitMs) return;
      this.end();
      onEnd();
    }, TURN_MS);
  }

  /** From now on the whole time once more. */
  renew(): void {
    this.#ms = 0;
  }

  end(): void {
    clearInterval(this.#timer);
  }
}
