import { HOOKS, type HookReport } from '../../probe/index.js';
import { instrumentErrors } from './errors.js';
import { instrumentsAtOnce } from './limits.js';
import type { ObservableFunction } from './types.js';

/** One instrumented function, and who observes it. */
export interface HookEntry {
  readonly slot: number;
  readonly key: string;
  readonly of: ObservableFunction;
  report: HookReport;
  /** Numbers of observers; when the last goes, the hook goes. */
  readonly observers: Set<number>;
  /** Numbers of copies, which keep it as observers do. */
  readonly copies: Set<number>;
  lifetimeMs: number;
  /** All who hold it rest. */
  isResting: boolean;
  readonly since: number;
}

/** The hooks of one target by slot and by function. A slot is given out again only when the probe has put things back. */
export class HookTable {
  readonly #bySlot = new Map<number, HookEntry>();
  readonly #byKey = new Map<string, HookEntry>();
  /** Pass-throughs that the main thread has not put back yet. */
  readonly #leaving = new Set<number>();
  #next = 0;

  get size(): number {
    return this.#bySlot.size;
  }

  all(): HookEntry[] {
    return [...this.#bySlot.values()];
  }

  leaving(): number[] {
    return [...this.#leaving];
  }

  at(slot: number): HookEntry | undefined {
    return this.#bySlot.get(slot);
  }

  of(fn: ObservableFunction): HookEntry | undefined {
    return this.#byKey.get(keyOf(fn));
  }

  /** How many more functions may be instrumented. */
  get room(): number {
    return Math.min(HOOKS, instrumentsAtOnce.value) - this.#bySlot.size - this.#leaving.size;
  }

  /**
   * @throws RemoraError `too-many-hooks` when there is not room for this many
   */
  reserve(count: number): void {
    if (count <= this.room) return;
    const most = Math.min(HOOKS, instrumentsAtOnce.value);
    throw instrumentErrors.tooManyHooks(count, this.#bySlot.size + this.#leaving.size, most);
  }

  add(of: ObservableFunction, lifetimeMs: number, report: (slot: number) => HookReport): HookEntry {
    // In turn, so that a late word about the last user of a slot is not taken for one about the next.
    while (this.#bySlot.has(this.#next) || this.#leaving.has(this.#next))
      this.#next = (this.#next + 1) % HOOKS;
    const slot = this.#next;
    this.#next = (slot + 1) % HOOKS;
    const entry: HookEntry = {
      ...{ slot, key: keyOf(of), of, report: report(slot), lifetimeMs },
      observers: new Set(),
      copies: new Set(),
      isResting: false,
      since: performance.now(),
    };
    this.#bySlot.set(slot, entry);
    this.#byKey.set(entry.key, entry);
    return entry;
  }

  /** `later`: the probe has yet to put things back. */
  remove(entry: HookEntry, later: boolean): void {
    if (this.#bySlot.get(entry.slot) !== entry) return;
    this.#bySlot.delete(entry.slot);
    this.#byKey.delete(entry.key);
    if (later) this.#leaving.add(entry.slot);
  }

  /** The probe has put everything of this slot back. */
  left(slot: number): void {
    this.#leaving.delete(slot);
  }

  /** Those that nobody needs. */
  unused(): HookEntry[] {
    return this.all().filter(({ observers, copies }) => observers.size + copies.size === 0);
  }

  clear(): void {
    this.#bySlot.clear();
    this.#byKey.clear();
    this.#leaving.clear();
  }
}

/** One function of the target, however it was found. */
export function keyOf(fn: ObservableFunction): string {
  const { found, native, className, methodName, line } = fn;
  if (found && line) {
    // Two that read other variables there are two breakpoints.
    const names = line.names.map(({ text }) => text).join();
    return `${found.script.scriptId}:${line.line}:${line.column} ${names}`;
  }
  if (found) return `${found.script.scriptId}:${found.info.facts.location}`;
  return `native ${native?.module ?? className} ${native?.path.join('.') ?? methodName}`;
}
