/**
 * Other texts of instrumented functions ("copies"): compiled in a frame of the function itself, so that they have its scope,
 * and run by its wrappers in its place. src/probe/worker/instruments/copyWatch.ts leads.
 */
import type { CopyNews, CopySpec } from '../../instrumentProtocol.js';
import {
  apply,
  create,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  isObject,
  ownData,
  ownKeys,
} from '../../main/captured.js';
import type { AnyFunction, Compile, Hook } from '../hook.js';
import type { Compiled, Site } from './state.js';

const { defineProperty } = Reflect;
const Weak = WeakRef;
const { deref } = WeakRef.prototype;
const { slice } = String.prototype;

/** Closures come and go: of one function so many run copies at a time. */
const MOST_SITES = 50;
const LONGEST_ERROR = 500;

/** What is above the object that a method belongs to; `super` goes on there. */
type HomeOf = (original: AnyFunction) => object | undefined;

interface Copy {
  readonly spec: CopySpec;
  readonly hook: Hook;
  readonly sites: WeakRef<Site>[];
  hits: number;
  error: string;
  isBarred: boolean;
}

export class Copies {
  readonly #all = new Map<number, Copy>();
  /** Living wrappers of a hook. */
  readonly #sitesOf: (hook: Hook) => readonly Site[];
  readonly #kindOf: (fn: AnyFunction, hook: Hook) => { isAsync: boolean; isGenerator: boolean };

  constructor(
    sitesOf: (hook: Hook) => readonly Site[],
    kindOf: (fn: AnyFunction, hook: Hook) => { isAsync: boolean; isGenerator: boolean },
  ) {
    this.#sitesOf = sitesOf;
    this.#kindOf = kindOf;
  }

  /** From now on until `drop`; wrappers whose frame was seen before run it at once. */
  open(hook: Hook, spec: CopySpec): CopyNews {
    if (this.#all.has(spec.copy)) throw new Error(`copy ${spec.copy} is there already`);
    const copy: Copy = { spec, hook, sites: [], hits: 0, error: '', isBarred: false };
    this.#all.set(spec.copy, copy);
    for (const site of this.#sitesOf(hook)) if (site.compile) this.#fill(copy, site, site.compile, undefined);
    return this.#newsOf(copy);
  }

  /** A condition in the function's own frame. `isLasting`: it compiles whatever text comes, now and later. */
  entered(hook: Hook, compile: Compile, homeOf: HomeOf, isLasting: boolean): void {
    const announced = hook.entering as Site | undefined;
    hook.entering = undefined;
    const site = announced ?? this.#onlySite(hook);
    if (isLasting && site) site.compile = compile;
    for (const copy of this.#all.values()) {
      if (copy.hook !== hook) continue;
      copy.hits += 1;
      if (site) this.#fill(copy, site, compile, homeOf);
    }
  }

  /** As `entered`, where `eval` cannot compile them. */
  cannotEval(hook: Hook): void {
    hook.entering = undefined;
    for (const copy of this.#all.values()) if (copy.hook === hook) copy.isBarred = true;
  }

  /** Their wrappers run what they ran before. */
  drop(id: number): void {
    const copy = this.#all.get(id);
    if (!copy) return;
    this.#all.delete(id);
    const { hook } = copy;
    const others = [...this.#all.values()].filter((other) => other.hook === hook);
    for (const reference of copy.sites) {
      const site = apply(deref, reference, []) as Site | undefined;
      if (!site) continue;
      if (site.always?.copy === id) site.always = undefined;
      if (site.observed?.copy === id) site.observed = undefined;
      this.#settle(site);
      // One that was covered by this one is run again.
      for (const other of others) if (site.compile) this.#fill(other, site, site.compile, undefined);
      if (others.length === 0) site.compile = undefined;
    }
    if (others.length > 0) return;
    hook.isCopying = false;
    hook.entering = undefined;
    for (const site of this.#sitesOf(hook)) site.compile = undefined;
  }

  /** The hook is gone. */
  forget(hook: Hook): void {
    for (const copy of [...this.#all.values()]) if (copy.hook === hook) this.drop(copy.spec.copy);
  }

  /** A hook has copies that a new wrapper of it has to be filled with. */
  has(hook: Hook): boolean {
    for (const copy of this.#all.values()) if (copy.hook === hook) return true;
    return false;
  }

  news(hook: Hook): CopyNews[] {
    const news: CopyNews[] = [];
    for (const copy of this.#all.values()) if (copy.hook === hook) news.push(this.#newsOf(copy));
    return news;
  }

  /** A generator runs when it is asked for the first time, not when it is called: nothing tells by which wrapper it was. */
  #onlySite(hook: Hook): Site | undefined {
    if (!hook.spec.shape.isGenerator) return undefined;
    const sites = this.#sitesOf(hook);
    return sites.length === 1 ? sites[0] : undefined;
  }

  #fill(copy: Copy, site: Site, compile: Compile, homeOf: HomeOf | undefined): void {
    const { spec, hook } = copy;
    const before = spec.when === 'always' ? site.always : site.observed;
    // The later of two takes the place of the earlier, and never the other way round.
    if (copy.error !== '' || (before !== undefined && before.copy >= spec.copy)) return;
    this.#sweep(copy);
    const isCounted = copy.sites.some((reference) => apply(deref, reference, []) === site);
    if (copy.sites.length >= MOST_SITES && !isCounted) return;
    try {
      if (homeOf) site.home ??= homeOf(site.original);
      const { home } = site;
      if (spec.usesSuper && home === undefined)
        throw new Error('the object that it belongs to was not found');
      const made = compile(spec.text, home && getPrototypeOf(home), site.wrapper, spec.copy);
      // It came after the condition: the next one has it.
      if (made === undefined) return;
      const fn = functionIn(made);
      takePrototype(fn, site.original);
      const compiled: Compiled = { copy: spec.copy, fn };
      if (spec.when === 'always') site.always = compiled;
      else site.observed = compiled;
      this.#settle(site);
      if (!isCounted) copy.sites.push(new Weak(site));
    } catch (error) {
      copy.error = textOf(error);
      hook.isCopying = false;
    }
  }

  #settle(site: Site): void {
    const { always, observed, original } = site;
    site.run = always?.fn ?? original;
    site.traced = observed?.fn ?? site.run;
    Object.assign(site, this.#kindOf(site.run, site.state.hook));
  }

  #sweep(copy: Copy): void {
    if (copy.sites.length < MOST_SITES) return;
    const left = copy.sites.filter((reference) => apply(deref, reference, []) !== undefined);
    copy.sites.splice(0, copy.sites.length, ...left);
  }

  #newsOf(copy: Copy): CopyNews {
    const { spec, hook, sites, hits, error, isBarred } = copy;
    const wrappers = this.#sitesOf(hook);
    let waiting = 0;
    for (const site of wrappers) {
      const at = spec.when === 'always' ? site.always : site.observed;
      if ((at?.copy ?? 0) < spec.copy) waiting += 1;
    }
    return {
      ...{ copy: spec.copy, hook: spec.hook, when: spec.when, hits, error },
      filled: sites.length,
      waiting,
      isFull: sites.length >= MOST_SITES,
      isBarred,
    };
  }
}

/** What a generator gives, and what `new` makes, is an instance of the function that everybody knows. */
function takePrototype(fn: AnyFunction, original: AnyFunction): void {
  const before = getOwnPropertyDescriptor(original, 'prototype');
  const own = getOwnPropertyDescriptor(fn, 'prototype');
  if (before === undefined || own?.writable !== true) return;
  defineProperty(fn, 'prototype', Object.assign(create(null), { value: ownData(original, 'prototype') }));
}

/** Methods are written in an object, which names what else would have no name. */
function functionIn(value: unknown): AnyFunction {
  if (typeof value === 'function') return value as AnyFunction;
  const key = isObject(value) ? ownKeys(value)[0] : undefined;
  const found = key === undefined ? undefined : getOwnPropertyDescriptor(value as object, key);
  const fn: unknown = found?.value ?? found?.get ?? found?.set;
  if (typeof fn !== 'function') throw new Error('the text gives no function');
  return fn as AnyFunction;
}

function textOf(error: unknown): string {
  const name: unknown = isObject(error) ? ownData(getPrototypeOf(error) ?? {}, 'name') : undefined;
  const message: unknown = isObject(error) ? ownData(error, 'message') : undefined;
  const text = `${typeof name === 'string' && name !== 'Error' ? `${name}: ` : ''}${typeof message === 'string' ? message : 'unknown'}`;
  return apply(slice, text, [0, LONGEST_ERROR]) as string;
}
