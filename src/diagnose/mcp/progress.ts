import { mcpProgressEvery } from './limits.js';

export interface ProgressNews {
  /** Seconds since the call began: it grows with every notification, as the protocol demands. */
  readonly progress: number;
  /** Seconds after which the call is ended. */
  readonly total: number;
  readonly message: string;
}

/** Also without a result, so that a client sees that the call lives. */
const STILL_HERE_MS = 5000;

/** Tells how far a call is, at most every `mcp-progress-every`. Numbers only: no text of a process leaves by this way. */
export class Progress {
  private readonly start = performance.now();
  private readonly heartbeat: NodeJS.Timeout;
  private pending: NodeJS.Timeout | undefined;
  private told = Number.NEGATIVE_INFINITY;
  private results = 0;

  constructor(
    private readonly totalMs: number,
    private readonly send: (news: ProgressNews) => void,
  ) {
    this.heartbeat = setInterval(() => this.tell(), STILL_HERE_MS);
    this.heartbeat.unref();
  }

  get resultCount(): number {
    return this.results;
  }

  /** One more result. */
  add(): void {
    this.results += 1;
    if (this.pending) return;
    const wait = this.told + mcpProgressEvery.value - performance.now();
    if (wait <= 0) this.tell();
    else {
      this.pending = setTimeout(() => this.tell(), wait);
      this.pending.unref();
    }
  }

  end(): void {
    clearInterval(this.heartbeat);
    clearTimeout(this.pending);
  }

  private tell(): void {
    clearTimeout(this.pending);
    this.pending = undefined;
    const now = performance.now();
    this.told = now;
    const seconds = Math.round(now - this.start) / 1000;
    const message = `${this.results} result(s) after ${seconds.toFixed(1)} s`;
    this.send({ progress: seconds, total: Math.max(seconds, this.totalMs / 1000), message });
  }
}
