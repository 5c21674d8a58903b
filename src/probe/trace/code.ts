/** A traced copy of one function object: the tracer that its text is given, and what was seen at its sites. */

import type { AnyFunction } from '../instrument/hook.js';
import {
  apply,
  frozenData,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  isObject,
  ownData,
  type Types,
} from '../main/captured.js';
import { type Frame, type FrameCode, linked } from './frame.js';

const Weak = WeakRef;
const { deref } = WeakRef.prototype;
const functionText = Function.prototype.toString;
const { indexOf } = String.prototype;

/** Looks at a site one after the other at first, then rarely. */
const FIRST_LOOKS = 3;
const RARELY = 255;
/** Different functions that are remembered of one site. */
const MOST_CALLEES = 4;
/** Prototypes that are looked at for a method. */
const CHAIN = 30;
const LONGEST_NATIVE = 200;

export interface SitePath {
  readonly names: readonly string[];
  readonly isGlobal: boolean;
}

/** What the agent knows of a hook's sites. */
export interface SiteTable {
  readonly hook: number;
  /** Names that lead to what is called at each; undefined where nothing does. */
  readonly paths: readonly (SitePath | undefined)[];
  /** Shared by all closures of one function. */
  readonly skips: Uint8Array;
  readonly untilLook: Uint8Array;
  readonly looks: Uint8Array;
  readonly callees: WeakRef<AnyFunction>[][];
  skipsNatives: boolean;
  foresees: boolean;
  /** Something was seen that nobody was told of. */
  hasNews: boolean;
}

export interface CodeTools {
  readonly types: Types;
  originalOf(fn: unknown): AnyFunction | undefined;
  failure(error: unknown): string;
  /** Spans that were timed in one frame. */
  spent(hook: number, spans: number, isInner: boolean): void;
  readonly nothing: Frame;
}

export function siteTable(
  hook: number,
  paths: readonly (SitePath | undefined)[],
  skipsNatives: boolean,
  foresees = false,
): SiteTable {
  const { length } = paths;
  return {
    ...{ hook, paths, skipsNatives, foresees, hasNews: false, callees: [] },
    skips: new Uint8Array(length),
    untilLook: new Uint8Array(length),
    looks: new Uint8Array(length),
  };
}

/** What a text is given: `d` and `f` are its words. */
export class Code implements FrameCode {
  readonly hook: number;
  readonly table: SiteTable;
  readonly skips: Uint8Array;
  readonly untilLook: Uint8Array;
  readonly paths: readonly (SitePath | undefined)[];
  copy: AnyFunction | undefined;
  readonly #tools: CodeTools;
  #read: (() => readonly unknown[]) | undefined;
  #shared: readonly string[] = [];
  /** Of what wrappers stand where: names are read anew when that has changed. */
  #epoch = -1;

  constructor(table: SiteTable, tools: CodeTools, factory: AnyFunction | undefined) {
    this.table = table;
    this.hook = table.hook;
    this.skips = table.skips;
    this.untilLook = table.untilLook;
    this.paths = table.paths;
    this.#tools = tools;
    this.copy = factory && (apply(factory, undefined, [this]) as AnyFunction);
  }

  /** Whether every name that the copy was given has its value by now. */
  isReady(epoch: number): boolean {
    if (this.#epoch === epoch) return true;
    try {
      const shared = this.#read?.() ?? [];
      for (let at = 0; at < shared.length; at++)
        if (isGlobal(this.#shared[at] as string, shared[at])) return false;
    } catch {
      // A variable that is not initialised yet.
      return false;
    }
    this.#epoch = epoch;
    return true;
  }

  /** `read` reads the copy's names anew; of those in `shared` it gives the values. */
  d(read: () => readonly unknown[], shared: readonly string[]): void {
    this.#read = read;
    this.#shared = shared;
  }

  /** What is called at sites, as far as the frame knows it that compiled the copy. */
  p(given: readonly (readonly [site: number, read: () => unknown])[]): void {
    if (!this.table.foresees) return;
    for (let at = 0; at < given.length; at++) {
      const [site, read] = given[at] as (typeof given)[number];
      try {
        this.#find(site, read());
      } catch {
        // It is not initialised yet.
      }
    }
  }

  /** An activation begins: its frame was made by whoever called it. */
  f(): Frame {
    const frame = linked.handed;
    if (frame === undefined || frame.code !== this) return this.#tools.nothing;
    linked.handed = undefined;
    return frame;
  }

  failure(error: unknown): string {
    return this.#tools.failure(error);
  }

  spent(spans: number, isInner: boolean): void {
    this.#tools.spent(this.hook, spans, isInner);
  }

  /** What is called at a site, found without running anything of the application. */
  look(site: number, given: unknown): void {
    const { table } = this;
    const looks = table.looks[site] as number;
    // What is known of it already has now been called.
    if (looks === 0 && table.callees[site] !== undefined) table.hasNews = true;
    if (looks < FIRST_LOOKS) table.looks[site] = looks + 1;
    else table.untilLook[site] = RARELY;
    this.#find(site, given);
  }

  #find(site: number, given: unknown): void {
    const path = this.table.paths[site];
    if (path === undefined) return;
    let fn: unknown;
    try {
      fn = path.isGlobal ? lazyGlobal(path.names[0]) : undefined;
      fn ??= this.#follow(path.isGlobal ? globalThis : given, path.names);
    } catch {
      return;
    }
    if (typeof fn !== 'function') return;
    this.#remember(site, this.#tools.originalOf(fn) ?? (fn as AnyFunction));
  }

  #follow(from: unknown, names: readonly string[]): unknown {
    let at = from;
    for (let index = 0; index < names.length; index++) {
      let holder: object | null = isObject(at) ? at : primitivePrototype(at);
      at = undefined;
      for (let steps = 0; holder !== null && steps < CHAIN; steps++) {
        if (this.#tools.types.isProxy(holder)) return undefined;
        if (getOwnPropertyDescriptor(holder, names[index] as string)) {
          at = frozenData(holder, names[index] as string);
          break;
        }
        holder = getPrototypeOf(holder);
      }
    }
    return at;
  }

  #remember(site: number, fn: AnyFunction): void {
    const { table } = this;
    if (table.callees[site] === undefined) table.callees[site] = [];
    const known = table.callees[site] as WeakRef<AnyFunction>[];
    for (let at = 0; at < known.length; at++) {
      if (apply(deref, known[at] as WeakRef<AnyFunction>, []) === fn) return;
    }
    if (known.length >= MOST_CALLEES) return;
    known[known.length] = new Weak(fn);
    table.hasNews = true;
    // One that is not V8's own among them is reason enough to time them all.
    if (table.skipsNatives) table.skips[site] = known.every((each) => isNative(callee(each))) ? 1 : 0;
  }
}

export function callee(reference: WeakRef<AnyFunction>): AnyFunction | undefined {
  return apply(deref, reference, []) as AnyFunction | undefined;
}

export function isNative(fn: AnyFunction | undefined): boolean {
  if (fn === undefined) return false;
  const text = apply(functionText, fn, []) as string;
  return text.length < LONGEST_NATIVE && (apply(indexOf, text, ['[native code]']) as number) >= 0;
}

export function nameOf(fn: AnyFunction): string {
  const name = ownData(fn, 'name');
  return typeof name === 'string' ? name : '';
}

/** The top of a classic script is the global object: others may give such a name another value at any time. */
function isGlobal(name: string, value: unknown): boolean {
  const own = getOwnPropertyDescriptor(globalThis, name);
  return own !== undefined && own.value === value;
}

/** Node.js makes some of its globals when they are first asked for: whoever makes one stands for it. */
function lazyGlobal(name: string | undefined): unknown {
  return name === undefined ? undefined : getOwnPropertyDescriptor(globalThis, name)?.get;
}

function primitivePrototype(value: unknown): object | null {
  switch (typeof value) {
    case 'string':
      return String.prototype;
    case 'number':
      return Number.prototype;
    case 'bigint':
      return BigInt.prototype;
    case 'boolean':
      return Boolean.prototype;
    case 'symbol':
      return Symbol.prototype;
    default:
      return null;
  }
}
