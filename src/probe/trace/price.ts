/** What call trees cost on this process, measured on functions that do nothing. */
import type { Hook } from '../instrument/hook.js';
import { clock, nanosecondsSince } from '../instrument/recording/clock.js';
import { newState, type Site } from '../instrument/recording/state.js';
import type { TracerTools } from '../instrument/recording/tracerPort.js';
import { Code, type CodeTools, siteTable } from './code.js';
import { Frame, linked } from './frame.js';
import { runTraced, type TracerLike } from './run.js';
import { Tree } from './tree.js';

const { min } = Math;
const CALLS = 50;
const ROUNDS = 4;
/** V8 has compiled what is measured by then. */
const MOST_ROUNDS = 120;

/** Nanoseconds. */
export interface Price {
  /** One site of a copy. */
  spanNs: number;
  /** One activation of a function inside a copy. */
  frameNs: number;
  /** One call through a wrapper into a copy. */
  callNs: number;
}

export function newPrice(): Price {
  return { spanNs: 100, frameNs: 200, callNs: 300 };
}

/** The cheapest rounds so far count: the first ones run in V8's interpreter, which later calls do not. */
export class Specimen {
  readonly #code: Code;
  readonly #tracer: TracerLike;
  readonly #types: TracerTools['types'];
  readonly #site: Site;
  readonly #best: Price = {
    spanNs: Number.POSITIVE_INFINITY,
    frameNs: Number.POSITIVE_INFINITY,
    callNs: Number.POSITIVE_INFINITY,
  };
  #rounds = 0;

  constructor(codeTools: CodeTools, { types, shared }: TracerTools) {
    const nothing = (): void => undefined;
    const table = siteTable(-1, [undefined], false);
    this.#code = new Code(table, { ...codeTools, spent: nothing }, (tracer) => (value: unknown) => {
      (tracer as Code).f();
      return value;
    });
    this.#tracer = { shared, isAcross: false, run: (_open, work) => work(), end: nothing };
    this.#types = types;
    const original = (value: unknown): unknown => value;
    const spec = { hook: -1, className: '', methodName: '' } as Hook['spec'];
    const state = newState({ spec, inside: false, undo: [] });
    this.#site = {
      ...{ original, isConstructor: false, isAsync: false, isGenerator: false, state },
      ...{ wrapper: original, run: original, traced: original },
    };
  }

  /** Until the figures have settled they are not believed to be above what is usual. */
  measure(price: Price): void {
    if (this.#rounds >= MOST_ROUNDS) return;
    const usual = newPrice();
    for (let round = 0; round < ROUNDS; round++) this.#round();
    this.#rounds += ROUNDS;
    const isSettled = this.#rounds >= MOST_ROUNDS;
    for (const name of ['spanNs', 'frameNs', 'callNs'] as const) {
      price[name] = isSettled ? this.#best[name] : min(this.#best[name], usual[name]);
    }
  }

  #round(): void {
    const tree = new Tree(-1, -1, { nodes: 10, depth: 10, lifeMs: 0 }, -1);
    const frame = new Frame(this.#code, tree, tree.root, 0);
    const { current, handed } = linked;
    this.#take('spanNs', (call) => void frame.e(0, frame.a(0, call)));
    this.#take('frameNs', () => frame.n(0).x());
    const { start, site } = { start: frame.began, site: this.#site };
    this.#take('callNs', (call) => {
      const below = tree.frame(tree.root, -1, -1, false);
      const own = below && new Frame(this.#code, tree, below, 1);
      const ends = { site, taps: [], frame: own, open: undefined, self: undefined, params: [call], start };
      void runTraced(this.#tracer, ends, undefined, this.#types);
    });
    linked.current = current;
    linked.handed = handed;
  }

  #take(name: keyof Price, work: (call: number) => void): void {
    const start = clock();
    for (let call = 0; call < CALLS; call++) work(call);
    this.#best[name] = min(this.#best[name], nanosecondsSince(start) / CALLS);
  }
}
