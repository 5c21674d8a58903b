/**
 * About how many bytes a value holds on to, without a line of the application's being run: no getter, no Proxy's trap.
 * Bounded: of long lists and maps a sample stands for all; when the steps are used up, what is left counts as little.
 * Not seen: what closures, private fields, promises, weak collections and Proxies hold.
 */
import {
  apply,
  arrayBufferLength,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  getterOf,
  isArray,
  isView,
  mapEntries,
  mapIteratorNext,
  mapSize,
  ownKeys,
  setIteratorNext,
  setSize,
  setValues,
  sharedBufferLength,
  type Types,
} from '../main/captured.js';

const { floor, min } = Math;
const STEPS = 2000;
const SAMPLE = 64;
const LONGEST_MS = 3;
/** An object of which nothing more is known. */
const OPAQUE = 64;
/** Rather too much than too little: the cap should hold. */
const HEAD = 32;
/** A number that has an object of its own in V8's heap. */
const BOXED = 16;
const SLOT = 8;
const ENTRY = 40;
const ERROR = 1024;
const WIDE_BIGINT = 2n ** 65_536n;
const WIDE_BIGINT_BYTES = 1024 * 1024;

const typedBuffer = getterOf(getPrototypeOf(Uint8Array.prototype) as object, 'buffer');
const viewBuffer = getterOf(DataView.prototype, 'buffer');
const { charCodeAt } = String.prototype;
const Seen = Set;
const { add, has } = Set.prototype;

interface Pending {
  readonly value: unknown;
  /** It stands for so many. */
  readonly weight: number;
}

export type Weigh = (value: unknown) => number;

export function makeWeigher(types: Types, now: () => number): Weigh {
  return (value) => new Scale(types, now).of(value);
}

class Scale {
  readonly #seen = new Seen<unknown>();
  readonly #pending: Pending[] = [];
  #bytes = 0;

  constructor(
    readonly types: Types,
    readonly now: () => number,
  ) {}

  of(root: unknown): number {
    const deadline = this.now() + LONGEST_MS;
    this.#push(root, 1);
    let at = 0;
    for (; at < this.#pending.length && at < STEPS; at++) {
      if ((at & 31) === 31 && this.now() > deadline) break;
      const { value, weight } = this.#pending[at] as Pending;
      // First: what it refers to is added to the same sum.
      const own = this.#object(value as object, weight);
      this.#bytes += weight * own;
    }
    for (; at < this.#pending.length; at++) this.#bytes += (this.#pending[at] as Pending).weight * OPAQUE;
    return Math.round(this.#bytes);
  }

  #push(value: unknown, weight: number, isBoxed = true): void {
    switch (typeof value) {
      case 'number':
        if (isBoxed && (value | 0) !== value) this.#bytes += weight * BOXED;
        return;
      case 'string':
        this.#bytes += weight * stringBytes(value);
        return;
      case 'bigint':
        this.#bytes += weight * (value > WIDE_BIGINT || value < -WIDE_BIGINT ? WIDE_BIGINT_BYTES : OPAQUE);
        return;
      case 'function':
        this.#bytes += weight * OPAQUE;
        return;
      case 'object':
        if (value === null || apply(has, this.#seen, [value])) return;
        apply(add, this.#seen, [value]);
        this.#pending[this.#pending.length] = { value, weight };
        return;
      default:
    }
  }

  /** Its own bytes; what it refers to is put on the list. */
  #object(value: object, weight: number): number {
    const { types } = this;
    if (types.isProxy(value) || types.isModuleNamespaceObject(value) || value === globalThis) return OPAQUE;
    if (types.isArrayBuffer(value)) return HEAD + (apply(arrayBufferLength, value, []) as number);
    if (types.isSharedArrayBuffer(value)) return HEAD + (apply(sharedBufferLength, value, []) as number);
    if (isView(value)) {
      // The whole memory stays for a view of a part of it.
      this.#push(apply(types.isDataView(value) ? viewBuffer : typedBuffer, value, []), weight);
      return OPAQUE;
    }
    if (isArray(value)) return this.#array(value, weight);
    if (types.isMap(value)) return this.#map(value, weight) + this.#members(value, weight);
    if (types.isSet(value)) return this.#set(value, weight) + this.#members(value, weight);
    return (types.isNativeError(value) ? ERROR : 0) + this.#members(value, weight);
  }

  #array(value: readonly unknown[], weight: number): number {
    const { length } = value;
    const taken = min(length, SAMPLE);
    for (let at = 0; at < taken; at++) {
      // Spread over the whole: the first few may be unlike the rest.
      const index = length <= SAMPLE ? at : floor((at * length) / SAMPLE);
      const descriptor = getOwnPropertyDescriptor(value, index);
      if (descriptor && 'value' in descriptor) this.#push(descriptor.value, (weight * length) / taken, false);
    }
    return HEAD + length * SLOT;
  }

  #map(value: object, weight: number): number {
    const size = apply(mapSize, value, []) as number;
    const taken = min(size, SAMPLE);
    const entries = apply(mapEntries, value, []) as object;
    for (let at = 0; at < taken; at++) {
      const step = apply(mapIteratorNext, entries, []) as IteratorResult<[unknown, unknown]>;
      if (step.done) break;
      this.#push(step.value[0], (weight * size) / taken);
      this.#push(step.value[1], (weight * size) / taken);
    }
    return HEAD + size * ENTRY;
  }

  #set(value: object, weight: number): number {
    const size = apply(setSize, value, []) as number;
    const taken = min(size, SAMPLE);
    const values = apply(setValues, value, []) as object;
    for (let at = 0; at < taken; at++) {
      const step = apply(setIteratorNext, values, []) as IteratorResult<unknown>;
      if (step.done) break;
      this.#push(step.value, (weight * size) / taken);
    }
    return HEAD + size * ENTRY;
  }

  #members(value: object, weight: number): number {
    const keys = ownKeys(value);
    const { length } = keys;
    const taken = min(length, SAMPLE);
    for (let at = 0; at < taken; at++) {
      const key = keys[at] as PropertyKey;
      // To look at it formats it, by a hook of the application's.
      if (key === 'stack') continue;
      const descriptor = getOwnPropertyDescriptor(value, key);
      if (descriptor && 'value' in descriptor) this.#push(descriptor.value, (weight * length) / taken);
    }
    return HEAD + length * SLOT;
  }
}

/** V8 keeps a text in one byte a character where all fit: some are looked at. */
function stringBytes(text: string): number {
  const { length } = text;
  const step = length > SAMPLE ? floor(length / SAMPLE) : 1;
  for (let at = 0; at < length; at += step) {
    if ((apply(charCodeAt, text, [at]) as number) > 0xff) return HEAD + 2 * length;
  }
  return HEAD + length;
}
