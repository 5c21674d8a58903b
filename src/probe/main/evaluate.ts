/**
 * What a rewritten expression calls in place of JavaScript's own operations (src/diagnose/expression/ writes the calls).
 * A callee runs only when it *is* one of the listed built-ins; nothing here converts an object to a primitive, iterates
 * a foreign iterable or touches a Proxy, since each of these would run the application's code.
 *
 * V8 runs it with `throwOnSideEffect`: only objects made during the evaluation may be written to, so the fuel lives in
 * the Runtime object, which is made anew for each. No private methods: giving an object those counts as well.
 */
import {
  apply,
  dateGetTime,
  dateToIso,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  isArray,
  isObject,
  isView,
  ownData,
  ownKeys,
  type Types,
} from './captured.js';
import { classNameOf, functionNameOf } from './className.js';
import { loadedExports } from './loadedExports.js';
import { type PureTable, pureTable } from './pureBuiltins.js';

export interface RuntimeLimits {
  /** Steps: calls, callbacks, elements copied. */
  readonly fuel: number;
  /** Nothing interrupts it from outside: what cannot be counted in steps is kept short. */
  readonly untimed?: boolean;
}

type Builtin = <T>(id: string) => T;

const functionHasInstance = Function.prototype[Symbol.hasInstance];
const hasInstance = Symbol.hasInstance;
const CHAIN = 50;
const LONGEST_TEXT = 1024 * 1024;
const LARGEST_POWER = 4096n;
const MASKED = '***';

/** Returns `runtime(limits)`, to be called once per evaluation. */
export function makeRuntime(types: Types, builtin: Builtin): (limits: RuntimeLimits) => Runtime {
  const pure = pureTable();
  const modules = builtin<object>('node:module');
  return (limits) => new Runtime(types, pure, modules, limits.fuel, limits.untimed === true);
}

export class Runtime {
  fuel: number;
  /** Arrow functions and regular expressions that the expression itself made. */
  readonly made = new Set<unknown>();

  constructor(
    readonly types: Types,
    readonly pure: PureTable,
    readonly modules: object,
    fuel: number,
    readonly untimed = false,
  ) {
    this.fuel = fuel;
  }

  /** One step, or several. */
  t(steps = 1): void {
    this.fuel -= steps;
    if (this.fuel < 0) throw new RangeError('the expression takes too many steps');
  }

  /** `holder.key(...args)` */
  c(holder: unknown, key: PropertyKey, args: unknown[]): unknown {
    if (this.types.isProxy(holder)) throw this.refused('a call on a Proxy', 'its traps');
    return this.k((holder as Record<PropertyKey, unknown>)[key], holder, args, key);
  }

  /** `fn(...args)` */
  f(fn: unknown, args: unknown[]): unknown {
    return this.k(fn, undefined, args, '');
  }

  /** Calls `fn` on `holder`, if it is a listed built-in. */
  k(fn: unknown, holder: unknown, args: unknown[], key: PropertyKey): unknown {
    this.t();
    if (typeof fn !== 'function') throw new TypeError(`${nameOf(key, fn)} is not a function`);
    if (this.types.isProxy(holder) || this.types.isProxy(fn)) throw this.refused('a Proxy', 'its traps');
    const run = this.pure.get(fn);
    if (run === undefined) {
      throw this.refused(`a call to ${nameOf(key, fn)}`, 'it, as it is no listed pure built-in');
    }
    return run(this, holder, args);
  }

  /** Marks an arrow function or a regular expression as one that the expression made. */
  w<T>(value: T): T {
    this.made.add(value);
    return value;
  }

  /** `a + b` */
  d(a: unknown, b: unknown): unknown {
    const sum = (this.q(a) as string) + (this.q(b) as string);
    if (typeof sum === 'string' && sum.length > LONGEST_TEXT) throw new RangeError('the text is too long');
    return sum;
  }

  /** `a ** b`: of whole numbers without a size it takes as long as the result is long. */
  y(a: unknown, b: unknown): unknown {
    const base = this.p(a);
    const exponent = this.p(b);
    if (typeof exponent === 'bigint' && exponent > LARGEST_POWER)
      throw new RangeError('the power is too large');
    return (base as number) ** (exponent as number);
  }

  /** An operand of `+`: of objects only Dates can be had, as text. */
  q(value: unknown): unknown {
    return isObject(value) ? this.x(value) : value;
  }

  /** A primitive of the same meaning: for operators, keys and arguments of built-ins. */
  p(value: unknown): unknown {
    if (!isObject(value)) return value;
    if (this.types.isDate(value) && !this.types.isProxy(value)) return apply(dateGetTime, value, []);
    const kind = this.types.isProxy(value) ? 'Proxy' : classNameOf(value, this.types);
    throw this.refused(`turning a ${kind} into text or a number`, 'its own conversion');
  }

  /** Text for a template: a Date in ISO form, any other object is refused. */
  x(value: unknown): string {
    if (isObject(value) && !this.types.isProxy(value) && this.types.isDate(value)) {
      return apply(dateToIso, value, []) as string;
    }
    return `${this.p(value) as string}`;
  }

  /** `a == b` */
  e(a: unknown, b: unknown): boolean {
    // biome-ignore lint/suspicious/noDoubleEquals: it is what the expression says
    if (isObject(a) === isObject(b)) return a == b;
    if (a === null || a === undefined || b === null || b === undefined) return false;
    // biome-ignore lint/suspicious/noDoubleEquals: it is what the expression says
    return this.p(a) == this.p(b);
  }

  /** What `...value` spreads into an array or arguments; iterators of the built-ins below are arrays. */
  i(value: unknown): unknown[] {
    if (typeof value === 'string') {
      this.t(value.length);
      return [...value];
    }
    if (isObject(value) && !this.types.isProxy(value)) {
      if (isArray(value)) return this.copy(value);
      if (isTypedArray(value, this.types)) return this.copy(value as unknown as unknown[]);
      if (this.types.isSet(value)) return this.c(value, 'values', []) as unknown[];
      if (this.types.isMap(value)) return this.c(value, 'entries', []) as unknown[];
    }
    throw this.refused('spreading what is no array, string, Map or Set', 'its iterator');
  }

  /** A plain array of the same elements: an own class of the application must not be asked to make the result. */
  copy(value: ArrayLike<unknown>): unknown[] {
    const { length } = value;
    this.t(length);
    const items: unknown[] = [];
    for (let index = 0; index < length; index++) items[index] = value[index];
    return items;
  }

  /** `{...first, ...second}` */
  o(parts: readonly unknown[]): Record<PropertyKey, unknown> {
    const copy: Record<PropertyKey, unknown> = {};
    for (let at = 0; at < parts.length; at++) {
      const part = parts[at];
      if (!isObject(part)) continue;
      this.own(part);
      const keys = ownKeys(part);
      this.t(keys.length);
      for (let index = 0; index < keys.length; index++) {
        const key = keys[index] as PropertyKey;
        if (key === '__proto__' || !getOwnPropertyDescriptor(part, key)?.enumerable) continue;
        copy[key] = (part as Record<PropertyKey, unknown>)[key];
      }
    }
    return copy;
  }

  /** What a `{pattern}` takes apart. */
  b(value: unknown): unknown {
    if (value === null || value === undefined) throw new TypeError(`Cannot destructure '${String(value)}'`);
    return value;
  }

  /** `value instanceof type` */
  n(value: unknown, type: unknown): boolean {
    if (typeof type !== 'function') throw new TypeError('the right side of instanceof is not a function');
    this.own(type);
    if (isObject(value)) this.own(value);
    let holder: object | null = type;
    for (let steps = 0; holder !== null && steps < CHAIN && !this.types.isProxy(holder); steps++) {
      const descriptor = getOwnPropertyDescriptor(holder, hasInstance);
      if (descriptor) {
        if (descriptor.value === functionHasInstance) return inChain(this, value, type);
        break;
      }
      holder = getPrototypeOf(holder);
    }
    throw this.refused('this instanceof', 'its own Symbol.hasInstance');
  }

  /** `key in value` */
  h(key: unknown, value: unknown): boolean {
    if (!isObject(value)) throw new TypeError("the right side of 'in' is not an object");
    this.own(value);
    return (this.p(key) as PropertyKey) in value;
  }

  /** The exports of a module that is loaded already, by its file. */
  m(file: string): unknown {
    return loadedExports(this.modules, this.types, file);
  }

  /** The value of a secret-looking name: masked, unless it gives nothing away. */
  s(value: unknown): unknown {
    if (value === null || value === undefined || value === '') return value;
    return typeof value === 'boolean' || typeof value === 'function' ? value : MASKED;
  }

  /** Refuses a Proxy. */
  own(value: object): void {
    if (this.types.isProxy(value)) throw this.refused('looking into a Proxy', 'its traps');
  }

  refused(what: string, runs: string): Error {
    return new TypeError(`${what} would run ${runs}: --unsafe allows it`);
  }
}

/** The built-in's own steps, since calling it counts as a side effect. */
function inChain(runtime: Runtime, value: unknown, type: object): boolean {
  const prototype = ownData(type, 'prototype');
  if (!isObject(prototype)) throw new TypeError('the right side of instanceof has no prototype');
  let holder = isObject(value) ? getPrototypeOf(value) : null;
  while (holder !== null && holder !== prototype) {
    runtime.t();
    runtime.own(holder);
    holder = getPrototypeOf(holder);
  }
  return holder === prototype;
}

function nameOf(key: PropertyKey, fn: unknown): string {
  const name = typeof key === 'symbol' ? 'symbol' : `${key}`;
  if (name !== '') return `'${name}'`;
  const own = typeof fn === 'function' ? functionNameOf(fn) : '';
  return own === '' ? 'this value' : `'${own}'`;
}

/** `util.types.isTypedArray` counts as a side effect. */
export function isTypedArray(value: object, types: Types): boolean {
  return isView(value) && !types.isDataView(value);
}

/** Is this regular expression one whose methods are all the built-in ones? */
export function isPlainRegex(value: unknown, types: Types): value is RegExp {
  if (!isObject(value) || types.isProxy(value) || !types.isRegExp(value)) return false;
  return getPrototypeOf(value) === RegExp.prototype && ownData(value, 'exec') === undefined;
}
