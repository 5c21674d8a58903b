/**
 * The built-in functions that an expression may call without --unsafe, by identity: each with a way to run it that
 * cannot run anything else. Iterators are given as arrays.
 */
import { apply, frozenData, isArray, isObject, ownKeys } from './captured.js';
import type { Runtime } from './evaluate.js';
import { addArrayMethods } from './pureArrays.js';
import { addStringMethods } from './pureStrings.js';
import { safeJson } from './safeJson.js';

export type Run = (runtime: Runtime, holder: unknown, args: unknown[]) => unknown;
export type PureTable = Map<unknown, Run>;
export type AnyFunction = (...args: never[]) => unknown;

const functionText = Function.prototype.toString;

/** Registers `names` of `holder` where they are native functions: what the application has replaced is not pure. */
export function add(
  table: PureTable,
  holder: object,
  names: string,
  run: (original: AnyFunction, name: string) => Run,
): void {
  for (const name of names.split(' ')) {
    const original = frozenData(holder, name);
    if (typeof original !== 'function' || !isNative(original)) continue;
    table.set(original, run(original as AnyFunction, name));
  }
}

function isNative(fn: object): boolean {
  return (apply(functionText, fn, []) as string).includes('[native code]');
}

/** Arguments as primitives. */
export function primitives(runtime: Runtime, args: readonly unknown[]): unknown[] {
  const out: unknown[] = [];
  for (let index = 0; index < args.length; index++) out[index] = runtime.p(args[index]);
  return out;
}

/** A callback: an arrow function of the expression itself, or a listed built-in. */
export function callback(runtime: Runtime, fn: unknown): (...args: unknown[]) => unknown {
  if (runtime.made.has(fn)) return fn as (...args: unknown[]) => unknown;
  const run = runtime.pure.get(fn);
  if (run) return (first) => run(runtime, undefined, [first]);
  if (typeof fn !== 'function') throw new TypeError('the callback is not a function');
  throw runtime.refused(
    'this callback',
    'it, as it is neither an arrow function here nor a listed pure built-in',
  );
}

/** Any arguments: for functions that neither convert nor call what they are given. */
const asIs =
  (original: AnyFunction): Run =>
  (_runtime, holder, args) =>
    apply(original, holder, args);

const onPrimitives =
  (original: AnyFunction): Run =>
  (runtime, holder, args) =>
    apply(original, isObject(holder) ? undefined : holder, primitives(runtime, args));

/** Methods of boxed values: the receiver is a primitive as well. */
const ofPrimitive =
  (original: AnyFunction): Run =>
  (runtime, holder, args) =>
    apply(original, runtime.p(holder), primitives(runtime, args));

/** The first argument is looked into, the others are keys. */
const looksInto =
  (original: AnyFunction): Run =>
  (runtime, _holder, args) => {
    if (isObject(args[0])) runtime.own(args[0]);
    return apply(original, undefined, [args[0], ...primitives(runtime, args.slice(1))]);
  };

function addObject(table: PureTable): void {
  add(
    table,
    Object,
    'keys values entries getOwnPropertyNames getOwnPropertySymbols getOwnPropertyDescriptor getOwnPropertyDescriptors ' +
      'getPrototypeOf hasOwn isFrozen isSealed isExtensible',
    looksInto,
  );
  add(table, Object, 'is', asIs);
  add(table, Object, 'fromEntries', () => fromEntries);
  add(
    table,
    Object.prototype,
    'hasOwnProperty propertyIsEnumerable',
    (original) => (runtime, holder, args) => apply(original, holder, primitives(runtime, args)),
  );
}

function fromEntries(runtime: Runtime, _holder: unknown, args: unknown[]): unknown {
  const entries = runtime.i(args[0]);
  const out: Record<PropertyKey, unknown> = {};
  for (let index = 0; index < entries.length; index++) {
    const pair = runtime.i(entries[index]);
    const key = runtime.p(pair[0]) as PropertyKey;
    if (key !== '__proto__') out[key] = pair[1];
  }
  return out;
}

function addNumbers(table: PureTable): void {
  add(table, Number, 'isFinite isInteger isNaN isSafeInteger', asIs);
  add(table, Number, 'parseFloat parseInt', onPrimitives);
  add(table, Number.prototype, 'toExponential toFixed toPrecision toString valueOf', ofPrimitive);
  add(table, BigInt.prototype, 'toString valueOf', ofPrimitive);
  add(table, Boolean.prototype, 'toString valueOf', ofPrimitive);
  add(table, BigInt, 'asIntN asUintN', onPrimitives);
  const math = ownKeys(Math).filter((key) => typeof key === 'string' && key !== 'random');
  add(table, Math, math.join(' '), onPrimitives);
  add(
    table,
    globalThis,
    'parseFloat parseInt isNaN isFinite encodeURIComponent decodeURIComponent encodeURI decodeURI',
    onPrimitives,
  );
  add(table, globalThis, 'Number BigInt', onPrimitives);
  add(table, globalThis, 'Boolean', asIs);
  add(table, globalThis, 'String', () => (runtime, _holder, args) => (args.length ? runtime.x(args[0]) : ''));
}

function addDates(table: PureTable): void {
  add(table, Date, 'now parse UTC', onPrimitives);
  const getters = ownKeys(Date.prototype).filter((key) => typeof key === 'string' && key.startsWith('get'));
  add(
    table,
    Date.prototype,
    `${getters.join(' ')} toISOString toString toDateString toTimeString toUTCString valueOf`,
    asIs,
  );
}

function addMaps(table: PureTable): void {
  add(table, Map.prototype, 'get has', asIs);
  add(table, Set.prototype, 'has', asIs);
  add(table, WeakMap.prototype, 'get has', asIs);
  add(table, WeakSet.prototype, 'has', asIs);
  for (const { prototype } of [Map, Set]) {
    add(
      table,
      prototype,
      'keys values entries',
      (original) => (runtime, holder) => drain(runtime, original, holder),
    );
    add(table, prototype, 'forEach', (original) => (runtime, holder, args) => {
      return apply(original, holder, [callback(runtime, args[0])]);
    });
  }
}

function drain(runtime: Runtime, original: AnyFunction, holder: unknown): unknown[] {
  const iterator = apply(original, holder, []) as Iterator<unknown>;
  const items: unknown[] = [];
  for (let step = iterator.next(); !step.done; step = iterator.next()) {
    runtime.t();
    items[items.length] = step.value;
  }
  return items;
}

function addJson(table: PureTable): void {
  add(table, JSON, 'parse', (original) => (runtime, _holder, args) => {
    return apply(original, undefined, [runtime.p(args[0])]);
  });
  add(table, JSON, 'stringify', () => (runtime, _holder, args) => {
    if (args[1] !== undefined && args[1] !== null)
      throw new TypeError('JSON.stringify takes no replacer here');
    return safeJson(runtime, args[0], runtime.p(args[2]));
  });
}

/** All of them, as they are now. */
export function pureTable(): PureTable {
  const table: PureTable = new Map();
  addObject(table);
  addNumbers(table);
  addDates(table);
  addMaps(table);
  addJson(table);
  addArrayMethods(table);
  addStringMethods(table);
  add(table, Array, 'isArray', () => (_runtime, _holder, args) => isArray(args[0]));
  return table;
}
