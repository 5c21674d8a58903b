import type { ReachNews } from '../../instrument/reach/news.js';
import type { HookReport, HookSpec, InstrumentName, Step } from '../../instrumentProtocol.js';
import { CallWatch } from './callWatch.js';
import { CopyWatch } from './copyWatch.js';
import { HookState, type Run, type Tools } from './hookState.js';
import { touchCallers } from './staleCallers.js';

/** How long call sites are made to forget the wrapper, when the function is put back. */
const UNDO_TOUCH_MS = 60;
/** A breakpoint that takes longer to set than this is set only where it is the only way. */
const DEAR_MS = 30;
const UNVERIFIED =
  'its script is so long that no breakpoint is set in it: who calls past what stands in for it is not looked for (--force looks)';

/** One hook in the target, from its plan to its undo. The keeper lets one thing happen at a time. */
export class HookRun implements Run {
  readonly spec: HookSpec;
  readonly #state: HookState;
  readonly #watch: CallWatch;
  readonly copies: CopyWatch;

  constructor(spec: HookSpec, tools: Tools) {
    this.spec = spec;
    this.#state = new HookState(spec, tools);
    this.#watch = new CallWatch(this.#state);
    this.copies = new CopyWatch(this.#state);
  }

  get report(): HookReport {
    const { report } = this.#state;
    return this.copies.replaces ? { ...report, isReplaced: true } : report;
  }

  /** Conditions of its own are set. */
  get isArmed(): boolean {
    return this.#state.isArmed;
  }

  /** Has to be looked at soon, whether a condition was met or not. */
  get isDue(): boolean {
    return this.#watch.isDue;
  }

  /** Is going to be looked at. */
  get isWatched(): boolean {
    return this.#watch.isOn || this.copies.isOn;
  }

  note(text: string): void {
    this.#state.notes.add(text);
  }

  /** Runs the plan until something holds the wrapper. */
  async install(): Promise<void> {
    const state = this.#state;
    await this.#keeping(async () => {
      await state.call('reachOpen', this.spec);
      for (const step of this.spec.plan) {
        await this.#step(step);
        if (state.hasPlaced) break;
      }
      if (state.hasPlaced) await this.#verify();
      else if (this.#isRefused)
        state.notes.add(`only a breakpoint reaches it: ${this.spec.firstHit?.refused}`);
    });
  }

  async rest(): Promise<void> {
    await this.copies.rest();
    await this.#watch.sleep();
  }

  async wake(): Promise<void> {
    await this.#keeping(() => this.#watch.wake());
    await this.copies.wake();
  }

  /** The condition had something to tell, or it is time to look again. True when the report changed. */
  async look(): Promise<boolean> {
    const state = this.#state;
    const before = state.said;
    await this.#keeping(async () => {
      if (!state.isArmed && state.news?.constants === 0) return await this.#watch.lookAgain();
      await this.#take(await state.call('reachNews', {}), 'scope-entry');
      for (const error of state.news?.errors ?? []) state.notes.add(`a condition failed: ${error}`);
      await this.#watch.look();
    });
    return state.said !== before;
  }

  /** False when something is left that takes another moment. `quick`: constants, which take a pause each, are left. */
  async undo({ quick = false } = {}): Promise<boolean> {
    let isClean = false;
    await this.#keeping(async () => {
      isClean = await this.#undo(quick);
    });
    return isClean;
  }

  async #undo(quick: boolean): Promise<boolean> {
    const state = this.#state;
    await this.copies.stop();
    await this.#watch.stop();
    if (!quick) await state.placer.restoreConstants();
    const { clients, kinds } = await state.call('reachNews', {});
    const { clean, notes } = await state.call<{ clean: boolean; notes: readonly string[] }>('reachUndo', {});
    for (const note of notes) state.notes.add(note);
    state.isRemoved = true;
    // What V8 has optimised while the variable held the wrapper may go on calling that.
    if (!quick && kinds.includes('variable')) {
      await state.meter.time(() => touchCallers(clients, state.tools.breakpoints, UNDO_TOUCH_MS));
    }
    return clean;
  }

  async #step(step: Step): Promise<void> {
    const state = this.#state;
    switch (step.by) {
      case 'exports':
        await this.#learnLoader();
        return await this.#take(await state.call('reachExports', {}), 'property');
      case 'native':
        return await this.#take(
          await state.call('reachNative', { module: step.module, path: step.path }),
          'native',
        );
      case 'scope-read':
        return await this.#scopeRead();
      case 'breakpoint':
        return state.isArmed || this.#isRefused ? undefined : await this.#watch.startLastResort();
      default:
        if (!this.#isRefused) await this.#watch.arm();
    }
  }

  /** Has the calls looked at for a moment: someone may hold the function where nobody looked. */
  async #verify(): Promise<void> {
    const { instrument, tools } = this.#state;
    if (this.#isRefused) {
      this.#state.isUnverified = true;
      this.#state.notes.add(UNVERIFIED);
      return;
    }
    // Methods are found by their name at each call; variables that were taken from exports are not.
    const isDear = tools.breakpoints.slowestMs > DEAR_MS && instrument !== 'property';
    if (this.spec.source && !isDear) await this.#watch.arm();
  }

  /** Its first hit would take too long. */
  get #isRefused(): boolean {
    return this.spec.firstHit?.refused !== undefined;
  }

  async #take(first: ReachNews, by: InstrumentName): Promise<void> {
    const state = this.#state;
    const news = await this.#place(first);
    if (news.cut) state.notes.add('a limit cut the search short');
    if (news.reached === 0 || state.hasPlaced) {
      state.news = news;
      return;
    }
    state.hasPlaced = true;
    state.instrument = this.#nameOf(news, by);
    // Calls from before went past it, of course.
    await state.call('reachCount', {});
    state.news = { ...news, hits: 0, stray: 0, through: 0, callers: [] };
  }

  /** Constants wait for a turn of the main thread, which a condition at each call would only put off. */
  async #place(first: ReachNews): Promise<ReachNews> {
    const { placer } = this.#state;
    const news = await placer.confirm(first);
    if (news.constants === 0) return news;
    await this.#watch.rest();
    const after = await placer.setConstants(news);
    if (after.constants === 0) await this.#watch.goOn();
    return after;
  }

  #nameOf({ kinds }: ReachNews, by: InstrumentName): InstrumentName {
    if (this.spec.shape.kind === 'constructor') return 'constructor';
    if (this.#state.wasAsked) return 'holder';
    if (this.#state.placer.hasRebound) return 'const-rebind';
    if (by !== 'property') return by;
    const names: readonly InstrumentName[] = ['accessor', 'static', 'prototype'];
    return names.find((name) => kinds.includes(name)) ?? 'property';
  }

  /** Node's own loader of ES modules, for the namespaces of what is loaded. */
  async #learnLoader(): Promise<void> {
    if (!this.spec.script.isModule) return;
    const { engine } = this.#state.tools;
    const { scopes } = await engine.facts(
      await engine.evaluate(
        "(process.getBuiltinModule||globalThis[Symbol.for('remora.probe')].require)('node:module').register",
      ),
    );
    if (scopes) await engine.withObjects('learnLoader', [scopes]);
  }

  async #scopeRead(): Promise<void> {
    const { engine } = this.#state.tools;
    const { hook, script } = this.spec;
    const text = await this.#state.meter.time(async () => {
      const neighbours = await engine.elements(await engine.object('neighbours', hook));
      const facts = await Promise.all(neighbours.map((fn) => engine.facts(fn)));
      const lists = facts
        .filter(({ place }) => place?.scriptId === script.scriptId)
        .flatMap(({ scopes }) => (scopes ? [scopes] : []));
      return lists.length > 0 ? await engine.withObjects('scan', [{ value: hook }, ...lists]) : undefined;
    });
    if (typeof text === 'string') await this.#take(JSON.parse(text) as ReachNews, 'scope-read');
  }

  /** Objects of the target are kept for as long as this runs. */
  async #keeping(work: () => Promise<void>): Promise<void> {
    const { engine } = this.#state.tools;
    await engine.keeping(work).finally(() => engine.release());
  }
}
