import type {
  Copy,
  CopyReport,
  HookReport,
  Lease,
  ObservableFunction,
  Replacement,
  Target,
  TargetInstruments,
} from '../../target/index.js';
import { retransformErrors } from './errors.js';
import { retransformsAtOnce } from './limits.js';

/** One function that runs another source. */
export interface Replaced {
  readonly id: number;
  readonly of: ObservableFunction;
  /** As it was given. */
  readonly source: string;
  readonly since: Date;
  readonly expires: Date;
  readonly who: string;
  report: CopyReport;
  /** How the function was reached; undefined until it was. */
  hook(): HookReport | undefined;
  /** Why it is over; undefined while it is not. */
  over?: string;
}

interface Kept extends Replaced {
  copy?: Copy;
  timer?: NodeJS.Timeout;
  lease?: Lease;
  listener?: (replaced: Replaced) => void;
}

interface Wanted {
  readonly of: ObservableFunction;
  readonly replacement: Replacement;
  readonly source: string;
  readonly lifetimeMs: number;
  readonly who: string;
  /** Also where the breakpoint that it takes costs much. */
  readonly force: boolean;
  /** Called when its state changes. */
  changed?(replaced: Replaced): void;
}

/** Ended ones that `-l` still tells of. */
const MOST_OVER = 20;
const OVER_MS = 3_600_000;

/** What is replaced in one process; sessions come and go beside it. */
export class ReplacedFunctions {
  readonly #target: Target;
  readonly #instruments: TargetInstruments;
  readonly #kept = new Map<number, Kept>();
  readonly #over: { readonly replaced: Replaced; readonly at: number }[] = [];
  #next = 1;

  constructor(target: Target, instruments: TargetInstruments) {
    this.#target = target;
    this.#instruments = instruments;
  }

  all(): readonly Replaced[] {
    return [...this.#kept.values()];
  }

  /** Those that have ended not long ago, for whatever reason but a command's. */
  over(): readonly { readonly replaced: Replaced; readonly at: number }[] {
    return this.#over.filter(({ at }) => Date.now() - at < OVER_MS);
  }

  /**
   * @throws RemoraError `too-many-retransforms`, and those of `TargetInstruments.copy`
   */
  async add({ of, replacement, source, lifetimeMs, who, force, changed }: Wanted): Promise<Replaced> {
    if (this.#kept.size >= retransformsAtOnce.value)
      throw retransformErrors.tooMany(retransformsAtOnce.value);
    const id = this.#next++;
    const now = Date.now();
    const since = new Date(now);
    const expires = new Date(now + lifetimeMs);
    const waiting: CopyReport = { copy: 0, hook: 0, state: 'waiting', filled: 0, waiting: 1, why: '' };
    const kept: Kept = { id, of, source, since, expires, who, report: waiting, hook: () => kept.copy?.hook };
    if (changed) kept.listener = changed;
    // The process must not be let go for want of use while it is not what it was.
    kept.lease = this.#target.lease(`retransform ${id}`);
    this.#kept.set(id, kept);
    try {
      kept.copy = await this.#instruments.copy(of, {
        text: replacement.text,
        isStrict: replacement.isStrict,
        usesSuper: replacement.usesSuper,
        when: 'always',
        holder: `retransform ${id}`,
        force,
        changed: (report) => this.#changed(kept, report),
        gone: (why) => this.#end(kept, why),
      });
    } catch (error) {
      this.#forget(kept);
      throw error;
    }
    if (kept.report === waiting) kept.report = kept.copy.report;
    kept.timer = setTimeout(() => void this.#expire(kept), lifetimeMs);
    kept.timer.unref();
    return kept;
  }

  /** False when there is none. */
  async remove(id: number): Promise<boolean> {
    const kept = this.#kept.get(id);
    if (!kept) return false;
    this.#forget(kept);
    await kept.copy?.drop();
    return true;
  }

  #changed(kept: Kept, report: CopyReport): void {
    kept.report = report;
    if (report.state === 'failed') {
      this.#end(kept, report.why);
      void kept.copy?.drop().catch(() => undefined);
    } else kept.listener?.(kept);
  }

  async #expire(kept: Kept): Promise<void> {
    this.#end(kept, 'its lifetime is over');
    await kept.copy?.drop().catch(() => undefined);
  }

  #end(kept: Kept, why: string): void {
    if (this.#kept.get(kept.id) !== kept) return;
    kept.over = why;
    this.#over.push({ replaced: kept, at: Date.now() });
    if (this.#over.length > MOST_OVER) this.#over.shift();
    this.#forget(kept);
    kept.listener?.(kept);
  }

  #forget(kept: Kept): void {
    this.#kept.delete(kept.id);
    clearTimeout(kept.timer);
    kept.lease?.release();
  }
}

const stores = new WeakMap<Target, ReplacedFunctions>();

export function replacedIn(target: Target, instruments: TargetInstruments): ReplacedFunctions {
  let store = stores.get(target);
  if (!store) {
    store = new ReplacedFunctions(target, instruments);
    stores.set(target, store);
  }
  return store;
}
