/** What makes a wrapper look like the function it stands in for: name, length, prototype, own properties, text. */
import {
  apply,
  create,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  objectIs,
  ownData,
  ownKeys,
} from '../../main/captured.js';
import type { AnyFunction } from '../hook.js';

const { defineProperty, deleteProperty, get, set, setPrototypeOf } = Reflect;
const functionText = Function.prototype.toString;

/** Properties that a sloppy function has of its own and that say nothing. */
const IGNORED = new Set<PropertyKey>(['arguments', 'caller']);

/** A value that no property has. */
const NOTHING = {};

/** Own properties of wrappers, as they were made: what differs later was the application's doing. */
const made = new WeakMap<AnyFunction, Map<PropertyKey, unknown>>();

/**
 * Gives a wrapper the own properties of its original. Those that can change are shared: read and written through to the
 * original, so that nothing that is written meanwhile is lost afterwards.
 */
export function liken(wrapper: AnyFunction, original: AnyFunction): void {
  const parent = getPrototypeOf(original);
  if (parent !== getPrototypeOf(wrapper)) setPrototypeOf(wrapper, parent);
  const known = new Map<PropertyKey, unknown>();
  made.set(wrapper, known);
  const keys = ownKeys(original);
  for (let at = 0; at < keys.length; at++) {
    const key = keys[at] as PropertyKey;
    if (IGNORED.has(key)) continue;
    known.set(key, key === 'prototype' ? ownData(original, key) : NOTHING);
    share(wrapper, original, key);
  }
  if (getOwnPropertyDescriptor(original, 'toString') !== undefined) return;
  const text = {
    toString(this: unknown) {
      return apply(functionText, this === wrapper ? original : this, []);
    },
  }.toString;
  known.set('toString', text);
  defineProperty(
    wrapper,
    'toString',
    bare({ value: text, writable: true, enumerable: false, configurable: true }),
  );
}

function share(wrapper: AnyFunction, original: AnyFunction, key: PropertyKey): void {
  const descriptor = getOwnPropertyDescriptor(original, key);
  if (descriptor === undefined) return;
  const isAccessor = descriptor.get !== undefined || descriptor.set !== undefined;
  // `prototype` is there already, and cannot become an accessor.
  if (!isAccessor && (!descriptor.writable || key === 'prototype')) {
    defineProperty(wrapper, key, bare(descriptor));
    return;
  }
  const shared = {
    get(this: unknown): unknown {
      return get(original, key, this === wrapper ? original : this);
    },
    set(this: unknown, value: unknown): void {
      set(original, key, value, this === wrapper ? original : this);
    },
  };
  const { enumerable, configurable } = descriptor;
  const settable = isAccessor ? descriptor.set !== undefined : descriptor.writable;
  defineProperty(
    wrapper,
    key,
    bare({ get: shared.get, set: settable ? shared.set : undefined, enumerable, configurable }),
  );
}

/** Hands what the application has done to the wrapper's own properties on to the original. */
export function handBack(wrapper: AnyFunction, original: AnyFunction): void {
  const known = made.get(wrapper);
  if (!known) return;
  const keys = ownKeys(wrapper);
  for (let at = 0; at < keys.length; at++) {
    const key = keys[at] as PropertyKey;
    const descriptor = getOwnPropertyDescriptor(wrapper, key);
    if (descriptor === undefined || IGNORED.has(key)) continue;
    const before = known.has(key) ? known.get(key) : undefined;
    if (known.has(key) && (before === NOTHING || objectIs(descriptor.value, before))) continue;
    defineProperty(original, key, bare(descriptor));
    known.set(key, key === 'prototype' ? descriptor.value : NOTHING);
    // Somebody may still hold the wrapper, and write to it again.
    share(wrapper, original, key);
  }
  dropDeleted(wrapper, original, known);
}

function dropDeleted(wrapper: AnyFunction, original: AnyFunction, known: Map<PropertyKey, unknown>): void {
  const keys = ownKeys(original);
  for (let at = 0; at < keys.length; at++) {
    const key = keys[at] as PropertyKey;
    if (!known.has(key) || known.get(key) !== NOTHING) continue;
    if (getOwnPropertyDescriptor(wrapper, key) === undefined) deleteProperty(original, key);
  }
}

/** Without a prototype: somebody may have put a `get` on Object.prototype. */
function bare(descriptor: PropertyDescriptor): PropertyDescriptor {
  return Object.assign(create(null) as object, descriptor);
}
