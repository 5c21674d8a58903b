/** What a wrapper costs on this process: measured on functions that do nothing, wrapped in the same way. */
import type { ObserverSpec } from '../../instrumentProtocol.js';
import { FIRST_OBSERVER, OBSERVER, sharedBytes } from '../../layout.js';
import type { Runtime } from '../../main/evaluate.js';
import type { AnyFunction, Hook } from '../hook.js';
import { openCells } from './cells.js';
import { clock, nanosecondsSince } from './clock.js';
import { followIterator } from './iterate.js';
import { plan } from './observe.js';
import { Observer } from './observer.js';
import { follow } from './settle.js';
import { newState, type Site } from './state.js';
import { Tap, type TapTools } from './tap.js';
import { makeWrapper } from './wrapper.js';

/** Nanoseconds beyond those of the plain call. */
export interface Price {
  /** One call that is observed in full, without what its expressions and its record cost. */
  readonly observedNs: number;
  /** One call that is passed on. */
  readonly passedNs: number;
  /** One call that a condition at entry turns away, without what the condition costs. */
  readonly filteredNs: number;
  /** What following a promise until it is settled adds. */
  readonly promiseNs: number;
  /** What following an iterator to its end adds. */
  readonly iteratorNs: number;
  /** False while V8 has not compiled what is measured: another look, a moment later, gives a better figure. */
  readonly isSettled: boolean;
}

interface Specimens {
  readonly plain: AnyFunction;
  readonly observed: AnyFunction;
  readonly passed: AnyFunction;
  readonly filtered: AnyFunction;
}

const CALLS = 100;
const PROMISES = 10;
const ITERATORS = 5;
/** Not more than this is taken from the application at a time, ... */
const MOST_NS = 1_500_000;
/** ... and no more after so many rounds: V8 has compiled what is measured by then. */
const ROUNDS = 120;

const settledPromise = Promise.resolve();

/** The cheapest rounds so far count: the first ones run in V8's interpreter, which later calls do not. */
export class Calibration {
  readonly #tools: TapTools;
  #specimens: Specimens | undefined;
  /** Nanoseconds of one call of each. */
  readonly #best = {
    plain: Number.POSITIVE_INFINITY,
    observed: Number.POSITIVE_INFINITY,
    passed: Number.POSITIVE_INFINITY,
    filtered: Number.POSITIVE_INFINITY,
    promise: Number.POSITIVE_INFINITY,
    iterator: Number.POSITIVE_INFINITY,
  };
  #rounds = 0;

  constructor(tools: TapTools) {
    this.#tools = tools;
  }

  /** Goes on measuring for a millisecond or so, the first few times. */
  price(): Price {
    this.#specimens ??= makeSpecimens(this.#tools);
    const start = clock();
    while (this.#rounds < ROUNDS) {
      this.#round(this.#specimens);
      this.#rounds += 1;
      if (nanosecondsSince(start) > MOST_NS) break;
    }
    const { plain, observed, passed, filtered, promise, iterator } = this.#best;
    return {
      observedNs: this.#within(observed - plain, 50, 400),
      passedNs: this.#within(passed - plain, 3, 15),
      filteredNs: this.#within(filtered - plain, 10, 60),
      // Once to set it up and, which cannot be timed here, about as much when it is settled.
      promiseNs: this.#within(2 * promise, 50, 400),
      iteratorNs: this.#within(iterator, 500, 3000),
      isSettled: this.#rounds >= ROUNDS,
    };
  }

  /** What interpreted code costs says nothing: until the figure has settled it is not believed to be above what is usual. */
  #within(nanos: number, least: number, usual: number): number {
    return Math.round(Math.max(least, this.#rounds < ROUNDS ? Math.min(nanos, usual) : nanos));
  }

  #round({ plain, observed, passed, filtered }: Specimens): void {
    const best = this.#best;
    best.plain = Math.min(best.plain, perCall(plain));
    best.observed = Math.min(best.observed, perCall(observed));
    best.passed = Math.min(best.passed, perCall(passed));
    best.filtered = Math.min(best.filtered, perCall(filtered));
    best.promise = Math.min(best.promise, perPromise());
    best.iterator = Math.min(best.iterator, perIterator(this.#tools));
  }
}

function perCall(fn: AnyFunction): number {
  const start = clock();
  for (let call = 0; call < CALLS; call++) Reflect.apply(fn, undefined, [call]);
  return nanosecondsSince(start) / CALLS;
}

function perPromise(): number {
  const nothing = (): void => undefined;
  const start = clock();
  for (let call = 0; call < PROMISES; call++) follow(settledPromise, true, nothing);
  return nanosecondsSince(start) / PROMISES;
}

function perIterator({ types }: TapTools): number {
  const nothing = (): void => undefined;
  const start = clock();
  for (let call = 0; call < ITERATORS; call++) {
    const iterator = empty();
    followIterator(types, iterator, false, 0, nothing);
    iterator.next();
  }
  return nanosecondsSince(start) / ITERATORS;
}

function* empty(): Generator<unknown> {}

/** In memory of their own, so that nobody counts them. */
function makeSpecimens(tools: TapTools): Specimens {
  const cells = openCells(new SharedArrayBuffer(sharedBytes(0)));
  const never = { source: '', files: [], fuel: 0, name: '' };
  const factories = { condition: () => () => false };
  const noTools = {
    runtime: () => ({ fuel: 0 }) as Runtime,
    renderer: () => () => '',
  };
  const specimen = (hook: number, spec: Partial<ObserverSpec>, tokens: number): AnyFunction => {
    const state = newState(specimenHook(hook));
    const full = { ...BARE_SPEC, observer: hook, ...spec };
    const observer = new Observer(full, FIRST_OBSERVER + hook, cells, full.limits, noTools, factories);
    const tap = new Tap(observer, state, { ...tools, cells: cells.cells });
    plan(state, [tap], tools.types);
    cells.cells[observer.base + OBSERVER.tokens] = tokens;
    const original: AnyFunction = (value) => value;
    const site: Site = {
      original,
      isConstructor: false,
      isAsync: false,
      isGenerator: false,
      wrapper: original,
      run: original,
      traced: original,
      state,
    };
    site.wrapper = makeWrapper(site, cells, false);
    return site.wrapper;
  };
  return {
    plain: (value) => value,
    observed: specimen(0, { condition: { ...never, atEntry: false } }, Number.POSITIVE_INFINITY),
    passed: specimen(1, {}, 0),
    filtered: specimen(2, { condition: { ...never, atEntry: true } }, Number.POSITIVE_INFINITY),
  };
}

const BARE_SPEC: ObserverSpec = {
  observer: 0,
  kind: 'watch',
  hooks: [],
  points: ['finish'],
  limits: { depth: 0, items: 0, string: 0, bytes: 0, time: 0 },
  hits: 0,
  rate: 0,
  frames: 0,
};

function specimenHook(hook: number): Hook {
  const spec = { hook, className: '', methodName: '' } as Hook['spec'];
  return { spec, inside: false, undo: [] };
}
