/**
 * Built-ins as they were when the probe was installed. The application may replace its own later, and a replaced one
 * must neither see our values nor be run by us.
 */
import type * as Util from 'node:util';

export const { apply, ownKeys, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;
export const { isArray } = Array;
export const { isView } = ArrayBuffer;
export const { isFinite: isFiniteNumber, isInteger } = Number;
export const { stringify } = JSON;
export const objectIs = Object.is;
export const create = Object.create;

type Getter = (this: unknown) => unknown;

/** The getter of an accessor property, or one that gives undefined when there is none. */
export function getterOf(holder: object, key: PropertyKey): Getter {
  return (getOwnPropertyDescriptor(holder, key)?.get as Getter | undefined) ?? (() => undefined);
}

export const mapSize = getterOf(Map.prototype, 'size');
export const setSize = getterOf(Set.prototype, 'size');
export const mapEntries = Map.prototype.entries;
export const setValues = Set.prototype.values;
export const mapIteratorNext = (getPrototypeOf(new Map().entries()) as Iterator<[unknown, unknown]>).next;
export const setIteratorNext = (getPrototypeOf(new Set().values()) as Iterator<unknown>).next;
export const dateToIso = Date.prototype.toISOString;
export const dateGetTime = Date.prototype.getTime;
export const symbolToString = Symbol.prototype.toString;
export const bigintToString = BigInt.prototype.toString;
export const stringValue = String.prototype.valueOf;
export const numberValue = Number.prototype.valueOf;
export const booleanValue = Boolean.prototype.valueOf;
export const symbolValue = Symbol.prototype.valueOf;
export const bigintValue = BigInt.prototype.valueOf;
export const sliceString = String.prototype.slice;
const typedArrayPrototype = getPrototypeOf(Uint8Array.prototype) as object;
export const typedArrayLength = getterOf(typedArrayPrototype, 'length');
export const typedArrayTag = getterOf(typedArrayPrototype, Symbol.toStringTag);
export const arrayBufferLength = getterOf(ArrayBuffer.prototype, 'byteLength');
export const sharedBufferLength = getterOf(SharedArrayBuffer.prototype, 'byteLength');
export const regexSource = getterOf(RegExp.prototype, 'source');
export const regexFlags = (
  [
    ['d', 'hasIndices'],
    ['g', 'global'],
    ['i', 'ignoreCase'],
    ['m', 'multiline'],
    ['s', 'dotAll'],
    ['u', 'unicode'],
    ['v', 'unicodeSets'],
    ['y', 'sticky'],
  ] as const
).map(([letter, name]) => [letter, getterOf(RegExp.prototype, name)] as const);
export const urlPrototype = typeof URL === 'function' ? URL.prototype : undefined;
export const urlHref = urlPrototype ? getterOf(urlPrototype, 'href') : () => undefined;
export const errorPrototype = Error.prototype;
export const errorConstructor = Error;
/** From V8 12 on `stack` is an own accessor whose native getter formats it; before, a mere look at it formats it. */
export const errorStackGetter =
  Number(process.versions.v8.split('.')[0]) >= 12
    ? (getOwnPropertyDescriptor(new Error('probe'), 'stack')?.get as Getter | undefined)
    : undefined;

export type Types = typeof Util.types;

/** A value that JavaScript calls an object: functions too. */
export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** An own data property's value; undefined for an accessor. Never called with a Proxy. */
export function ownData(value: object, key: PropertyKey): unknown {
  return getOwnPropertyDescriptor(value, key)?.value;
}

/** The same; where `--frozen-intrinsics` has put a getter of Node's own for good, what that says it gives. */
export function frozenData(value: object, key: PropertyKey): unknown {
  const found = getOwnPropertyDescriptor(value, key);
  return found?.get && !found.configurable ? ownData(found.get, 'value') : found?.value;
}
