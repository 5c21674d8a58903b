import { errorText } from '../../base/index.js';
import type { CopyReport, InstrumentCalls } from '../../probe/index.js';
import { copyFrom } from './checked.js';
import { whyNoCopy } from './copyable.js';
import { instrumentErrors } from './errors.js';
import { FirstHits } from './firstHit.js';
import type { HookEntry } from './hookTable.js';
import { instrumentLifetime } from './limits.js';
import type { Copy, CopyRequest, ObservableFunction } from './types.js';

/** What the registry does for its copies. */
export interface CopyHost {
  /** Undefined when it cannot be reached. */
  hook(fn: ObservableFunction, lifetimeMs: number, force?: boolean): Promise<HookEntry | undefined>;
  inTurn<T>(step: () => Promise<T>): Promise<T>;
  isGone(): boolean;
  call<K extends keyof InstrumentCalls>(name: K, params: Parameters<InstrumentCalls[K]>[0]): Promise<unknown>;
  /** Hooks were added that have to be kept alive. */
  kept(): void;
  /** Who needs which hook has changed. */
  settle(): Promise<void>;
  unhookUnused(): Promise<void>;
}

interface Kept {
  readonly entry: HookEntry;
  readonly request: CopyRequest;
  report: CopyReport;
}

/** The copies of one target. */
export class CopyTable {
  readonly #host: CopyHost;
  readonly #kept = new Map<number, Kept>();
  #next = 1;

  constructor(host: CopyHost) {
    this.#host = host;
  }

  /** Runs in the registry's turn. */
  async open(fn: ObservableFunction, request: CopyRequest): Promise<Copy> {
    const why = whyNoCopy(fn) ?? new FirstHits([fn], request.force).refused(fn);
    if (why) throw instrumentErrors.cannotCopy(fn.methodName, why);
    const lifetimeMs = (request.lifetime ?? instrumentLifetime.value) * 1000;
    const entry = await this.#host.hook(fn, lifetimeMs, request.force);
    if (!entry) throw instrumentErrors.cannotCopy(fn.methodName, 'it has gone');
    const other = this.#otherOf(entry, request);
    if (other) {
      await this.#host.unhookUnused();
      throw instrumentErrors.cannotCopy(fn.methodName, other);
    }
    const number = this.#next++;
    const waiting = {
      copy: number,
      hook: entry.slot,
      state: 'waiting',
      filled: 0,
      waiting: 1,
      why: '',
    } as const;
    const kept: Kept = { entry, request, report: waiting };
    entry.copies.add(number);
    this.#kept.set(number, kept);
    try {
      await this.#host.settle();
      const { text, isStrict, usesSuper, when } = request;
      const spec = { hook: entry.slot, copy: number, text, isStrict, usesSuper, when };
      const answer = copyFrom(await this.#host.call('instrumentCopy', spec));
      // Word of it may have come before the answer: what came last counts.
      if (answer && kept.report === waiting) kept.report = answer;
      if (kept.report.state === 'failed') throw new Error(kept.report.why);
    } catch (error) {
      await this.#drop(number);
      throw instrumentErrors.cannotCopy(fn.methodName, errorText(error));
    }
    this.#host.kept();
    return {
      number,
      of: fn,
      get report() {
        return kept.report;
      },
      get hook() {
        return entry.report;
      },
      drop: () => this.#host.inTurn(() => this.#drop(number)),
    };
  }

  /** Runs in the registry's turn; hooks that nobody needs any more are left to whoever calls it. */
  async dropIn({ number }: Copy): Promise<void> {
    await this.#drop(number, false);
  }

  /** Who keeps a hook by copies. */
  holders(slot: number): string[] {
    return [...this.#kept.values()].flatMap(({ entry, request }) =>
      entry.slot === slot ? [request.holder] : [],
    );
  }

  /** Some of its copies are wanted now. */
  isNeeded(slot: number): boolean {
    return [...this.#kept.values()].some(
      ({ entry, request }) => entry.slot === slot && request.rests?.() !== true,
    );
  }

  /** A traced copy has the text that was there when it was made, and traces that alone. */
  #otherOf(entry: HookEntry, { when }: CopyRequest): string | undefined {
    const other = [...this.#kept.values()].find((kept) => kept.entry === entry && kept.request.when !== when);
    if (!other) return undefined;
    return when === 'always'
      ? `it is traced (${other.request.holder}): end that first`
      : `it runs another source (${other.request.holder}), which is not looked into`;
  }

  changed(report: CopyReport): void {
    const kept = this.#kept.get(report.copy);
    if (!kept || kept.entry.slot !== report.hook) return;
    kept.report = report;
    kept.request.changed?.(report);
  }

  /** A hook has gone. */
  lose(slot: number, why: string): void {
    for (const [number, { entry, request }] of [...this.#kept]) {
      if (entry.slot !== slot) continue;
      this.#kept.delete(number);
      entry.copies.delete(number);
      request.gone?.(why);
    }
  }

  clear(why: string): void {
    for (const { entry } of [...this.#kept.values()]) this.lose(entry.slot, why);
  }

  async #drop(copy: number, cleans = true): Promise<void> {
    const kept = this.#kept.get(copy);
    if (!kept) return;
    this.#kept.delete(copy);
    kept.entry.copies.delete(copy);
    if (this.#host.isGone()) return;
    // A hook that nobody needs any more takes its copies with it, and tells what it could not undo.
    await this.#host.call('instrumentUncopy', { hook: kept.entry.slot, copy }).catch(() => undefined);
    if (cleans) await this.#host.unhookUnused();
  }
}
