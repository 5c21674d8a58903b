// Over 400 lines: who observes, who has copies and who traces share one turn, one table and one end.
import { errorText, RemoraError } from '../../base/index.js';
import type { Budget, FirstHit, HookReport, InstrumentCalls, UndoReport } from '../../probe/index.js';
import { type ScriptList, scriptsOf } from '../scripts/index.js';
import type { Lease, Target } from '../types.js';
import { reportFrom, statusFrom, undoFrom } from './checked.js';
import { type CopyHost, CopyTable } from './copyTable.js';
import { instrumentErrors } from './errors.js';
import { findObservable } from './find.js';
import { FirstHits } from './firstHit.js';
import { type HookEntry, HookTable, keyOf } from './hookTable.js';
import { instrumentLifetime, instrumentQuiet, instrumentUndoWait, instrumentWait } from './limits.js';
import { holderOf } from './observationHolder.js';
import { observerSpec } from './observerSpec.js';
import { type Observed, OpenObservation } from './openObservation.js';
import { listenToProbe } from './probeEvents.js';
import { explain } from './quiet.js';
import { Renewal } from './renewal.js';
import { cannot, isTimeout, notObservable, planSteps, tellsMore, UNREACHED } from './reports.js';
import { resetMatcher } from './resetPattern.js';
import { settleHooks } from './resting.js';
import { Specs } from './specs.js';
import { withNames } from './statusNames.js';
import { TracedFunctions } from './tracedFunctions.js';
import { traced } from './tracing.js';
import { forgetCalls } from './tunnel.js';
import type {
  Copy,
  CopyRequest,
  FindOptions,
  FunctionPattern,
  NamedStatus,
  ObservableFunction,
  Observation,
  ObserveRequest,
  TargetInstruments,
  Traceable,
} from './types.js';

/** A hook's end is told with its reason by the recorder; when that word is lost, this is waited for it. */
const LAST_WORD_MS = 1000;
const NO_REPORT = 'the probe answered what is no report';

/** The instruments of one target: who observes what, and what is installed for that. */
export class InstrumentRegistry implements TargetInstruments {
  readonly #target: Target;
  readonly #list: ScriptList;
  readonly #table = new HookTable();
  readonly #observations = new Map<number, OpenObservation>();
  #turn: Promise<unknown> = Promise.resolve();
  #domain: Lease | undefined;
  readonly #renewal: Renewal;
  readonly #copies: CopyTable;
  readonly #traced: TracedFunctions;
  #nextObserver = 1;
  #isUsed = false;
  #budget: Budget | undefined;
  #budgetSent = false;

  constructor(target: Target) {
    this.#target = target;
    this.#list = scriptsOf(target);
    this.#renewal = new Renewal(this.#table, (params) => this.#call('instrumentRenew', params));
    this.#copies = new CopyTable(this.#copyHost);
    this.#traced = new TracedFunctions(this.#list, {
      ...this.#copyHost,
      open: (fn, asked) => this.#copies.open(fn, asked),
      drop: (copy) => this.#copies.dropIn(copy),
    });
    target.closed.addEventListener('abort', () => this.#gone(), { once: true });
  }

  find(pattern: FunctionPattern, options: FindOptions): Promise<readonly ObservableFunction[]> {
    return findObservable(this.#target, pattern, options);
  }

  traceable(functions: readonly ObservableFunction[]): Promise<readonly Traceable[]> {
    return this.#traced.rewrites.traceable(functions);
  }

  async observe(functions: readonly ObservableFunction[], request: ObserveRequest): Promise<Observation> {
    if (this.#target.channel !== 'worker') throw instrumentErrors.needsWorker();
    const unique = [...new Map(functions.map((fn) => [keyOf(fn), fn])).values()];
    return await this.#inTurn(async () => {
      this.#use();
      if (request.trace) await this.#target.main('traceReady', {});
      const lifetimeMs = (request.lifetime ?? instrumentLifetime.value) * 1000;
      const observed = await this.#hook(unique, lifetimeMs, request.force);
      try {
        return await traced(await this.#observe(observed, request), this.#traced);
      } catch (error) {
        await this.#unhookUnused();
        throw error;
      }
    });
  }

  copy(fn: ObservableFunction, request: CopyRequest): Promise<Copy> {
    return this.#inTurn(() => this.#copies.open(fn, request));
  }

  async reset(
    pattern: { readonly text: string; readonly regex: boolean } | undefined,
  ): Promise<{ classCount: number; methodCount: number; later: number }> {
    const fits = resetMatcher(pattern);
    if (this.#target.closed.aborted) return { classCount: 0, methodCount: 0, later: 0 };
    return await this.#inTurn(async () => {
      const entries = this.#table.all();
      const isMeant = fits(entries.map(({ of }) => of));
      const chosen = entries.filter((_, index) => isMeant[index]);
      const { later } = await this.#unhook(chosen);
      await forgetCalls(this.#target, pattern && fits);
      for (const { slot } of chosen) this.#lose(slot, 'undone');
      const classes = new Set(chosen.map(({ of }) => of.className));
      return { classCount: classes.size, methodCount: chosen.length, later: later.length };
    });
  }

  async status(): Promise<NamedStatus | undefined> {
    if (!this.#isUsed || this.#target.closed.aborted) return undefined;
    return withNames(
      statusFrom(await this.#call('instrumentStatus', {})),
      this.#table,
      this.#observations,
      this.#copies,
    );
  }

  async setBudget(budget: Budget): Promise<void> {
    this.#budget = budget;
    if (this.#isUsed && !this.#target.closed.aborted) await this.#call('instrumentBudget', budget);
  }

  // Installing.

  /** One entry for each function; throws when none of them can be reached. */
  async #hook(
    functions: readonly ObservableFunction[],
    lifetimeMs: number,
    force?: boolean,
  ): Promise<Observed[]> {
    const wanted = functions.filter((fn) => !this.#table.of(fn) && planSteps(fn) > 0);
    if (wanted.length > this.#table.room) await this.#sweep();
    this.#table.reserve(wanted.length);
    this.#domain ??= await this.#list.open();
    const observed: Observed[] = [];
    try {
      if (!this.#budgetSent) await this.#sendBudget();
      const specs = new Specs(this.#list);
      const firstHits = new FirstHits(wanted, force);
      for (const of of functions) observed.push(await this.#hookOne(of, specs, lifetimeMs, firstHits.of(of)));
    } catch (error) {
      await this.#unhookUnused();
      throw error;
    }
    if (observed.some(({ slot }) => slot !== undefined)) return observed;
    await this.#unhookUnused();
    throw notObservable(observed);
  }

  async #hookOne(
    of: ObservableFunction,
    specs: Specs,
    lifetimeMs: number,
    firstHit: FirstHit,
  ): Promise<Observed> {
    const shared = this.#table.of(of);
    if (shared) {
      shared.lifetimeMs = Math.max(shared.lifetimeMs, lifetimeMs);
      return { of, slot: shared.slot, report: shared.report, entry: shared, isSeen: false };
    }
    if (planSteps(of) === 0)
      return { of, slot: undefined, report: cannot(-1, [of.note ?? '']), isSeen: false };
    const entry = this.#table.add(of, lifetimeMs, (slot) => cannot(slot, []));
    try {
      const spec = await specs.of(of, entry.slot, lifetimeMs, firstHit);
      const answer = reportFrom(await this.#call('instrumentHook', spec)) ?? cannot(entry.slot, [NO_REPORT]);
      // Word of its installation may have come before the answer: what came last counts.
      if (entry.report.notes.length === 0 && entry.report.state === 'cannot') entry.report = answer;
    } catch (error) {
      // What does not answer for one will not for the next.
      if (this.#target.closed.aborted || isTimeout(error)) throw error;
      entry.report = cannot(entry.slot, [errorText(error)]);
    }
    const { report } = entry;
    if (report.state !== 'cannot' && report.state !== 'removed') {
      return { of, slot: entry.slot, report, entry, isSeen: false };
    }
    await this.#unhook([entry]);
    return { of, slot: undefined, report, isSeen: false };
  }

  async #observe(observed: readonly Observed[], request: ObserveRequest): Promise<OpenObservation> {
    const observer = this.#nextObserver++;
    const before = new Map<number, number>();
    for (const each of observed) {
      // Its report may have changed while others were installed, and it may be gone.
      each.report = each.entry?.report ?? each.report;
      if (each.entry && this.#table.at(each.entry.slot) !== each.entry) each.slot = undefined;
    }
    const slots = observed.flatMap(({ slot }) => (slot === undefined ? [] : [slot]));
    if (slots.length === 0) throw notObservable(observed);
    if (slots.some((slot) => (this.#table.at(slot)?.observers.size ?? 0) > 0)) {
      for (const { report, costMs } of (await this.status())?.hooks ?? []) before.set(report.hook, costMs);
    }
    const observation = new OpenObservation(observer, request, observed, before, this.#holder);
    this.#observations.set(observer, observation);
    for (const slot of slots) this.#table.at(slot)?.observers.add(observer);
    try {
      await this.#settle();
      await this.#call('instrumentObserve', observerSpec(observation));
    } catch (error) {
      this.#drop(observation);
      throw error;
    }
    this.#renewal.start();
    const quiet = setTimeout(
      () => void explain(observation, this.#list, () => this.status()),
      instrumentQuiet.value * 1000,
    );
    quiet.unref();
    return observation;
  }

  // Letting go.

  readonly #copyHost: CopyHost = {
    hook: async (fn, lifetimeMs, force) => {
      if (this.#target.channel !== 'worker') throw instrumentErrors.needsWorker();
      this.#use();
      return (await this.#hook([fn], lifetimeMs, force))[0]?.entry;
    },
    inTurn: (step) => this.#inTurn(step),
    isGone: () => this.#target.closed.aborted,
    call: (name, params) => this.#call(name, params),
    kept: () => this.#renewal.start(),
    settle: () => this.#settle(),
    unhookUnused: () => this.#unhookUnused(),
  };

  readonly #holder = holderOf({
    open: (observer) => (this.#target.closed.aborted ? undefined : this.#observations.get(observer)),
    inTurn: (step) => this.#inTurn(step),
    call: (name, params, waitMs) => this.#call(name, params, waitMs),
    status: () => this.status(),
    settle: () => this.#settle(),
    end: (observer) => this.#end(observer),
  });

  async #settle(): Promise<void> {
    const isNeeded = ({ slot, observers }: HookEntry) =>
      [...observers].some((each) => this.#observations.get(each)?.isResting === false) ||
      this.#copies.isNeeded(slot);
    await settleHooks(this.#table, isNeeded, (params) =>
      this.#call('instrumentRest', params, instrumentUndoWait.value),
    );
    this.#traced.settle();
  }

  async #end(observer: number): Promise<void> {
    const observation = this.#observations.get(observer);
    if (!observation) return;
    observation.queue.push({ kind: 'end', why: 'ended' });
    if (this.#target.closed.aborted) return;
    await this.#inTurn(async () => {
      if (!this.#observations.has(observer)) return;
      await observation.lastCost();
      this.#drop(observation);
      await observation.tracing?.end();
      const unobserved = this.#call('instrumentUnobserve', { observer }, instrumentUndoWait.value);
      await Promise.all([unobserved.catch((error: unknown) => this.#ifHere(error)), this.#unhookUnused()]);
    });
  }

  #drop(observation: OpenObservation): void {
    this.#observations.delete(observation.observer);
    for (const entry of this.#table.all()) entry.observers.delete(observation.observer);
  }

  async #unhookUnused(): Promise<void> {
    await this.#unhook(this.#table.unused());
    // Those who are left may all be resting.
    await this.#settle().catch((error: unknown) => this.#ifHere(error));
  }

  async #unhook(entries: readonly HookEntry[]): Promise<UndoReport> {
    if (entries.length === 0) {
      this.#rest();
      return { undone: [], later: [], stallMs: 0 };
    }
    const hooks = entries.map(({ slot }) => slot);
    try {
      const report = undoFrom(await this.#call('instrumentUnhook', { hooks }, instrumentUndoWait.value));
      for (const entry of entries) this.#table.remove(entry, !report.undone.includes(entry.slot));
      return report;
    } catch (error) {
      this.#ifHere(error);
      // Their lifetime ends them, or the probe's own end does.
      for (const entry of entries) this.#table.remove(entry, true);
      return { undone: [], later: hooks, stallMs: 0 };
    } finally {
      this.#rest();
    }
  }

  /** A target that has gone has nothing left to take out. */
  #ifHere(error: unknown): void {
    if (!this.#target.closed.aborted && !(error instanceof RemoraError)) throw error;
  }

  /** Slots whose functions have been put back since. */
  async #sweep(): Promise<void> {
    const held = new Set((await this.status())?.hooks.map(({ report }) => report.hook));
    for (const slot of this.#table.leaving()) if (!held.has(slot)) this.#table.left(slot);
  }

  #rest(): void {
    if (this.#table.size > 0) return;
    this.#renewal.stop();
    this.#domain?.release();
    this.#domain = undefined;
  }

  // What the probe tells.

  #use(): void {
    if (this.#isUsed) return;
    this.#isUsed = true;
    listenToProbe(this.#target, {
      record: (record) => {
        const observation = this.#observations.get(record.observer);
        const observed = observation?.at(record.hook);
        if (!observation || !observed) return;
        observed.isSeen = true;
        const tree = observation.tracing?.tree(record);
        observation.queue.push({ kind: 'record', record, of: observed.of, ...(tree && { tree }) });
      },
      dropped: (observer, count) => this.#observations.get(observer)?.queue.drop(count),
      hook: (report) => this.#changed(report),
      ended: (observer, why) => this.#ended(observer, why),
      copy: (report) => this.#copies.changed(report),
      governor: (event) => {
        for (const observation of this.#of(event.hook)) observation.governed(event);
      },
    });
  }

  #changed(report: HookReport): void {
    const entry = this.#table.at(report.hook);
    if (!entry) {
      if (report.state === 'removed') this.#table.left(report.hook);
      return;
    }
    const isNews = tellsMore(entry.report, report);
    entry.report = report;
    for (const observation of this.#of(report.hook)) {
      const observed = observation.at(report.hook);
      if (!observed) continue;
      observed.report = report;
      if (report.state === 'removed') observation.removed(report);
      if (isNews) observation.queue.push({ kind: 'hook', report, of: observed.of });
    }
    if (report.state === 'removed') {
      this.#table.remove(entry, false);
      this.#lose(report.hook, report.notes.at(-1) ?? 'undone', LAST_WORD_MS);
      this.#rest();
    } else if (report.state === 'cannot' && entry.observers.size + entry.copies.size > 0) {
      this.#lose(report.hook, report.notes.at(-1) ?? UNREACHED);
      void this.#inTurn(() => this.#unhook([entry])).catch(() => undefined);
    }
  }

  /** A slot has gone; observations that have none left end. */
  #lose(slot: number, why: string, graceMs = 0): void {
    this.#copies.lose(slot, why);
    for (const observation of this.#of(slot)) {
      const observed = observation.at(slot);
      if (observed) observed.slot = undefined;
      if (observation.slots.length > 0) continue;
      if (graceMs === 0) this.#ended(observation.observer, why);
      else setTimeout(() => this.#ended(observation.observer, why), graceMs).unref();
    }
  }

  #ended(observer: number, why: string): void {
    const observation = this.#observations.get(observer);
    if (!observation) return;
    observation.queue.push({ kind: 'end', why });
    void this.#end(observer).catch(() => undefined);
  }

  #of(slot: number): OpenObservation[] {
    return [...this.#observations.values()].filter((observation) => observation.at(slot) !== undefined);
  }

  #gone(): void {
    this.#renewal.stop();
    const why = errorText(this.#target.closed.reason);
    for (const observation of this.#observations.values()) {
      observation.queue.push({ kind: 'end', why });
      void observation.lastCost();
    }
    this.#copies.clear(why);
    this.#traced.stop();
    this.#observations.clear();
    this.#table.clear();
    this.#domain = undefined;
  }

  async #sendBudget(): Promise<void> {
    // Until one is named, the probe keeps to its own.
    if (this.#budget) await this.#call('instrumentBudget', this.#budget);
    this.#budgetSent = true;
  }

  /** One after the other: what one installs, another may share, and a third may be taking out. */
  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(step);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  #call<K extends keyof InstrumentCalls>(
    name: K,
    params: Parameters<InstrumentCalls[K]>[0],
    timeoutMs = instrumentWait.value,
  ): Promise<unknown> {
    return this.#target.worker(name, params, { timeoutMs });
  }
}
