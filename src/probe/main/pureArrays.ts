import { apply, frozenData, getPrototypeOf, isArray, isObject, ownData } from './captured.js';
import { isTypedArray, type Runtime } from './evaluate.js';
import { type AnyFunction, add, callback, type PureTable, primitives, type Run } from './pureBuiltins.js';

const LONGEST_TEXT = 1024 * 1024;
const arrayPrototype = Array.prototype;

/** The elements as an array whose methods make plain arrays: `Symbol.species` is the application's business. */
function plain(runtime: Runtime, holder: unknown): unknown[] {
  if (isArray(holder)) {
    const ordinary =
      getPrototypeOf(holder) === arrayPrototype && ownData(holder, 'constructor') === undefined;
    runtime.t(1 + (holder.length >> 4));
    return ordinary ? holder : runtime.copy(holder);
  }
  if (isObject(holder) && isTypedArray(holder, runtime.types)) return runtime.copy(holder as never);
  throw new TypeError('this array method needs an array');
}

const withCallback =
  (original: AnyFunction): Run =>
  (runtime, holder, args) =>
    apply(original, plain(runtime, holder), [callback(runtime, args[0]), ...args.slice(1, 2)]);

const onPrimitives =
  (original: AnyFunction): Run =>
  (runtime, holder, args) =>
    apply(original, plain(runtime, holder), primitives(runtime, args));

/** The first argument is compared by identity, a second one is an index. */
const compares =
  (original: AnyFunction): Run =>
  (runtime, holder, args) =>
    apply(original, plain(runtime, holder), [args[0], ...primitives(runtime, args.slice(1))]);

function join(runtime: Runtime, holder: unknown, args: unknown[]): string {
  const items = plain(runtime, holder);
  const separator = args[0] === undefined ? ',' : runtime.x(args[0]);
  let text = '';
  runtime.t(items.length);
  for (let index = 0; index < items.length; index++) {
    const item = items[index];
    if (index > 0) text += separator;
    if (item !== null && item !== undefined) text += runtime.x(item);
    if (text.length > LONGEST_TEXT) throw new RangeError('the joined text is too long');
  }
  return text;
}

function flatInto(runtime: Runtime, out: unknown[], items: readonly unknown[], depth: number): void {
  runtime.t(items.length);
  for (let index = 0; index < items.length; index++) {
    const item = items[index];
    if (depth > 0 && isObject(item) && !runtime.types.isProxy(item) && isArray(item)) {
      flatInto(runtime, out, item, depth - 1);
    } else {
      out[out.length] = item;
    }
  }
}

function flat(runtime: Runtime, holder: unknown, args: unknown[]): unknown[] {
  const depth = args[0] === undefined ? 1 : Math.min(20, Number(runtime.p(args[0])));
  const out: unknown[] = [];
  flatInto(runtime, out, plain(runtime, holder), depth);
  return out;
}

function concat(runtime: Runtime, holder: unknown, args: unknown[]): unknown[] {
  const out: unknown[] = [];
  flatInto(runtime, out, plain(runtime, holder), 0);
  flatInto(runtime, out, args, 1);
  return out;
}

function sorted(original: AnyFunction): Run {
  return (runtime, holder, args) => {
    const items = plain(runtime, holder);
    if (args[0] !== undefined) return apply(original, items, [callback(runtime, args[0])]);
    // Without a comparison elements are turned into text.
    for (let index = 0; index < items.length; index++) runtime.p(items[index]);
    return apply(original, items, []);
  };
}

function pairs(runtime: Runtime, holder: unknown): unknown[] {
  const items = runtime.copy(plain(runtime, holder));
  for (let index = 0; index < items.length; index++) items[index] = [index, items[index]];
  return items;
}

function indexes(runtime: Runtime, holder: unknown): unknown[] {
  const items = runtime.copy(plain(runtime, holder));
  for (let index = 0; index < items.length; index++) items[index] = index;
  return items;
}

function from(runtime: Runtime, _holder: unknown, args: unknown[]): unknown[] {
  const source = args[0];
  const items = isArrayLike(runtime, source) ? runtime.copy(source) : runtime.i(source);
  if (args[1] === undefined) return items;
  const map = callback(runtime, args[1]);
  for (let index = 0; index < items.length; index++) items[index] = map(items[index], index);
  return items;
}

function isArrayLike(runtime: Runtime, value: unknown): value is ArrayLike<unknown> {
  if (!isObject(value)) return false;
  runtime.own(value);
  return Number.isSafeInteger(ownData(value, 'length'));
}

export function addArrayMethods(table: PureTable): void {
  const typedArrayPrototype = getPrototypeOf(Uint8Array.prototype) as object;
  for (const prototype of [arrayPrototype, typedArrayPrototype]) {
    const array = (name: string): AnyFunction => frozenData(arrayPrototype, name) as AnyFunction;
    const each =
      (make: (original: AnyFunction) => Run) =>
      (_original: AnyFunction, name: string): Run =>
        make(array(name));
    add(
      table,
      prototype,
      'every filter find findIndex findLast findLastIndex forEach map reduce reduceRight some',
      each(withCallback),
    );
    add(table, prototype, 'at slice toReversed', each(onPrimitives));
    add(table, prototype, 'includes indexOf lastIndexOf', each(compares));
    add(table, prototype, 'toSorted', each(sorted));
    add(table, prototype, 'join', () => join);
    add(table, prototype, 'entries', () => pairs);
    add(table, prototype, 'keys', () => indexes);
    add(table, prototype, 'values', () => (runtime, holder) => runtime.copy(plain(runtime, holder)));
  }
  add(table, arrayPrototype, 'flat', () => flat);
  add(table, arrayPrototype, 'concat', () => concat);
  add(table, arrayPrototype, 'flatMap', () => (runtime, holder, args) => {
    const mapped = apply(Array.prototype.map, plain(runtime, holder), [
      callback(runtime, args[0]),
    ]) as unknown[];
    return flat(runtime, mapped, []);
  });
  add(table, Array, 'from', () => from);
  add(table, Array, 'of', () => (_runtime, _holder, args) => args);
}
