/** Which calls of which functions belong to which tree: begins trees, links what is called below them, ends them. */
import type * as AsyncHooks from 'node:async_hooks';
import type { AnyFunction, Hook } from '../instrument/hook.js';
import { nanosecondsSince } from '../instrument/recording/clock.js';
import type { Observe, Site } from '../instrument/recording/state.js';
import type { Tap } from '../instrument/recording/tap.js';
import type { TracerPort, TracerTools } from '../instrument/recording/tracerPort.js';
import type { TraceSpec, TraceTable } from '../instrumentProtocol.js';
import { ownData } from '../main/captured.js';
import { Code, type CodeTools, callee, isNative, nameOf, type SiteTable, siteTable } from './code.js';
import { Frame, linked, nothingIs } from './frame.js';
import { newPrice, Specimen } from './price.js';
import { observeTraced } from './run.js';
import { Tree, type TreeLimits } from './tree.js';

const MS = 1_000_000;
/** Trees that are under way at a time: each may wait for something that never comes. */
const MOST_OPEN = 1000;
/** Trees that are told while they grow. */
const MOST_GOING = 3;

/** A tree and those who want it. */
export interface OpenTree {
  readonly tree: Tree;
  readonly taps: readonly Tap[];
  readonly frame: Frame;
  /** It is what a callback does after the tree of the call that handed it on was done. */
  readonly isContinued: boolean;
}

interface Tracing {
  readonly spec: TraceSpec;
  readonly limits: TreeLimits;
}

/** A call that goes on. `tree`: TreeRecord as JSON. */
export interface GoingTree {
  readonly hook: number;
  readonly ms: number;
  readonly tree: string;
  /** Of the first: how many there are that are not told. */
  more: number;
}

type Als = AsyncHooks.AsyncLocalStorage<OpenTree>;

/** A callee that was seen at a site, for the agent. */
export interface SeenCallee {
  readonly hook: number;
  readonly site: number;
  readonly id: number;
  readonly name: string;
  readonly isNative: boolean;
  /** The site was come to. */
  readonly isCalled: boolean;
}

export class Tracer implements TracerPort {
  readonly shared: TracerTools['shared'];
  readonly #tools: TracerTools;
  readonly #tables = new Map<number, SiteTable>();
  readonly #observers = new Map<number, Tracing>();
  /** By the factory that a copy's text gave: of closures each has its own. */
  readonly #codes = new WeakMap<AnyFunction, Code>();
  readonly #bare = new Map<number, Code>();
  readonly #codeTools: CodeTools;
  readonly #open = new Set<OpenTree>();
  /** Functions that the agent may ask V8 about, until it has done so. */
  readonly #asked: WeakRef<AnyFunction>[] = [];
  readonly #told = new WeakSet<WeakRef<AnyFunction>>();
  /** Told before they were called. */
  readonly #expected = new WeakSet<WeakRef<AnyFunction>>();
  #als: Als | undefined;
  #trees = 0;
  #epoch = 0;
  readonly price = newPrice();
  readonly #specimen: Specimen;

  constructor(tools: TracerTools) {
    this.#tools = tools;
    this.shared = tools.shared;
    const over = new Tree(-1, -1, { nodes: 0, depth: 0, lifeMs: 0 }, -1);
    over.isOver = true;
    const codeTools = {
      types: tools.types,
      originalOf: (fn: unknown) => tools.originalOf(fn),
      failure: (error: unknown) => tools.failure(error),
      spent: (hook: number, spans: number, isInner: boolean) => {
        const { frameNs, callNs, spanNs } = this.price;
        // Beside what the wrapper's own price says, which is that of a call that is watched: measured together they fit.
        tools.spent(hook, (isInner ? frameNs : callNs) + spans * spanNs);
      },
    };
    const nothingCode = new Code(siteTable(-1, [], false), codeTools as CodeTools, undefined);
    const nothing = new Frame(nothingCode, over, over.root, 0);
    nothing.isOver = true;
    nothingIs(nothing);
    this.#codeTools = { ...codeTools, nothing };
    this.#specimen = new Specimen(this.#codeTools, tools);
  }

  /** Sites of a hook's copy; they hold for all who trace it. */
  learn({ hook, paths, skipsNatives, foresees }: TraceTable): void {
    this.#tables.set(
      hook,
      siteTable(
        hook,
        paths.map((path) => path ?? undefined),
        skipsNatives,
        foresees,
      ),
    );
    this.#epoch += 1;
    this.#tools.replan(hook);
    for (const site of this.#tools.sitesOf(hook)) this.prepare(site);
  }

  prepare(site: Site): void {
    try {
      this.#codeOf(site);
    } catch {
      // The call that runs it says why.
    }
  }

  /** The hook is asked for calls that come from below a root. */
  isLinked(hook: number): boolean {
    return this.#tables.has(hook) && this.#observers.size > 0;
  }

  /** Calls may also come by way of callbacks. */
  get isAcross(): boolean {
    return this.#als !== undefined;
  }

  observe(observer: number, spec: TraceSpec): void {
    this.#observers.set(observer, { spec, limits: spec.limits });
    this.calibrate();
    if (spec.acrossCallbacks) {
      const { AsyncLocalStorage } = this.#tools.context.builtin<typeof AsyncHooks>('node:async_hooks');
      this.#als ??= new AsyncLocalStorage<OpenTree>();
    }
    this.#tools.gate(this.isAcross || this.#open.size > 0);
    for (const hook of this.#tables.keys()) this.#tools.replan(hook);
  }

  unobserve(observer: number): void {
    if (!this.#observers.delete(observer)) return;
    for (const open of this.#open) {
      if (open.taps.every((tap) => !tap.observer.alive || tap.observer.id === observer)) this.#close(open);
    }
    if (![...this.#observers.values()].some(({ spec }) => spec.acrossCallbacks)) {
      // On 20 and 22 every await of the process pays for it until then.
      this.#als?.disable();
      this.#als = undefined;
    }
    for (const hook of this.#tables.keys()) this.#tools.replan(hook);
  }

  forget({ spec: { hook } }: Hook): void {
    this.#tables.delete(hook);
    this.#bare.delete(hook);
    this.#epoch += 1;
  }

  /** What stands where has changed: copies read their names anew. */
  changed(): void {
    this.#epoch += 1;
  }

  close(): void {
    for (const open of [...this.#open]) this.#close(open);
    this.#als?.disable();
    this.#als = undefined;
    this.#observers.clear();
    linked.current = undefined;
    linked.handed = undefined;
  }

  // Calls.

  /** How a function is observed that is looked into: `taps` are all who observe it. */
  observing(taps: readonly Tap[]): Observe {
    return observeTraced(taps, this, this.#tools.types);
  }

  /** Whose tree a call belongs to that is made right now: one that is under way, or was when a callback was handed on. */
  above(): OpenTree | undefined {
    const { current } = linked;
    if (current !== undefined && !current.tree.isOver) return current.tree.open as OpenTree | undefined;
    return this.#als?.getStore();
  }

  /** Whether this observer has a tree under way that the call belongs to: it is no root then. */
  isBelow(tap: Tap, above: OpenTree | undefined): boolean {
    return (
      above !== undefined &&
      !above.tree.isOver &&
      above.taps.some(({ observer }) => observer === tap.observer)
    );
  }

  /** A root is called. Undefined when there are too many already. */
  root(site: Site, taps: readonly Tap[], continues = -1): OpenTree | undefined {
    this.#expire();
    if (this.#open.size >= MOST_OPEN) return undefined;
    const tracing = this.#observers.get(taps[0]?.observer.id ?? -1);
    if (tracing === undefined) return undefined;
    const { hook } = site.state.hook.spec;
    const tree = new Tree(this.#trees++, hook, tracing.limits, continues);
    const code = this.#codeOf(site) ?? this.#bareCode(hook);
    const frame = new Frame(code, tree, tree.root, 0);
    const open: OpenTree = { tree, taps, frame, isContinued: continues >= 0 };
    tree.open = open;
    this.#open.add(open);
    this.#tools.gate(true);
    return open;
  }

  /** A function is called by a callback whose tree is done already. */
  continued(site: Site, above: OpenTree | undefined): OpenTree | undefined {
    if (above === undefined || !above.tree.isOver || this.#codeOf(site) === undefined) return undefined;
    const taps = above.taps.filter(({ observer }) => observer.alive);
    return taps.length > 0 ? this.root(site, taps, above.tree.id) : undefined;
  }

  /** A function is called that is looked into below a root; undefined when it is not, or there is no room. */
  below(site: Site, { tree, frame }: OpenTree): Frame | undefined {
    if (tree.isOver) return undefined;
    const { current } = linked;
    const isNow = current !== undefined && current.tree === tree;
    const caller = isNow ? current : frame;
    if (caller.depth >= tree.limits.depth) {
      tree.omitted += 1;
      return undefined;
    }
    const code = this.#codeOf(site);
    const above = isNow ? caller.above : tree.root;
    if (code === undefined || above === undefined) return undefined;
    const node = tree.frame(above, code.hook, -1, !isNow);
    if (node === undefined) return undefined;
    this.#tools.observed(code.hook);
    return new Frame(code, tree, node, caller.depth + 1);
  }

  /** Runs a root so that its callbacks know it. */
  run<T>(open: OpenTree, work: () => T): T {
    return this.#als === undefined ? work() : this.#als.run(open, work);
  }

  /** A root is done. */
  end(open: OpenTree): void {
    this.#close(open);
  }

  /**
   * Measures what spans, frames and calls into a copy cost on this process; the cheapest round so far counts. Takes a
   * fraction of a millisecond.
   */
  calibrate(): void {
    if (this.#observers.size > 0) this.#specimen.measure(this.price);
  }

  /** Calls of an observer's roots that go on, those that began first. */
  going(observer: number): readonly GoingTree[] {
    const going: GoingTree[] = [];
    for (const { tree, taps, frame, isContinued } of this.#open) {
      if (isContinued || !taps.some(({ observer: { id } }) => id === observer)) continue;
      if (going.length >= MOST_GOING) {
        (going[0] as GoingTree).more += 1;
        continue;
      }
      const ms = nanosecondsSince(frame.began) / MS;
      going.push({ hook: frame.code.hook, ms, tree: tree.text(tree.goingOn()), more: 0 });
    }
    return going;
  }

  // What was called.

  /** Callees that were not told yet. `asked` gives the functions themselves. */
  seen(): SeenCallee[] {
    const seen: SeenCallee[] = [];
    this.calibrate();
    this.#asked.length = 0;
    for (const table of this.#tables.values()) {
      if (!table.hasNews) continue;
      table.hasNews = false;
      for (let site = 0; site < table.callees.length; site++) {
        const isCalled = table.looks[site] !== 0;
        for (const reference of table.callees[site] ?? []) {
          const fn = callee(reference);
          if (fn === undefined || this.#told.has(reference)) continue;
          if (!isCalled && this.#expected.has(reference)) continue;
          (isCalled ? this.#told : this.#expected).add(reference);
          const name = this.#tools.types.isProxy(fn) ? '' : nameOf(fn);
          const id = this.#asked.push(reference) - 1;
          seen.push({ hook: table.hook, site, id, name, isNative: isNative(fn), isCalled });
        }
      }
    }
    return seen;
  }

  asked(): (AnyFunction | undefined)[] {
    return this.#asked.map(callee);
  }

  skip(hook: number, sites: readonly number[]): void {
    const skips = this.#tables.get(hook)?.skips;
    if (skips) for (const site of sites) skips[site] = 1;
  }

  #codeOf(site: Site): Code | undefined {
    const factory = site.observed?.fn;
    if (factory === undefined) return undefined;
    const table = this.#tables.get(site.state.hook.spec.hook);
    if (table === undefined) return undefined;
    let code = this.#codes.get(factory);
    if (code === undefined || code.table !== table) {
      code = new Code(table, this.#codeTools, factory);
      this.#codes.set(factory, code);
    }
    if (site.isGenerator && code.copy) giveChildren(code.copy, site.original);
    return code.isReady(this.#epoch) ? code : undefined;
  }

  #bareCode(hook: number): Code {
    let code = this.#bare.get(hook);
    if (code === undefined) {
      code = new Code(siteTable(hook, [], false), this.#codeTools, undefined);
      this.#bare.set(hook, code);
    }
    return code;
  }

  /** The oldest are the first to go. */
  #expire(): void {
    for (const open of this.#open) {
      const { lifeMs } = open.tree.limits;
      if (nanosecondsSince(open.frame.began) < lifeMs * MS) return;
      open.tree.isUnfinished = true;
      for (const tap of open.taps) tap.endTree(open.tree, nanosecondsSince(open.frame.began), -1);
      this.#close(open);
    }
  }

  #close(open: OpenTree): void {
    open.tree.release();
    this.#open.delete(open);
    if (this.#open.size === 0) this.#tools.gate(this.isAcross);
  }
}

/** Iterators inherit from the `prototype` of what made them, which the application may have changed. */
function giveChildren(copy: AnyFunction, original: AnyFunction): void {
  const prototype = ownData(original, 'prototype');
  if (ownData(copy, 'prototype') !== prototype) (copy as { prototype?: unknown }).prototype = prototype;
}
