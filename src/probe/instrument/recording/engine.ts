/** The wrappers and observers of this thread, by hook. */
import type { CopyNews, CopySpec, MonitorSample, ObserverSpec } from '../../instrumentProtocol.js';
import { FLAG, HOOKS, OBSERVER, SLOT } from '../../layout.js';
import { apply, isInteger, type Types } from '../../main/captured.js';
import type { AnyFunction, Hook, InstrumentContext } from '../hook.js';
import { LineHits, type LineMoment } from '../lines/lineHits.js';
import { BreakpointCalls } from './breakpoints.js';
import { busy, calling } from './busy.js';
import { Calibration, type Price } from './calibrate.js';
import { type Cells, hookBase, openCells, ringSize } from './cells.js';
import { hasConstruct, takeConstructor } from './construct.js';
import { Copies } from './copies.js';
import { FAILURE_LIMITS, failureText } from './failure.js';
import { kindOf } from './kind.js';
import { handBack, liken } from './likeness.js';
import { plan } from './observe.js';
import { type Factories, Observer, type Tools } from './observer.js';
import { RingWriter } from './ring.js';
import { stackText } from './stackText.js';
import { clearSlot, type HookState, newState, retire, type Site, TRACED_GATE } from './state.js';
import { Tap, type TapTools } from './tap.js';
import type { TracerPort, TracerTools } from './tracerPort.js';
import { makeWrapper } from './wrapper.js';

const Weak = WeakRef;
const { deref } = WeakRef.prototype;

/** Wrappers of one hook whose own properties are handed on when it goes. */
const MOST_WRAPPERS = 1000;

interface Mark {
  readonly tools: Tools & Record<string, unknown>;
  call(name: string, params: unknown): string;
}

function reached(reference: WeakRef<AnyFunction>): AnyFunction | undefined {
  return apply(deref, reference, []) as AnyFunction | undefined;
}

function markHere(): Mark {
  return (globalThis as unknown as Record<symbol, Mark>)[Symbol.for('remora.probe')] as Mark;
}

export class Engine {
  readonly #cells: Cells;
  readonly #types: Types;
  readonly #tapTools: TapTools;
  readonly #states = new Map<number, HookState>();
  readonly #observers = new Map<number, Observer>();
  /** Wrapper by original: the same one for as long as anybody holds it, whichever hook it serves. */
  readonly #sites = new WeakMap<AnyFunction, Site>();
  readonly #originals = new WeakMap<AnyFunction, Site>();
  readonly #breakpoints: BreakpointCalls;
  readonly #calibration: Calibration;
  readonly #copies: Copies;
  readonly #context: InstrumentContext;
  /** Undefined until something is traced. */
  #tracer: TracerPort | undefined;
  readonly #lines: LineHits;

  constructor(context: InstrumentContext, types: Types) {
    this.#cells = openCells(context.shared);
    this.#types = types;
    const { tools } = markHere();
    this.#tapTools = {
      types,
      ring: new RingWriter(this.#cells),
      cells: this.#cells.cells,
      renderFailure: tools.renderer(FAILURE_LIMITS),
      frames: (limit, hook) =>
        calling.wrapper ? stackText(limit, calling.wrapper, hook, calling.isWrapper) : '[]',
      ended: (observer) => this.#ended(observer),
    };
    this.#breakpoints = new BreakpointCalls(this.#cells);
    this.#calibration = new Calibration(this.#tapTools);
    this.#context = context;
    this.#copies = new Copies(
      (hook) => this.#sitesOf(hook),
      (fn, hook) => kindOf(fn, hook, types),
    );
    this.#lines = new LineHits(this.#cells, this.#tapTools);
  }

  wrap(hook: Hook, original: AnyFunction): AnyFunction {
    const state = this.#stateOf(hook);
    const site = this.#originals.get(original) ?? this.#sites.get(original);
    if (site) {
      // One that was left behind by a hook that is gone serves this one.
      if (!this.#isLive(site.state)) this.#serve(site, state);
      return site.wrapper;
    }
    return this.#make(state, original);
  }

  originalOf(fn: unknown): AnyFunction | undefined {
    return typeof fn === 'function' ? this.#originals.get(fn as AnyFunction)?.original : undefined;
  }

  forget(hook: Hook): void {
    const state = this.#states.get(hook.spec.hook);
    if (state?.hook !== hook) return;
    this.#copies.forget(hook);
    this.#tracer?.forget(hook);
    this.#states.delete(hook.spec.hook);
    retire(state);
    for (const reference of state.wrappers.splice(0)) {
      const wrapper = reached(reference);
      const site = wrapper && this.#originals.get(wrapper);
      if (site) handBack(site.wrapper, site.original);
    }
  }

  observe(spec: ObserverSpec, slot: number, factories: Factories): void {
    const mark = markHere();
    if (spec.trace && !this.#tracer) throw new Error('the trace script is not there');
    if (this.#observers.has(spec.observer)) throw new Error(`observer ${spec.observer} is there already`);
    if (spec.condition || spec.express) mark.call('prepareExpressions', null);
    // A value that fills the ring would find room in an empty one only.
    const bytes = Math.min(spec.limits.bytes, Math.floor(ringSize(this.#cells.shared) / 4));
    const limits = { ...spec.limits, bytes };
    const observer = new Observer(spec, slot, this.#cells, limits, mark.tools, factories);
    this.#observers.set(observer.id, observer);
    if (spec.trace) this.#tracer?.observe(observer.id, spec.trace);
    for (const hook of spec.hooks) {
      const state = this.#states.get(hook);
      if (state) this.#replan(state, [...state.taps, new Tap(observer, state, this.#tapTools)]);
    }
  }

  /** `hook` waits for its function yet, or holds it already. */
  copy(hook: Hook, spec: CopySpec): CopyNews {
    this.#stateOf(hook);
    return this.#copies.open(hook, spec);
  }

  copyEntered(...entered: Parameters<Copies['entered']>): void {
    this.#copies.entered(...entered);
    for (const site of this.#sitesOf(entered[0])) this.#tracer?.prepare(site);
  }

  cannotEval(hook: Hook): void {
    this.#copies.cannotEval(hook);
  }

  copyDrop(id: number): void {
    this.#copies.drop(id);
  }

  copyNews(hook: Hook): CopyNews[] {
    return this.#copies.news(hook);
  }

  entered(hook: Hook, self: unknown, args: ArrayLike<unknown>, above: AnyFunction): boolean {
    // Of a function that nothing stands in for, the first call is the first word.
    return this.#breakpoints.entered(this.#stateOf(hook), self, args, above);
  }

  left(hook: Hook, self: unknown, args: ArrayLike<unknown>, returned: unknown, above: AnyFunction): void {
    const state = this.#states.get(hook.spec.hook);
    if (state?.hook === hook) this.#breakpoints.left(state, self, args, returned, above);
  }

  line(hook: Hook, moment: LineMoment): void {
    this.#lines.hit(this.#stateOf(hook), moment);
  }

  /** The price of one call of a hook's wrappers on this process. */
  price(hook: number): Price {
    const price = this.#calibration.price();
    this.#tracer?.calibrate();
    const shape = this.#states.get(hook)?.hook.spec.shape;
    const lasting = shape?.isGenerator ? price.iteratorNs : shape?.isAsync ? price.promiseNs : 0;
    return { ...price, observedNs: price.observedNs + lasting };
  }

  /** The probe lets go: what the application did to wrappers is handed on, and nothing is observed any more. */
  close(): void {
    for (const observer of this.#observers.values()) observer.alive = false;
    for (const { hook } of [...this.#states.values()]) this.forget(hook);
    this.#tracer?.close();
  }

  get tracer(): TracerPort | undefined {
    return this.#tracer;
  }

  /** The trace script has come. */
  trace(make: (tools: TracerTools) => TracerPort): void {
    this.#tracer ??= make(this.#tracerTools());
  }

  unobserve(id: number): void {
    const observer = this.#observers.get(id);
    if (!observer) return;
    this.#observers.delete(id);
    this.#detach(observer);
    this.#tracer?.unobserve(id);
  }

  monitor(id: number): MonitorSample[] {
    const samples: MonitorSample[] = [];
    for (const [hook, state] of this.#states) {
      for (const tap of state.taps) {
        const summary = tap.observer.id === id ? tap.takeSummary() : undefined;
        if (summary) samples.push({ hook, ...summary });
      }
    }
    return samples;
  }

  #make(state: HookState, original: AnyFunction): AnyFunction {
    const isConstructor = hasConstruct(original);
    const site: Site = {
      original,
      isConstructor,
      ...kindOf(original, state.hook, this.#types),
      wrapper: original,
      state,
      run: original,
      traced: original,
    };
    const wrapper = makeWrapper(site, this.#cells, isConstructor);
    site.wrapper = wrapper;
    if (!this.#types.isProxy(original)) liken(wrapper, original);
    this.#sites.set(original, site);
    this.#originals.set(wrapper, site);
    this.#serve(site, state);
    return wrapper;
  }

  #serve(site: Site, state: HookState): void {
    site.state = state;
    // V8's own constructors are known by it to V8 itself.
    if (site.isConstructor && state.hook.spec.source) takeConstructor(state.hook, site, this.#types);
    const { wrappers } = state;
    // Closures come and go: those that have gone make room.
    if (wrappers.length >= MOST_WRAPPERS) {
      const left = wrappers.filter((reference) => reached(reference) !== undefined);
      wrappers.splice(0, wrappers.length, ...left.slice(0, MOST_WRAPPERS / 2));
    }
    wrappers.push(new Weak(site.wrapper));
    // The Worker sees to it that this one gets them, too.
    if (this.#copies.has(state.hook)) Atomics.store(this.#cells.flags, FLAG.reach, 1);
  }

  #sitesOf(hook: Hook): Site[] {
    const sites: Site[] = [];
    for (const reference of this.#states.get(hook.spec.hook)?.wrappers ?? []) {
      const wrapper = reached(reference);
      const site = wrapper && this.#originals.get(wrapper);
      if (site) sites[sites.length] = site;
    }
    return sites;
  }

  #isLive(state: HookState): boolean {
    return this.#states.get(state.hook.spec.hook) === state;
  }

  #stateOf(hook: Hook): HookState {
    const { hook: id } = hook.spec;
    if (!isInteger(id) || id < 0 || id >= HOOKS)
      throw new RangeError(`hooks are 0 to ${HOOKS - 1}, not ${id}`);
    const known = this.#states.get(hook.spec.hook);
    if (known?.hook === hook) return known;
    const state = newState(hook);
    clearSlot(this.#cells.cells, hookBase(hook.spec.hook));
    this.#states.set(hook.spec.hook, state);
    // Observers that came before the function was reached.
    const taps: Tap[] = [];
    for (const observer of this.#observers.values()) {
      if (observer.alive && observer.spec.hooks.includes(hook.spec.hook)) {
        taps.push(new Tap(observer, state, this.#tapTools));
      }
    }
    this.#replan(state, taps);
    return state;
  }

  #replan(state: HookState, taps: readonly Tap[]): void {
    plan(state, taps, this.#types, this.#tracer);
  }

  #tracerTools(): TracerTools {
    const { cells } = this.#cells;
    return {
      ...{ context: this.#context, types: this.#types, shared: { busy, calling } },
      originalOf: (fn) => this.originalOf(fn),
      failure: (error) => failureText(this.#tapTools.renderFailure(error)),
      observed: (hook) => {
        cells[hookBase(hook) + SLOT.observed]! += 1;
      },
      spent: (hook, nanos) => {
        if (hook >= 0 && this.#states.has(hook)) cells[hookBase(hook) + SLOT.slowNs]! += nanos;
      },
      gate: (isOpen) => {
        cells[TRACED_GATE] = isOpen ? Number.POSITIVE_INFINITY : 0;
      },
      sitesOf: (hook) => {
        const state = this.#states.get(hook);
        return state ? this.#sitesOf(state.hook) : [];
      },
      replan: (hook) => {
        const state = this.#states.get(hook);
        if (state) this.#replan(state, state.taps);
      },
    };
  }

  #ended(observer: Observer): void {
    this.#detach(observer);
    this.#cells.cells[observer.base + OBSERVER.ended] = 1;
  }

  #detach(observer: Observer): void {
    observer.alive = false;
    for (const state of this.#states.values()) {
      if (state.taps.some((tap) => tap.observer === observer)) {
        this.#replan(
          state,
          state.taps.filter((tap) => tap.observer !== observer),
        );
      }
    }
  }
}
