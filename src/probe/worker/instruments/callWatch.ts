import type { ReachNews } from '../../instrument/reach/news.js';
import type { HookSpec } from '../../instrumentProtocol.js';
import { Asker, handleOf } from './asker.js';
import type { Breakpoint } from './breakpoints.js';
import type { HookState } from './hookState.js';
import { guarded, LastResort } from './lastResort.js';
import type { Paused } from './pauser.js';
import { dropStaleCallers } from './staleCallers.js';

/** After the first call that was seen: how long, and for how many calls, those who still hold the original are looked for. */
const WINDOW_MS = 60;
const WINDOW_HITS = 300;
/**
 * Where some callers held the original, others may, that were not called in that moment: when to look once more.
 */
const AGAIN_MS = [200, 500, 1500, 5000];
/** Calls that may meet the condition, at some 0.1 ms each, while callers are looked for. */
const MOST_HITS = 5000;
/** Call sites that are made to forget what V8 has optimised. */
const MOST_DROPPED = 60;
/** Pauses in which callers are searched, each time that calls are found to go past the wrapper. */
const ASKS = 3;
/** Instances that are found one by one, before it is taken for a function that is made for each call. */
const INSTANCES = 8;
/** Above this many calls a second the breakpoint that looks out for new instances is taken away. */
const WATCHED_PER_SECOND = 500;

/**
 * Looks at the calls of one hook by a condition on the function's first location: for the scope they run in, for those who
 * go past the wrapper, and, where nothing can stand in for it, for the calls themselves.
 */
export class CallWatch {
  readonly #state: HookState;
  readonly #asker: Asker;
  readonly #lastResort: LastResort;
  #key = '';
  #breakpoint: Breakpoint | undefined;
  #windowSince: number | undefined;
  #again = 0;
  #againAt: number | undefined;
  /** Call sites whose optimised code was thrown away: one that still goes past the wrapper holds the original. */
  readonly #dropped = new Set<string>();
  #asks = 0;
  #instances = 0;
  #isAsking = false;
  #isResting = false;
  /** What `sleep` took away. */
  #asleep: 'condition' | 'last-resort' | undefined;
  /** Calls that have met the condition while callers were looked for. */
  #hits = 0;

  constructor(state: HookState) {
    this.#state = state;
    this.#asker = new Asker(state.tools);
    this.#lastResort = new LastResort(state.spec, state.tools);
  }

  /** Has to be looked at soon, whether a condition was met or not. */
  get isDue(): boolean {
    if (this.#windowSince !== undefined || (this.#state.news?.constants ?? 0) > 0) return true;
    return (this.#againAt ?? Number.POSITIVE_INFINITY) < performance.now();
  }

  /** Is going to be looked at. */
  get isOn(): boolean {
    return this.#state.isArmed || this.#isResting || this.#againAt !== undefined;
  }

  async arm(): Promise<void> {
    const { spec, meter, notes, tools } = this.#state;
    if (this.#state.isArmed) return;
    const [location] = await meter.time(() => tools.breakpoints.locations(spec));
    if (!location) {
      notes.add('V8 knows no place to stop in it');
      return;
    }
    await this.#learnKey();
    this.#breakpoint = await meter.time(() => tools.breakpoints.set(location, conditionOf(spec, this.#key)));
    this.#state.isArmed = true;
    tools.pauser.onBreakpoint(this.#breakpoint, (paused) => this.#asked(paused));
  }

  /** Its calls are seen by breakpoints from now on. */
  async startLastResort(): Promise<void> {
    const state = this.#state;
    await state.call('reachCount', {});
    await this.#learnKey();
    state.isLastResort = await state.meter.time(() => this.#lastResort.start(this.#key));
    state.isArmed = state.isLastResort;
    if (state.isLastResort) {
      state.instrument ??= 'breakpoint';
      state.notes.add(
        'watched by a breakpoint: about 0.1 ms a call, the end of at most three calls a second',
      );
      return;
    }
    await state.call('reachDisarm', {});
    state.cannot = !state.hasPlaced;
    state.notes.add('V8 knows no place to stop in it');
  }

  async stop(): Promise<void> {
    this.#windowSince = undefined;
    this.#againAt = undefined;
    this.#isResting = false;
    this.#asleep = undefined;
    await this.#disarm();
    if (!this.#state.isLastResort) return;
    await this.#lastResort.stop();
    await this.#state.call('reachDisarm', {});
    this.#state.isLastResort = false;
    this.#state.isArmed = false;
  }

  /** What the conditions told is in `state.news`. */
  async look(): Promise<void> {
    const { isLastResort, isArmed, hasPlaced, news } = this.#state;
    if (isLastResort) await this.#lookAtLastResort();
    else if (isArmed && hasPlaced) await this.#lookForStrays();
    else if (isArmed && (news?.hits ?? 0) > 0 && news?.constants === 0) await this.#lookForHolders();
  }

  /** Takes the condition away for a while. */
  async rest(): Promise<void> {
    if (!this.#breakpoint) return;
    this.#isResting = true;
    await this.#disarm();
  }

  async goOn(): Promise<void> {
    if (!this.#isResting) return;
    this.#isResting = false;
    await this.arm();
  }

  /** Nobody wants to know of its calls, until `wake`. */
  async sleep(): Promise<void> {
    const { isLastResort, isArmed } = this.#state;
    if (!isLastResort && !isArmed) return;
    if (isLastResort) await this.stop();
    else await this.#disarm();
    this.#windowSince = undefined;
    this.#asleep = isLastResort ? 'last-resort' : 'condition';
  }

  async wake(): Promise<void> {
    const what = this.#asleep;
    this.#asleep = undefined;
    if (what === 'last-resort') await this.startLastResort();
    else if (what === 'condition') await this.lookAgain();
  }

  async lookAgain(): Promise<void> {
    this.#againAt = undefined;
    await this.#state.call('reachCount', {});
    await this.arm();
  }

  /** Whether every call goes through a wrapper: the window after the first calls tells. */
  async #lookForStrays(): Promise<void> {
    const { hits = 0, stray = 0, callers = [] } = this.#state.news ?? {};
    if (hits === 0) return;
    this.#windowSince ??= performance.now();
    const passed = performance.now() - this.#windowSince;
    // Each time that it is looked at again, for longer: who is called last is seen last.
    const longer = 2 ** this.#again;
    if (hits < WINDOW_HITS * longer && passed < WINDOW_MS * longer) return;
    this.#windowSince = undefined;
    this.#hits += hits;
    if (this.#state.isMadeAgain) return await this.#lookForInstances(hits, passed);
    // A generator function's first location is met when it is first asked, not when it is called: nothing tells a stray.
    if (this.#state.spec.shape.isGenerator && stray > 0 && (await this.#drop(callers))) return;
    if (stray === 0 || this.#state.spec.shape.isGenerator) {
      this.#state.hasStrays = false;
      const wait = this.#dropped.size > 0 ? AGAIN_MS[this.#again++] : undefined;
      this.#againAt = wait === undefined ? undefined : performance.now() + wait;
      return await this.#disarm();
    }
    this.#again = 0;
    if (this.#hits > MOST_HITS) await this.#giveUp(callers);
    else if (this.#isAsking) await this.#state.call('reachCount', { asking: true });
    else await this.#chase(callers);
  }

  /** New instances are found at their first call, for as long as that costs little and makes sense. */
  async #lookForInstances(hits: number, passedMs: number): Promise<void> {
    const { stray = 0, through = 0, instances = 0 } = this.#state.news ?? {};
    const isPerCall = instances > INSTANCES && stray > through;
    const isHot = (hits * 1000) / Math.max(passedMs, 1) > WATCHED_PER_SECOND;
    const isNew = instances > this.#instances;
    this.#instances = instances;
    // No new one has come, and still calls go past the wrapper: somebody else holds the one that is known.
    if (stray > 0 && !isNew && !isHot && this.#state.plans('holders') && this.#asks < ASKS) {
      if (this.#isAsking) await this.#state.call('reachCount', { asking: true });
      else await this.#ask();
      return;
    }
    await this.#state.call('reachCount', {});
    if (!isPerCall && !isHot) return;
    await this.#disarm();
    this.#state.hasStrays = true;
    this.#state.notes.add('it is made anew again and again: instances made from now on are not seen');
    if (isPerCall && this.#state.plans('breakpoint')) await this.startLastResort();
  }

  /** Makes callers forget what V8 has optimised of them; false when that has been done. */
  async #drop(callers: ReachNews['callers']): Promise<boolean> {
    const fresh = callers.filter((caller) => !this.#dropped.has(siteOf(caller)));
    if (fresh.length === 0 || this.#dropped.size >= MOST_DROPPED) return false;
    for (const caller of fresh) this.#dropped.add(siteOf(caller));
    const note = await this.#state.meter.time(() => dropStaleCallers(fresh, this.#state.tools));
    if (note) this.#state.notes.add(note);
    // Calls from before went past it still.
    await this.#state.call('reachCount', {});
    return true;
  }

  async #chase(callers: ReachNews['callers']): Promise<void> {
    if (await this.#drop(callers)) return;
    if (this.#asks < ASKS) {
      await this.#ask();
    } else {
      await this.#giveUp(callers);
    }
  }

  async #giveUp(callers: ReachNews['callers']): Promise<void> {
    this.#state.hasStrays = true;
    for (const { fn, url, line } of callers.slice(0, 3)) {
      this.#state.notes.add(`${fn || 'a function'} (${url}:${line}) still calls the original`);
    }
    await this.#disarm();
    if (this.#state.plans('breakpoint')) await this.startLastResort();
  }

  /** It was called, and neither its variable nor its property was found: whoever called it holds it. */
  async #lookForHolders(): Promise<void> {
    const { hits = 0 } = this.#state.news ?? {};
    if (this.#isAsking && this.#hits + hits < MOST_HITS) return;
    this.#hits += hits;
    const mayAsk = this.#state.plans('holders');
    if (mayAsk && this.#asks < ASKS && this.#hits < MOST_HITS) return await this.#ask();
    await this.#disarm();
    if (this.#state.plans('breakpoint')) {
      await this.startLastResort();
    } else {
      this.#state.cannot = true;
      this.#state.notes.add('it is called, but nothing was found that holds it');
    }
  }

  /** The next stray call pauses, and what its callers see is searched. */
  async #ask(): Promise<void> {
    this.#asks += 1;
    this.#isAsking = true;
    await this.#state.call('reachCount', { asking: true });
  }

  async #asked(paused: Paused): Promise<void> {
    this.#state.pauses += 1;
    this.#state.wasAsked ||= !this.#state.hasPlaced;
    const { engine } = this.#state.tools;
    const { hook, firstHit } = this.#state.spec;
    const most = firstHit?.most ?? Number.POSITIVE_INFINITY;
    await engine
      .keeping(() => this.#asker.search(hook, paused, this.#state.placer, this.#key, most))
      .catch((error: unknown) => {
        this.#state.notes.add(
          `its callers could not be searched: ${(error as Error).message.split('\n', 1)[0]}`,
        );
      })
      .finally(() => {
        this.#isAsking = false;
      });
  }

  async #lookAtLastResort(): Promise<void> {
    const state = this.#state;
    const why = state.news && (await this.#lastResort.look(state.news, this.#key));
    if (!why) return;
    await this.stop();
    state.notes.add(why);
    if (state.hasPlaced) state.hasStrays = true;
    else state.isRemoved = true;
  }

  async #learnKey(): Promise<void> {
    await this.#state.tools.engine.learn();
    this.#key = (await this.#state.call<{ key: string }>('reachArm', {})).key;
  }

  async #disarm(): Promise<void> {
    this.#isAsking = false;
    const breakpoint = this.#breakpoint;
    if (!breakpoint) return;
    const { meter, tools } = this.#state;
    this.#breakpoint = undefined;
    this.#state.isArmed = false;
    tools.pauser.offBreakpoint(breakpoint);
    await meter.time(() => tools.breakpoints.remove(breakpoint));
    await this.#state.call('reachDisarm', {});
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
