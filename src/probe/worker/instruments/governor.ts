/**
 * Keeps what instruments cost below a budget (DESIGN 3.9). Own cost = calls by the prices calibrated on this process, the
 * timed slow parts, and pauses. Over budget the dearest hook is sampled first, then removed; one whose load has gone is
 * looked at in full again. Not counted, since nobody can: optimised code that V8 drops, and garbage of captures.
 */
import type { Budget, HookReport, InstrumentEvents } from '../../instrumentProtocol.js';
import { MODE } from '../../layout.js';
import type { Slots } from './slots.js';
import { Spent } from './spent.js';

export type GovernorEvent = InstrumentEvents['instrument.governor'];

export interface GovernorTools {
  readonly slots: Slots;
  pauses(): number;
  isObserved(hook: number): boolean;
  said(event: GovernorEvent): void;
  /** `costMs`: what it has cost in all. */
  remove(hook: number, why: string, costMs: number): void;
}

/** Nanoseconds of calls, as src/probe/instrument/recording/calibrate.ts measures them. */
export interface Price {
  readonly observedNs: number;
  readonly passedNs: number;
  readonly filteredNs: number;
  readonly isSettled: boolean;
  /** Of a breakpoint: one hit, where it was measured. */
  readonly hitNs?: number;
}

/** Until a hook's own are known. */
const PRICE: Price = { observedNs: 400, passedNs: 15, filteredNs: 60, isSettled: false };
/** A breakpoint's condition: 63,000 to 118,000 were measured. */
const BREAKPOINT_NS = 100_000;
/** A pause from this Worker: 1.1 to 3.8 ms were measured. */
const PAUSE_NS = 2_000_000;
/** Of the budget, for what is looked at while a hook is sampled. */
const SAMPLED_PART = 0.5;
const LEAST_SAMPLES = 10;
const MOST_SAMPLES = 1000;
/** A hook is looked at in full again when that has been affordable, by half the budget, for so long. */
const CALM_MS = 5000;
const LONGEST_MS = 60_000;
/** For so long after it was sampled a hook is not judged again: calls that had begun are still to end. */
const GRACE_MS = 1000;

const COUNTED = ['calls', 'observed', 'filtered', 'slowNs'] as const;

type Growth = Record<(typeof COUNTED)[number], number>;

interface Governed {
  readonly hook: number;
  price: Price;
  isBreakpoint: boolean;
  /** It stays, whatever it costs: an application that was mended must not break again under load. */
  isReplaced: boolean;
  /** Its calls are not even sampled. */
  isOff: boolean;
  readonly spent: Spent;
  calls: number;
  observed: number;
  filtered: number;
  slowNs: number;
  totalNs: number;
  /** Calls a second, of late. */
  rate: number;
  /** Nanoseconds of one call in full, of late. */
  fullNs: number;
  sampledPerSecond: number;
  calmSince: number;
  sampledSince: number;
  patienceMs: number;
  /** Of the calls, how many were looked at when all could be, and how many a second: a rate may have limited them. */
  lookedShare: number;
  lookedRate: number;
}

export class Governor {
  readonly #tools: GovernorTools;
  readonly #hooks = new Map<number, Governed>();
  readonly #pauses = new Spent();
  #budget: Budget;
  #seenPauses = 0;
  #last: number;

  constructor(tools: GovernorTools, budget: Budget, now: number) {
    this.#tools = tools;
    this.#budget = budget;
    this.#last = now;
  }

  get budget(): Budget {
    return this.#budget;
  }

  /** Zero shares switch it off; what is sampled then is looked at in full again. */
  setBudget(budget: Budget): void {
    this.#budget = {
      share: clamp(budget.share, 0, 1),
      overMs: clamp(budget.overMs, 100, LONGEST_MS),
      burstShare: clamp(budget.burstShare, 0, 1),
      burstMs: clamp(budget.burstMs, 100, LONGEST_MS),
    };
    if (!this.#isOn) for (const governed of this.#hooks.values()) this.#restore(governed);
  }

  learn(report: HookReport): void {
    const price = { ...PRICE, ...report.price };
    const isBreakpoint = report.instrument === 'breakpoint';
    const isReplaced = report.isReplaced === true;
    const known = this.#hooks.get(report.hook);
    if (known) {
      known.isBreakpoint = isBreakpoint;
      known.isReplaced = isReplaced;
      // Of a breakpoint it is measured again and again.
      if (price.hitNs !== undefined) known.price = price;
      return;
    }
    const { slots } = this.#tools;
    this.#hooks.set(report.hook, {
      hook: report.hook,
      price,
      isBreakpoint,
      isReplaced,
      isOff: false,
      spent: new Spent(),
      calls: slots.hook(report.hook, 'calls'),
      observed: slots.hook(report.hook, 'observed'),
      filtered: slots.hook(report.hook, 'filtered'),
      slowNs: slots.hook(report.hook, 'slowNs'),
      totalNs: 0,
      rate: 0,
      fullNs: price.observedNs,
      sampledPerSecond: 0,
      calmSince: 0,
      sampledSince: Number.NEGATIVE_INFINITY,
      patienceMs: CALM_MS,
      lookedShare: 1,
      lookedRate: 0,
    });
  }

  reprice(hook: number, price: Price): void {
    const known = this.#hooks.get(hook);
    if (known) known.price = { ...PRICE, hitNs: known.price.hitNs, ...price };
  }

  forget(hook: number): void {
    this.#hooks.delete(hook);
  }

  /** Up to now, also between two looks. */
  costMs(hook: number): number {
    const governed = this.#hooks.get(hook);
    return governed ? (governed.totalNs + this.#spent(governed, this.#growth(governed))) / 1e6 : 0;
  }

  /** Of all hooks, of late. */
  get callsPerSecond(): number {
    let sum = 0;
    for (const { rate } of this.#hooks.values()) sum += rate;
    return sum;
  }

  /** Of one core, over the longer time of the budget. */
  share(now: number): number {
    const { overMs } = this.#budget;
    let nanos = this.#pauses.since(now - overMs);
    for (const { spent } of this.#hooks.values()) nanos += spent.since(now - overMs);
    return nanos / 1e6 / overMs;
  }

  /** Fills up what sampled hooks may look at; `ms` since the last time. */
  fill(ms: number): void {
    for (const { hook, sampledPerSecond } of this.#hooks.values()) {
      if (sampledPerSecond === 0) continue;
      const tokens = this.#tools.slots.hook(hook, 'tokens') + (sampledPerSecond * ms) / 1000;
      this.#tools.slots.setHook(hook, 'tokens', Math.min(tokens, Math.max(1, sampledPerSecond / 10)));
    }
  }

  /** Looks at what was spent since the last time, and acts. */
  tick(now: number): void {
    const ms = now - this.#last;
    if (ms <= 0) return;
    this.#last = now;
    for (const governed of this.#hooks.values()) this.#count(governed, now, ms);
    this.#countPauses(now);
    if (!this.#isOn) return;
    const asked = new Set<Governed>();
    for (let over = this.#over(now); over !== undefined; over = this.#over(now)) {
      const dearest = this.#dearest(now, over, asked);
      if (!dearest) break;
      asked.add(dearest);
      this.#curb(dearest, now, over);
    }
    for (const governed of this.#hooks.values()) this.#calm(governed, now);
  }

  get #isOn(): boolean {
    return this.#budget.share > 0 && this.#budget.burstShare > 0;
  }

  #count(governed: Governed, now: number, ms: number): void {
    const { slots } = this.#tools;
    const { hook, price } = governed;
    const growth = this.#growth(governed);
    for (const field of COUNTED) governed[field] = slots.hook(hook, field);
    const nanos = this.#spent(governed, growth);
    const { calls, observed, filtered, slowNs } = growth;
    governed.spent.add(now, nanos);
    governed.totalNs += nanos;
    governed.rate = (calls / ms) * 1000;
    const looked = observed + filtered;
    if (governed.sampledPerSecond === 0 && calls > 0) {
      governed.lookedShare = looked / calls;
      governed.lookedRate = (looked / ms) * 1000;
    }
    if (looked > 0) {
      const each = (observed * price.observedNs + filtered * price.filteredNs + slowNs) / looked;
      governed.fullNs = governed.fullNs * 0.7 + each * 0.3;
    }
  }

  /**
   * Those of an install are over and done with: to curb a hook would not bring them back. Breakpoints make new ones for
   * as long as they are there.
   */
  #countPauses(now: number): void {
    const pauses = this.#tools.pauses();
    const nanos = Math.max(0, pauses - this.#seenPauses) * PAUSE_NS;
    this.#seenPauses = pauses;
    const breakpoints = [...this.#hooks.values()].filter(({ isBreakpoint }) => isBreakpoint);
    if (breakpoints.length === 0) this.#pauses.add(now, nanos);
    for (const governed of breakpoints) {
      governed.spent.add(now, nanos / breakpoints.length);
      governed.totalNs += nanos / breakpoints.length;
    }
  }

  /** What the counters of a hook have grown by since they were looked at. */
  #growth({ hook, ...known }: Governed): Growth {
    const growth = { calls: 0, observed: 0, filtered: 0, slowNs: 0 };
    for (const field of COUNTED) {
      const value = this.#tools.slots.hook(hook, field);
      // A slot that was cleared begins anew.
      growth[field] = value >= known[field] ? value - known[field] : value;
    }
    return growth;
  }

  #spent({ price, isBreakpoint }: Governed, { calls, observed, filtered, slowNs }: Growth): number {
    const passed = Math.max(0, calls - observed - filtered);
    const atBreakpoint = isBreakpoint ? calls * (price.hitNs ?? BREAKPOINT_NS) : 0;
    if (price.hitNs !== undefined) return atBreakpoint + slowNs;
    const counted = observed * price.observedNs + filtered * price.filteredNs + passed * price.passedNs;
    return counted + slowNs + atBreakpoint;
  }

  /** The window whose budget is used up. */
  #over(now: number): { readonly ms: number; readonly share: number } | undefined {
    const { share, overMs, burstShare, burstMs } = this.#budget;
    for (const window of [
      { ms: burstMs, share: burstShare },
      { ms: overMs, share },
    ]) {
      let nanos = 0;
      for (const governed of this.#hooks.values())
        if (this.#canBeCurbed(governed)) nanos += governed.spent.since(now - window.ms);
      if (nanos / 1e6 > window.share * window.ms) return window;
    }
    return undefined;
  }

  /** What other texts cost is shown, and no reason to look at less elsewhere. */
  #canBeCurbed({ hook, isReplaced, isOff }: Governed): boolean {
    return !isReplaced || (!isOff && this.#tools.isObserved(hook));
  }

  #dearest(now: number, { ms }: { ms: number }, except: ReadonlySet<Governed>): Governed | undefined {
    let dearest: Governed | undefined;
    let most = 0;
    for (const governed of this.#hooks.values()) {
      const nanos = governed.spent.since(now - ms);
      if (
        !this.#canBeCurbed(governed) ||
        except.has(governed) ||
        nanos <= most ||
        now - governed.sampledSince < GRACE_MS
      )
        continue;
      most = nanos;
      dearest = governed;
    }
    return dearest;
  }

  #curb(governed: Governed, now: number, { ms, share }: { ms: number; share: number }): void {
    const { slots } = this.#tools;
    const { hook, rate } = governed;
    const cost = governed.spent.over(now, ms);
    // What it has cost so far is settled by this: it is judged anew by what it costs from now on.
    governed.spent.clear();
    const took = `${percent(cost)} of a core (the budget is ${percent(share)})`;
    if (governed.sampledPerSecond === 0 && !governed.isBreakpoint) {
      const affordable = (this.#budget.share * SAMPLED_PART * 1e9) / Math.max(1, governed.fullNs);
      governed.sampledPerSecond = Math.round(clamp(affordable, LEAST_SAMPLES, MOST_SAMPLES));
      governed.calmSince = 0;
      governed.sampledSince = now;
      slots.setHook(hook, 'tokens', 1);
      slots.setHook(hook, 'mode', MODE.sampled);
      const text = `called ${often(rate)}, observing it took ${took}: from now on at most ${governed.sampledPerSecond} calls a second are looked at, the others pass`;
      this.#say(governed, 'sampled', cost, text);
      return;
    }
    slots.setHook(hook, 'mode', MODE.off);
    if (governed.isReplaced) {
      governed.isOff = true;
      const text = `called ${often(rate)}, even to sample its calls took ${took}: for now none is observed; the new source that it runs stays`;
      this.#say(governed, 'sampled', cost, text);
      return;
    }
    const how = governed.isBreakpoint ? 'its breakpoint' : 'even to sample its calls';
    const text = `called ${often(rate)}, ${how} took ${took}: it is no longer observed. A function that is called less often, or one that calls it, can be`;
    this.#say(governed, 'removed', cost, text);
    this.#hooks.delete(hook);
    this.#tools.remove(hook, text, governed.totalNs / 1e6);
  }

  #calm(governed: Governed, now: number): void {
    if (governed.sampledPerSecond === 0) return;
    if (shareInFull(governed) > this.#budget.share * SAMPLED_PART) governed.calmSince = 0;
    else if (governed.calmSince === 0) governed.calmSince = now;
    else if (now - governed.calmSince >= governed.patienceMs) this.#restore(governed);
  }

  #restore(governed: Governed): void {
    if (governed.sampledPerSecond === 0) return;
    governed.sampledPerSecond = 0;
    governed.isOff = false;
    // One that comes back to it is left there for longer.
    governed.patienceMs = Math.min(LONGEST_MS, governed.patienceMs * 2);
    this.#tools.slots.setHook(governed.hook, 'mode', MODE.full);
    const text = `called ${often(governed.rate)} by now: every call is observed again`;
    this.#say(governed, 'restored', shareInFull(governed), text);
  }

  #say({ hook, rate }: Governed, action: GovernorEvent['action'], share: number, text: string): void {
    this.#tools.said({ hook, action, share, callsPerSecond: Math.round(rate), text });
  }
}

/** What it would take of a core, at the rate of late, if it were not sampled. */
function shareInFull({ rate, fullNs, price, lookedShare, lookedRate }: Governed): number {
  const looked = lookedShare > 0.5 ? rate : Math.min(rate, lookedRate);
  return (looked * fullNs + (rate - looked) * price.passedNs) / 1e9;
}

function clamp(value: number, least: number, most: number): number {
  return Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : least;
}

function percent(share: number): string {
  return `${(share * 100).toPrecision(2).replace(/\.0$/, '')} %`;
}

function often(rate: number): string {
  return rate < 0.5
    ? 'less than once a second'
    : `${Math.round(rate).toLocaleString('en-US')} times a second`;
}
