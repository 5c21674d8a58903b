import type { Clock } from '../clock.js';
import { tooFast } from './errors.js';
import { mcpCallRate } from './limits.js';

const MINUTE_MS = 60_000;

/** Tool calls of each caller in the last minute, whatever their number of sessions. */
export class CallRate {
  private readonly times = new Map<string, number[]>();

  constructor(private readonly clock: Clock) {}

  /** @throws RemoraError `too-fast` with the seconds to wait. */
  take(user: string): void {
    const now = this.clock.now();
    const recent = (this.times.get(user) ?? []).filter((time) => now - time < MINUTE_MS && time <= now);
    this.times.set(user, recent);
    const [oldest] = recent;
    if (recent.length >= mcpCallRate.value) {
      const wait = oldest === undefined ? MINUTE_MS : oldest + MINUTE_MS - now;
      throw tooFast(mcpCallRate.value, Math.ceil(wait / 1000), mcpCallRate.name);
    }
    recent.push(now);
  }

  /** Forgets callers of whom nothing was heard for a minute. */
  sweep(): void {
    const now = this.clock.now();
    for (const [user, times] of this.times) {
      if (now - (times.at(-1) ?? 0) >= MINUTE_MS) this.times.delete(user);
    }
  }
}
