import type { ReachNews } from '../../instrument/reach/news.js';
import type { HookReport, HookSpec, InstrumentName, Step } from '../../instrumentProtocol.js';
import type { MainThread } from '../mainThread.js';
import { Asker, handleOf } from './asker.js';
import type { Breakpoint, Breakpoints } from './breakpoints.js';
import type { Engine } from './engine.js';
import { guarded, LastResort } from './lastResort.js';
import type { Pauser } from './pauser.js';
import { Meter, Placer } from './placer.js';
import { dropStaleCallers, touchCallers } from './staleCallers.js';
import type { Variables } from './variables.js';

export interface Tools {
  readonly main: MainThread;
  readonly engine: Engine;
  readonly pauser: Pauser;
  readonly breakpoints: Breakpoints;
  readonly variables: Variables;
}

/** After the first call that was seen: how long, and for how many calls, those who still hold the original are looked for. */
const WINDOW_MS = 60;
const WINDOW_HITS = 300;
/**
 * Where some callers held the original, others may, that were not called in that moment: when to look once more.
 */
const AGAIN_MS = [200, 500, 1500, 5000];
/** How long call sites are made to forget the wrapper, when the function is put back. */
const UNDO_TOUCH_MS = 60;
/** Calls that may meet the condition, at some 0.1 ms each, while callers are looked for. */
const MOST_HITS = 5000;
/** Call sites that are made to forget what V8 has optimised. */
const MOST_DROPPED = 60;
/** Pauses in which callers are searched, each time that calls are found to go past the wrapper. */
const ASKS = 3;
/** A breakpoint that takes longer to set than this is set only where it is the only way. */
const DEAR_MS = 30;
/** Instances that are found one by one, before it is taken for a function that is made for each call. */
const INSTANCES = 8;
/** Above this many calls a second the breakpoint that looks out for new instances is taken away. */
const WATCHED_PER_SECOND = 500;

const WAITS = 'waits for its next call';

/** One hook in the target, from its plan to its undo. The keeper lets one thing happen at a time. */
export class HookRun {
  readonly spec: HookSpec;
  readonly #tools: Tools;
  readonly #meter = new Meter();
  readonly #placer: Placer;
  readonly #asker: Asker;
  readonly #lastResort: LastResort;
  #news: ReachNews | undefined;
  #instrument: InstrumentName | undefined;
  #key = '';
  #breakpoint: Breakpoint | undefined;
  #windowSince: number | undefined;
  #again = 0;
  #againAt: number | undefined;
  /** Call sites whose optimised code was thrown away: one that still goes past the wrapper holds the original. */
  readonly #dropped = new Set<string>();
  #asks = 0;
  #isAsking = false;
  /** Calls that have met the condition while callers were looked for. */
  #hits = 0;
  /** Nothing but its callers could tell where it is held. */
  #wasAsked = false;
  #hasPlaced = false;
  #isLastResort = false;
  #cannot = false;
  #strays = false;
  #removed = false;
  #pauses = 0;
  readonly #notes = new Set<string>();

  constructor(spec: HookSpec, tools: Tools) {
    this.spec = spec;
    this.#tools = tools;
    const { engine, variables } = tools;
    this.#placer = new Placer(spec, engine, variables, this.#meter);
    this.#asker = new Asker(tools.main, engine);
    this.#lastResort = new LastResort(spec, tools);
  }

  /** Conditions of its own are set. */
  get isArmed(): boolean {
    return this.#breakpoint !== undefined || this.#isLastResort;
  }

  /** Has to be looked at soon, whether a condition was met or not. */
  get isDue(): boolean {
    return this.#windowSince !== undefined || (this.#againAt ?? Number.POSITIVE_INFINITY) < performance.now();
  }

  /** Is going to be looked at. */
  get isWatched(): boolean {
    return this.isArmed || this.#againAt !== undefined;
  }

  get report(): HookReport {
    const { found = 0, reached = 0, notes = [] } = this.#news ?? {};
    return {
      hook: this.spec.hook,
      state: this.#state(found, reached),
      instrument: this.#instrument,
      holders: { found, reached },
      notes: [...notes, ...this.#notes],
      stallMs: Math.round(this.#meter.ms * 10) / 10,
      pauses: this.#pauses + this.#placer.pauses,
    };
  }

  /** What makes a report another one. */
  get #said(): string {
    const { stallMs: _, ...rest } = this.report;
    return JSON.stringify(rest);
  }

  #state(found: number, reached: number): HookReport['state'] {
    if (this.#removed) return 'removed';
    if (this.#isLastResort) return 'installed';
    if (this.#cannot) return 'cannot';
    if (reached === 0) return this.isArmed ? 'pending' : 'cannot';
    return reached < found || this.#strays ? 'partial' : 'installed';
  }

  /** Runs the plan until something holds the wrapper. */
  async install(): Promise<void> {
    await this.#counted(async () => {
      await this.#call('reachOpen', this.spec);
      for (const step of this.spec.plan) {
        await this.#step(step);
        if (this.#hasPlaced) break;
      }
      if (this.#hasPlaced) await this.#verify();
      else if (this.isArmed && !this.#isLastResort) this.#notes.add(WAITS);
    });
  }

  async #step(step: Step): Promise<void> {
    switch (step.by) {
      case 'exports':
        await this.#learnLoader();
        return await this.#take(await this.#call('reachExports', {}), 'property');
      case 'native':
        return await this.#take(
          await this.#call('reachNative', { module: step.module, path: step.path }),
          'native',
        );
      case 'scope-read':
        return await this.#scopeRead();
      case 'scope-entry':
        return await this.#arm();
      case 'holders':
        return await this.#arm();
      case 'breakpoint':
        if (!this.isArmed) await this.#startLastResort();
    }
  }

  /** The condition had something to tell, or the window may be over. True when the report changed. */
  async look(): Promise<boolean> {
    const before = this.#said;
    await this.#counted(async () => {
      if (!this.isArmed) return await this.#lookAgain();
      await this.#take(await this.#call('reachNews', {}), 'scope-entry');
      for (const error of this.#news?.errors ?? []) this.#notes.add(`a condition failed: ${error}`);
      if (this.#isLastResort) await this.#lookAtLastResort();
      else if (this.isArmed && this.#hasPlaced) await this.#lookForStrays();
      else if (this.isArmed && (this.#news?.hits ?? 0) > 0) await this.#lookForHolders();
    });
    return this.#said !== before;
  }

  /** False when something is left that takes another moment. */
  async undo(): Promise<boolean> {
    this.#windowSince = undefined;
    this.#againAt = undefined;
    this.#isAsking = false;
    await this.#lastResort.stop();
    await this.#disarm();
    await this.#placer.restoreConstants();
    const { clients, kinds } = await this.#call('reachNews', {});
    const { clean, notes } = await this.#call<{ clean: boolean; notes: readonly string[] }>('reachUndo', {});
    for (const note of notes) this.#notes.add(note);
    this.#removed = true;
    // What V8 has optimised while the variable held the wrapper may go on calling that.
    if (kinds.includes('variable')) {
      await this.#meter.time(() => touchCallers(clients, this.#tools.breakpoints, UNDO_TOUCH_MS));
    }
    return clean;
  }

  note(text: string): void {
    this.#notes.add(text);
  }

  async #lookAgain(): Promise<void> {
    this.#againAt = undefined;
    await this.#call('reachCount', {});
    await this.#arm();
  }

  /** Whether every call goes through a wrapper: the window after the first calls tells. */
  async #lookForStrays(): Promise<void> {
    const { hits = 0, stray = 0, callers = [] } = this.#news ?? {};
    if (hits === 0) return;
    this.#windowSince ??= performance.now();
    const passed = performance.now() - this.#windowSince;
    // Each time that it is looked at again, for longer: who is called last is seen last.
    const longer = 2 ** this.#again;
    if (hits < WINDOW_HITS * longer && passed < WINDOW_MS * longer) return;
    this.#windowSince = undefined;
    this.#hits += hits;
    if (this.#isMadeAgain) return await this.#lookForInstances(hits, passed);
    // A generator function's first location is met when it is first asked, not when it is called.
    if (stray === 0 || this.spec.shape.isGenerator) {
      this.#strays = false;
      const wait = this.#dropped.size > 0 ? AGAIN_MS[this.#again++] : undefined;
      this.#againAt = wait === undefined ? undefined : performance.now() + wait;
      return await this.#disarm();
    }
    this.#again = 0;
    if (this.#hits > MOST_HITS) await this.#giveUp(callers);
    else if (this.#isAsking) await this.#call('reachCount', { asking: true });
    else await this.#chase(callers);
  }

  /** There may be one more function object each time that what is around it is called. */
  get #isMadeAgain(): boolean {
    const { plan, shape } = this.spec;
    if (plan.some((step) => step.by === 'scope-entry' && step.binding?.isTop === false)) return true;
    return shape.kind === 'arrow' && shape.key !== '' && !shape.isStatic;
  }

  /** New instances are found at their first call, for as long as that costs little and makes sense. */
  async #lookForInstances(hits: number, passedMs: number): Promise<void> {
    const { stray = 0, through = 0, instances = 0 } = this.#news ?? {};
    const isPerCall = instances > INSTANCES && stray > through;
    const isHot = (hits * 1000) / Math.max(passedMs, 1) > WATCHED_PER_SECOND;
    await this.#call('reachCount', {});
    if (!isPerCall && !isHot) return;
    await this.#disarm();
    this.#strays = true;
    this.#notes.add('it is made anew again and again: instances made from now on are not seen');
    if (isPerCall && this.#mayBreak) await this.#startLastResort();
  }

  async #chase(callers: ReachNews['callers']): Promise<void> {
    const fresh = callers.filter((caller) => !this.#dropped.has(siteOf(caller)));
    if (fresh.length > 0 && this.#dropped.size < MOST_DROPPED) {
      for (const caller of fresh) this.#dropped.add(siteOf(caller));
      const note = await this.#meter.time(() => dropStaleCallers(fresh, this.#tools));
      if (note) this.#notes.add(note);
      // Calls from before went past it still.
      await this.#call('reachCount', {});
    } else if (this.#asks < ASKS) {
      await this.#ask();
    } else {
      await this.#giveUp(callers);
    }
  }

  async #giveUp(callers: ReachNews['callers']): Promise<void> {
    this.#strays = true;
    for (const { fn, url, line } of callers.slice(0, 3)) {
      this.#notes.add(`${fn || 'a function'} (${url}:${line}) still calls the original`);
    }
    await this.#disarm();
    if (this.#mayBreak) await this.#startLastResort();
  }

  /** It was called, and neither its variable nor its property was found: whoever called it holds it. */
  async #lookForHolders(): Promise<void> {
    const { hits = 0 } = this.#news ?? {};
    if (this.#isAsking && this.#hits + hits < MOST_HITS) return;
    this.#hits += hits;
    const mayAsk = this.spec.plan.some(({ by }) => by === 'holders');
    if (mayAsk && this.#asks < ASKS && this.#hits < MOST_HITS) return await this.#ask();
    await this.#disarm();
    this.#notes.delete(WAITS);
    if (this.#mayBreak) await this.#startLastResort();
    else {
      this.#cannot = true;
      this.#notes.add('it is called, but nothing was found that holds it');
    }
  }

  /** The next stray call pauses, and what its callers see is searched. */
  async #ask(): Promise<void> {
    this.#asks += 1;
    this.#isAsking = true;
    await this.#call('reachCount', { asking: true });
  }

  async #asked(paused: Parameters<Asker['search']>[1]): Promise<void> {
    this.#pauses += 1;
    this.#wasAsked ||= !this.#hasPlaced;
    const { engine } = this.#tools;
    await engine
      .keeping(() => this.#asker.search(this.spec.hook, paused, this.#placer, this.#key))
      .catch((error: unknown) => {
        this.#notes.add(`its callers could not be searched: ${(error as Error).message.split('\n', 1)[0]}`);
      })
      .finally(() => {
        this.#isAsking = false;
      });
  }

  async #lookAtLastResort(): Promise<void> {
    const news = this.#news;
    const why = news && (await this.#lastResort.look(news, this.#key));
    if (!why) return;
    this.#isLastResort = false;
    await this.#call('reachDisarm', {});
    this.#notes.add(why);
    if (this.#hasPlaced) this.#strays = true;
    else this.#removed = true;
  }

  get #mayBreak(): boolean {
    return this.spec.plan.some(({ by }) => by === 'breakpoint');
  }

  async #startLastResort(): Promise<void> {
    await this.#call('reachCount', {});
    const { key } = await this.#call<{ key: string }>('reachArm', {});
    this.#key = key;
    this.#isLastResort = await this.#meter.time(() => this.#lastResort.start(key));
    if (this.#isLastResort) {
      this.#instrument ??= 'breakpoint';
      this.#notes.add(
        'watched by a breakpoint: about 0.1 ms a call, the end of at most three calls a second',
      );
      return;
    }
    await this.#call('reachDisarm', {});
    this.#cannot = !this.#hasPlaced;
    this.#notes.add('V8 knows no place to stop in it');
  }

  /** Has the calls looked at for a moment: someone may hold the function where nobody looked. */
  async #verify(): Promise<void> {
    if (!this.spec.source || this.isArmed) return;
    // Methods are found by their name at each call; variables that were taken from exports are not.
    const isDear = this.#tools.breakpoints.slowestMs > DEAR_MS;
    if (isDear && this.#instrument !== 'property') return;
    await this.#arm();
  }

  async #take(first: ReachNews, by: InstrumentName): Promise<void> {
    const news = await this.#placer.place(first);
    this.#news = news;
    if (news.cut) this.#notes.add('a limit cut the search short');
    if (news.reached === 0 || this.#hasPlaced) return;
    this.#hasPlaced = true;
    this.#notes.delete(WAITS);
    // Calls from before went past it, of course.
    await this.#call('reachCount', {});
    this.#news = { ...news, hits: 0, stray: 0, through: 0, callers: [] };
    this.#instrument = this.#nameOf(news, by);
  }

  #nameOf({ kinds }: ReachNews, by: InstrumentName): InstrumentName {
    if (this.spec.shape.kind === 'constructor') return 'constructor';
    if (this.#wasAsked) return 'holder';
    if (this.#placer.hasRebound) return 'const-rebind';
    if (by !== 'property') return by;
    const names: readonly InstrumentName[] = ['accessor', 'static', 'prototype'];
    return names.find((name) => kinds.includes(name)) ?? 'property';
  }

  /** Node's own loader of ES modules, for the namespaces of what is loaded. */
  async #learnLoader(): Promise<void> {
    if (!this.spec.script.isModule) return;
    const { engine } = this.#tools;
    const { scopes } = await engine.facts(
      await engine.evaluate(
        "(process.getBuiltinModule||globalThis[Symbol.for('remora.probe')].require)('node:module').register",
      ),
    );
    if (scopes) await engine.withObjects('learnLoader', [scopes]);
  }

  async #scopeRead(): Promise<void> {
    const { engine } = this.#tools;
    const { hook, script } = this.spec;
    const text = await this.#meter.time(async () => {
      const neighbours = await engine.elements(await engine.object('neighbours', hook));
      const facts = await Promise.all(neighbours.map((fn) => engine.facts(fn)));
      const lists = facts
        .filter(({ place }) => place?.scriptId === script.scriptId)
        .flatMap(({ scopes }) => (scopes ? [scopes] : []));
      return lists.length > 0 ? await engine.withObjects('scan', [{ value: hook }, ...lists]) : undefined;
    });
    if (typeof text === 'string') await this.#take(JSON.parse(text) as ReachNews, 'scope-read');
  }

  async #arm(): Promise<void> {
    if (this.isArmed) return;
    const { breakpoints, pauser } = this.#tools;
    const [location] = await this.#meter.time(() => breakpoints.locations(this.spec));
    if (!location) {
      this.#notes.add('V8 knows no place to stop in it');
      return;
    }
    const { key } = await this.#call<{ key: string }>('reachArm', {});
    this.#key = key;
    const breakpoint = await this.#meter.time(() => breakpoints.set(location, conditionOf(this.spec, key)));
    this.#breakpoint = breakpoint;
    pauser.onBreakpoint(breakpoint, (paused) => this.#asked(paused));
  }

  async #disarm(): Promise<void> {
    this.#isAsking = false;
    const breakpoint = this.#breakpoint;
    if (!breakpoint) return;
    this.#breakpoint = undefined;
    this.#tools.pauser.offBreakpoint(breakpoint);
    await this.#meter.time(() => this.#tools.breakpoints.remove(breakpoint));
    await this.#call('reachDisarm', {});
  }

  async #counted(work: () => Promise<void>): Promise<void> {
    const { engine } = this.#tools;
    await engine.keeping(work).finally(() => engine.release());
  }

  #call<T = ReachNews>(fn: string, params: object): Promise<T> {
    const all = { hook: this.spec.hook, ...params };
    return this.#meter.time(() => this.#tools.engine.call<T>(fn, all));
  }
}

function siteOf({ url, line, column }: ReachNews['callers'][number]): string {
  return `${url}:${line}:${column}`;
}

/** Runs in the function's own frame: names of the module may shadow every global but the engine's key. */
function conditionOf({ hook, plan, shape }: HookSpec, key: string): string {
  const binding = plan.flatMap((step) =>
    step.by === 'scope-entry' && step.binding ? [step.binding] : [],
  )[0];
  // An arrow function of a class has the instance's.
  const hasThis = shape.kind !== 'constructor' && (shape.kind !== 'arrow' || shape.key !== '');
  const self = hasThis ? '()=>this' : 'undefined';
  const scope = binding ? `()=>(${handleOf(binding.name)})` : 'undefined';
  return guarded(`${key}.hit(${hook},${self},${scope})`);
}
