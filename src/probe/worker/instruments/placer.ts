import type { ReachNews } from '../../instrument/reach/news.js';
import type { HookSpec } from '../../instrumentProtocol.js';
import type { Engine, FunctionPlace, RemoteObject } from './engine.js';
import type { Variables } from './variables.js';

/** Rounds of confirming: a bound function that was rebuilt may lead to more. */
const ROUNDS = 5;
/** Constants of one hook that are set: a closure has one in each of its instances. */
const MOST_PAUSES = 10;

/** Milliseconds of main-thread time that a hook has taken, by the round trips of its requests: an upper bound. */
export class Meter {
  ms = 0;

  async time<T>(work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      return await work();
    } finally {
      this.ms += performance.now() - started;
    }
  }
}

/** Confirms candidates by their [[FunctionLocation]] and has them replaced where they are held; constants by a pause. */
export class Placer {
  readonly #spec: HookSpec;
  readonly #engine: Engine;
  readonly #variables: Variables;
  readonly #meter: Meter;
  /** Whether a constant was set by a pause. */
  hasRebound = false;
  pauses = 0;

  constructor(spec: HookSpec, engine: Engine, variables: Variables, meter: Meter) {
    this.#spec = spec;
    this.#engine = engine;
    this.#variables = variables;
    this.#meter = meter;
  }

  /** Until nothing is left to confirm. */
  async confirm(first: ReachNews): Promise<ReachNews> {
    let news = first;
    for (let rounds = 0; news.fresh > 0 && rounds < ROUNDS; rounds++) {
      const good = await this.#meter.time(() => this.#look());
      news = await this.#call('reachSettle', { good });
    }
    return news;
  }

  /** Those that a busy thread gave no turn for stay in `constants`. */
  async setConstants(news: ReachNews): Promise<ReachNews> {
    const names = await this.#call<readonly string[]>('reachConstants', {});
    let isBusy = false;
    for (const [index, name] of names.entries()) {
      if (this.pauses >= MOST_PAUSES) break;
      const outcome = await this.#set(index, name, 'constantValue', 'pauseAt');
      isBusy = outcome === 'busy';
      if (isBusy) break;
      this.pauses += 1;
    }
    const after = await this.#call<ReachNews>('reachConstantsSet', { keep: isBusy });
    this.hasRebound ||= after.reached > news.reached;
    return after;
  }

  /** Puts back what only a pause can. Last first, since those that are back leave the list. */
  async restoreConstants(): Promise<void> {
    const names = await this.#call<readonly string[]>('reachLeft', {});
    for (const [index, name] of [...names.entries()].reverse()) {
      if ((await this.#set(index, name, 'leftValue', 'pauseLeft')) === 'busy') return;
    }
  }

  #set(index: number, name: string, value: string, pause: string): Promise<'done' | 'busy' | 'failed'> {
    return this.#meter.time(() => this.#variables.set(this.#spec.hook, index, name, value, pause));
  }

  isHere(place: FunctionPlace | undefined): boolean {
    const { source, script } = this.#spec;
    if (!source || !place || place.scriptId !== script.scriptId) return false;
    const { lineNumber: line, columnNumber: column } = place;
    const { start, body } = source;
    const afterStart = line > start.line || (line === start.line && column >= start.column);
    const beforeBody = line < body.line || (line === body.line && column < body.column);
    return afterStart && beforeBody;
  }

  async #look(): Promise<boolean[]> {
    const functions = await this.#engine.elements(await this.#engine.object('fresh', this.#spec.hook));
    return await Promise.all(functions.map((fn, index) => this.#isTheFunction(fn, index)));
  }

  async #isTheFunction(fn: RemoteObject, index: number): Promise<boolean> {
    const { place, target, self, args } = await this.#engine.facts(fn);
    if (target === undefined) return this.isHere(place);
    const inner = await this.#engine.facts(target);
    if (!this.isHere(inner.place)) return false;
    const { hook } = this.#spec;
    await this.#engine.withObjects('rebuild', [
      { value: hook },
      { value: index },
      target,
      self ?? {},
      args ?? {},
    ]);
    return true;
  }

  #call<T = ReachNews>(fn: string, params: object): Promise<T> {
    return this.#meter.time(() => this.#engine.call<T>(fn, { hook: this.#spec.hook, ...params }));
  }
}
