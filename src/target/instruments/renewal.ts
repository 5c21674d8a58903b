import type { InstrumentCalls } from '../../probe/index.js';
import type { HookTable } from './hookTable.js';

type Renew = (params: Parameters<InstrumentCalls['instrumentRenew']>[0]) => Promise<unknown>;

const SHORTEST_MS = 50;

/** Keeps hooks alive that somebody observes: an agent that forgets them, or dies, lets their lifetimes run out. */
export class Renewal {
  readonly #table: HookTable;
  readonly #renew: Renew;
  #timer: NodeJS.Timeout | undefined;

  constructor(table: HookTable, renew: Renew) {
    this.#table = table;
    this.#renew = renew;
  }

  /** Called again when hooks were added: the shortest lifetime sets the pace. */
  start(): void {
    this.stop();
    const shortest = Math.min(...this.#table.all().map(({ lifetimeMs }) => lifetimeMs));
    if (!Number.isFinite(shortest)) return;
    this.#timer = setInterval(() => void this.#run(), Math.max(SHORTEST_MS, shortest / 3));
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #run(): Promise<void> {
    const byLifetime = new Map<number, number[]>();
    for (const { slot, lifetimeMs, observers, copies } of this.#table.all()) {
      if (observers.size + copies.size === 0) continue;
      byLifetime.set(lifetimeMs, [...(byLifetime.get(lifetimeMs) ?? []), slot]);
    }
    for (const [lifetimeMs, hooks] of byLifetime) {
      // The next turn tries again, well before the lifetime is over.
      await this.#renew({ hooks, lifetimeMs }).catch(() => undefined);
    }
  }
}
