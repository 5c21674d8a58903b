/** Observers as the Worker keeps them: begins and ends them, brings their records to the agent, fills their tokens up. */
import type {
  Budget,
  CallRecord,
  HookReport,
  InstrumentEvents,
  InstrumentStatus,
  ObserverSpec,
} from '../../instrumentProtocol.js';
import { FIRST_OBSERVER, MODE, OBSERVERS } from '../../layout.js';
import type { WorkerContext } from '../functions.js';
import { Governor, type Price } from './governor.js';
import { observeText } from './observeText.js';
import type { HookKeeper, Recorder } from './parts.js';
import { RingReader } from './ringReader.js';
import { Slots } from './slots.js';

const TICK_MS = 10;
/** After so many ticks without a record, ... */
const QUIET_TICKS = 100;
/** ... and until there is one: a process that does little should not be woken for nothing. */
const QUIET_TICK_MS = 50;
/** With hooks that nobody observes, or that are only counted. */
const SLOW_TICK_MS = 100;
const GOVERNOR_MS = 100;
/** DESIGN 3.9; the agent sets another by `instrumentBudget`. */
const BUDGET: Budget = { share: 0.01, overMs: 5000, burstShare: 0.05, burstMs: 1000 };
/** Bytes of records that leave in one event. */
const EVENT_BYTES = 256 * 1024;
const OBSERVE_MS = 10_000;
/** Records that may be written at once after a quiet time: those of so many milliseconds. */
const BURST_MS = 100;
const MOST_UNSAID = 100;
/** Losses alone are not told more often. */
const DROPPED_MS = 100;
const CALIBRATIONS = 20;
/** Calls a second from which on their price is worth a closer look. */
const BUSY_CALLS = 1000;

interface Kept {
  readonly spec: ObserverSpec;
  readonly slot: number;
  readonly hooks: Set<number>;
  /** Counted on the main thread, told to the agent. */
  toldDropped: number;
  /** Records that the agent did not take. */
  unread: number;
  end: InstrumentEvents['instrument.end']['why'] | undefined;
  isClosing: boolean;
}

export function makeRecorder(context: WorkerContext, keeper: () => HookKeeper): Recorder {
  const recorder = new ObserverKeeper(context, keeper);
  return {
    functions: {
      instrumentObserve: (params) => recorder.observe(params as ObserverSpec),
      instrumentUnobserve: (params) => recorder.unobserve((params as { observer: number }).observer),
      instrumentMonitor: (params) => context.main.call('engineMonitor', params),
      instrumentGoing: (params) => recorder.going(params as { observer: number }),
      instrumentStatus: () => recorder.status(),
      instrumentBudget: (params) => recorder.setBudget(params as Budget),
    },
    forget: (hook, why) => recorder.forget(hook, why),
    costMs: (hook) => recorder.costMs(hook),
    learn: (report) => recorder.learn(report),
    shutdown: () => recorder.shutdown(),
  };
}

class ObserverKeeper {
  readonly #context: WorkerContext;
  readonly #keeper: () => HookKeeper;
  readonly #ring: RingReader;
  readonly #slots: Slots;
  readonly #kept = new Map<number, Kept>();
  readonly #governor: Governor;
  /** Hooks that the governor removes. */
  readonly #curbed = new Set<number>();
  /** What those had cost that the governor keeps no account of any more. */
  readonly #spent = new Map<number, number>();
  /** Hooks that are known to be there. */
  readonly #hooks = new Set<number>();
  /** Those whose price has settled. */
  readonly #priced = new Set<number>();
  /** What the governor said and the agent has not taken yet. */
  readonly #unsaid: InstrumentEvents['instrument.governor'][] = [];
  #timer: NodeJS.Timeout | undefined;
  #calibrations = 0;
  #isPricing = false;
  #tickMs = 0;
  #quietTicks = 0;
  #lastTick = 0;
  #lastLook = 0;
  #lastSent = 0;

  constructor(context: WorkerContext, keeper: () => HookKeeper) {
    this.#context = context;
    this.#keeper = keeper;
    this.#ring = new RingReader(context.shared);
    this.#slots = new Slots(context.shared);
    const tools = {
      slots: this.#slots,
      pauses: () => keeper().pauses(),
      isObserved: (hook: number) => [...this.#kept.values()].some(({ hooks }) => hooks.has(hook)),
      said: (event: InstrumentEvents['instrument.governor']) => void this.#unsaid.push(event),
      remove: (hook: number, why: string, costMs: number) => this.#remove(hook, why, costMs),
    };
    this.#governor = new Governor(tools, BUDGET, performance.now());
  }

  costMs(hook: number): number {
    return this.#governor.costMs(hook) + (this.#spent.get(hook) ?? 0);
  }

  learn(report: HookReport): void {
    const { state, hook } = report;
    if (state === 'removed' || state === 'cannot' || this.#curbed.has(hook)) return;
    this.#governor.learn(report);
    if (this.#hooks.has(hook)) return;
    this.#hooks.add(hook);
    this.#calibrations = 0;
    this.#tickOn();
  }

  /**
   * The price that an install found is a first guess, since V8 compiles what is measured only after a while. It matters
   * for functions that are called often: only then is the main thread asked for more.
   */
  #calibrate(): void {
    if (this.#isPricing || this.#calibrations >= CALIBRATIONS) return;
    if (this.#governor.callsPerSecond < BUSY_CALLS) return;
    this.#isPricing = true;
    this.#calibrations += 1;
    void this.#reprice()
      .then((isSettled) => {
        if (isSettled) this.#calibrations = CALIBRATIONS;
      })
      // The probe is letting go, or is not wholly there: the guess has to do.
      .catch(() => undefined)
      .finally(() => {
        this.#isPricing = false;
      });
  }

  async #reprice(): Promise<boolean> {
    for (const hook of [...this.#hooks].filter((each) => !this.#priced.has(each))) {
      const price = (await this.#context.main.call('engineCalibrate', { hook })) as Price;
      this.#governor.reprice(hook, price);
      if (!price.isSettled) return false;
      this.#priced.add(hook);
    }
    return true;
  }

  async observe(spec: ObserverSpec): Promise<Record<string, never>> {
    if (this.#kept.has(spec.observer)) throw new Error(`observer ${spec.observer} is there already`);
    const slot = this.#freeSlot();
    const kept: Kept = {
      spec,
      slot,
      hooks: new Set(spec.hooks),
      toldDropped: 0,
      unread: 0,
      end: undefined,
      isClosing: false,
    };
    // Of the one that had the slot before.
    this.#slots.setObserver(slot, 'ended', 0);
    this.#slots.setObserver(slot, 'dropped', 0);
    this.#kept.set(spec.observer, kept);
    this.#quietTicks = 0;
    this.#tickOn();
    try {
      const reply = await this.#context.main.post(
        'Runtime.evaluate',
        { expression: observeText(spec, slot), silent: true, returnByValue: true },
        OBSERVE_MS,
      );
      const { exceptionDetails } = reply as {
        exceptionDetails?: { text: string; exception?: { description?: string } };
      };
      if (exceptionDetails) {
        const text = exceptionDetails.exception?.description ?? exceptionDetails.text;
        throw new Error(text.split('\n', 1)[0]);
      }
    } catch (error) {
      this.#drop(spec.observer);
      throw error;
    }
    return {};
  }

  async unobserve(observer: number): Promise<Record<string, never>> {
    const kept = this.#kept.get(observer);
    if (!kept) return {};
    // From here on there are no records, also where the main thread takes its time to hear of it.
    kept.isClosing = true;
    this.#slots.setObserver(kept.slot, 'tokens', 0);
    await this.#context.main.call('engineUnobserve', { observer });
    this.#drain();
    this.#drop(observer);
    return {};
  }

  forget(hook: number, why: 'expired' | 'budget' | 'undone'): void {
    const reason = this.#curbed.delete(hook) ? 'budget' : why;
    for (const kept of this.#kept.values()) {
      if (kept.hooks.delete(hook) && kept.hooks.size === 0) kept.end ??= reason;
    }
    this.#hooks.delete(hook);
    this.#priced.delete(hook);
    this.#spent.delete(hook);
    this.#governor.forget(hook);
    this.#tickOn();
  }

  /** Records of calls that are over are told before. */
  async going(params: { observer: number }): Promise<unknown> {
    const going = await this.#context.main.call('traceGoing', params);
    this.#drain();
    return going;
  }

  setBudget(budget: Budget): Record<string, never> {
    this.#governor.setBudget(budget);
    return {};
  }

  #remove(hook: number, why: string, costMs: number): void {
    this.#curbed.add(hook);
    this.#spent.set(hook, costMs);
    // It passes every call on already; the keeper tells of what is left to do.
    void this.#keeper()
      .remove([hook], why)
      .catch(() => undefined);
  }

  status(): InstrumentStatus {
    return {
      budget: this.#governor.budget,
      share: this.#governor.share(performance.now()),
      ringDropped: this.#slots.ringDropped,
      pauses: this.#keeper().pauses(),
      hooks: this.#keeper()
        .all()
        .map((report) => ({
          report,
          calls: this.#slots.hook(report.hook, 'calls'),
          observed: this.#slots.hook(report.hook, 'observed'),
          dropped: this.#slots.hook(report.hook, 'dropped'),
          costMs: this.#governor.costMs(report.hook),
          mode: modeName(this.#slots.hook(report.hook, 'mode')),
          observers: [...this.#kept.values()]
            .filter(({ hooks }) => hooks.has(report.hook))
            .map(({ spec }) => spec.observer),
          expiresInMs: this.#keeper().expiresInMs(report.hook),
        })),
    };
  }

  shutdown(): void {
    this.#calibrations = CALIBRATIONS;
    this.#rest();
  }

  #rest(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#tickMs = 0;
  }

  #freeSlot(): number {
    const used = new Set([...this.#kept.values()].map(({ slot }) => slot));
    for (let slot = FIRST_OBSERVER; slot < OBSERVERS; slot++) if (!used.has(slot)) return slot;
    throw Object.assign(new Error(`${used.size} observers are there already, which is all there can be`), {
      code: 'too-many-observers',
    });
  }

  #drop(observer: number): void {
    this.#kept.delete(observer);
    this.#tickOn();
  }

  /** Ticks as often as there is need, or not at all. */
  #tickOn(): void {
    const fast = [...this.#kept.values()].some(({ spec }) => spec.kind !== 'monitor');
    const some = this.#kept.size > 0 || this.#hooks.size > 0;
    const fastest = this.#quietTicks < QUIET_TICKS ? TICK_MS : QUIET_TICK_MS;
    const ms = fast ? fastest : some ? SLOW_TICK_MS : 0;
    if (ms === this.#tickMs) return;
    if (this.#tickMs === 0) this.#lastTick = performance.now();
    this.#rest();
    this.#tickMs = ms;
    if (ms > 0) this.#timer = setInterval(() => this.#tick(), ms);
  }

  #tick(): void {
    const now = performance.now();
    const ms = now - this.#lastTick;
    this.#lastTick = now;
    for (const { spec, slot, isClosing } of this.#kept.values()) {
      if (!(spec.rate > 0) || isClosing) continue;
      const most = Math.max(1, (spec.rate * BURST_MS) / 1000);
      const tokens = this.#slots.observer(slot, 'tokens') + (spec.rate * ms) / 1000;
      this.#slots.setObserver(slot, 'tokens', Math.min(most, tokens));
    }
    this.#governor.fill(ms);
    this.#quietTicks = this.#drain() ? 0 : this.#quietTicks + 1;
    this.#tickOn();
    if (now - this.#lastLook < GOVERNOR_MS - TICK_MS / 2) return;
    this.#lastLook = now;
    // Also those that no wrapper was placed for, or whose instrument has changed.
    for (const report of this.#keeper().all()) this.learn(report);
    this.#governor.tick(now);
    this.#calibrate();
    while (this.#unsaid[0] && this.#context.emit('instrument.governor', this.#unsaid[0])) {
      this.#unsaid.shift();
    }
    if (this.#unsaid.length > MOST_UNSAID) this.#unsaid.shift();
  }

  /** Whether there was anything to tell. */
  #drain(): boolean {
    // Asked before the ring is read: what was written before the flag is read with it.
    const ended = [...this.#kept.values()].filter(({ slot }) => this.#slots.observer(slot, 'ended') === 1);
    // Losses are told before the end.
    const isEnding = ended.length > 0 || [...this.#kept.values()].some(({ end }) => end);
    const texts = this.#ring.read(EVENT_BYTES);
    this.#send(texts, isEnding);
    if (!this.#ring.caughtUp) return true;
    for (const kept of ended) kept.end ??= 'hits';
    for (const kept of [...this.#kept.values()]) if (kept.end) this.#end(kept, kept.end);
    return texts.length > 0 || isEnding;
  }

  #send(texts: readonly string[], isEnding: boolean): void {
    const records = texts.flatMap((text) => parsed(text));
    const dropped = this.#dropped();
    const now = performance.now();
    const mayWait = !isEnding && now - this.#lastSent < DROPPED_MS;
    if (records.length === 0 && (dropped.length === 0 || mayWait)) return;
    this.#lastSent = now;
    if (this.#context.emit('instrument.records', { records, dropped })) {
      for (const { observer, count } of dropped) this.#told(observer, count);
      return;
    }
    for (const { observer } of records) {
      const kept = this.#kept.get(observer);
      if (kept) kept.unread += 1;
    }
  }

  #dropped(): { observer: number; count: number }[] {
    return [...this.#kept.values()].flatMap(({ spec, slot, toldDropped, unread }) => {
      const count = this.#slots.observer(slot, 'dropped') - toldDropped + unread;
      return count > 0 ? [{ observer: spec.observer, count }] : [];
    });
  }

  #told(observer: number, count: number): void {
    const kept = this.#kept.get(observer);
    if (!kept) return;
    kept.toldDropped += count - kept.unread;
    kept.unread = 0;
  }

  #end(kept: Kept, why: InstrumentEvents['instrument.end']['why']): void {
    const { observer } = kept.spec;
    if (!this.#context.emit('instrument.end', { observer, why })) return;
    this.#drop(observer);
    void this.#context.main.call('engineUnobserve', { observer }).catch(() => undefined);
  }
}

function parsed(text: string): CallRecord[] {
  try {
    return [JSON.parse(text) as CallRecord];
  } catch {
    return [];
  }
}

function modeName(mode: number): 'full' | 'sampled' | 'off' {
  return mode === MODE.full ? 'full' : mode === MODE.sampled ? 'sampled' : 'off';
}
