/**
 * A bounded walk over the objects that can be reached from some values by own data properties, prototypes and elements of
 * arrays, Maps and Sets, breadth first. Runs no getter, no trap, no iterator but V8's own.
 */
import {
  apply,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  isArray,
  isObject,
  isView,
  mapEntries,
  mapIteratorNext,
  ownKeys,
  setIteratorNext,
  setValues,
  type Types,
} from '../main/captured.js';

export interface ObjectLimits {
  readonly depth: number;
  readonly objects: number;
  readonly ms: number;
}

/** Elements of an array, Map or Set, and properties of one object, that are looked at. */
const ELEMENTS = 500;
const KEYS = 1000;
const LOOK = 16;
const weakSetAdd = WeakSet.prototype.add;
const weakSetHas = WeakSet.prototype.has;

/** Calls `visit` once for each object; it says whether what is below is of interest. Returns whether a limit cut it short. */
export function walkObjects(
  roots: readonly unknown[],
  visit: (value: object) => boolean,
  limits: ObjectLimits,
  tools: { readonly types: Types; now(): number },
): boolean {
  const { types, now } = tools;
  const until = now() + limits.ms;
  const seen = new WeakSet<object>();
  const queue: { readonly value: object; readonly depth: number }[] = [];
  let cut = false;
  const push = (value: unknown, depth: number): void => {
    if (!isObject(value) || depth > limits.depth || apply(weakSetHas, seen, [value])) return;
    if (types.isProxy(value) || value === globalThis) return;
    if (queue.length >= limits.objects) {
      cut = true;
      return;
    }
    apply(weakSetAdd, seen, [value]);
    queue[queue.length] = { value, depth };
  };
  const below = (value: object, depth: number): void => {
    if (isView(value) || types.isAnyArrayBuffer(value)) return;
    if (types.isMap(value)) {
      const iterator = apply(mapEntries, value, []);
      for (let count = 0; count < ELEMENTS; count++) {
        const step = apply(mapIteratorNext, iterator, []) as IteratorResult<[unknown, unknown]>;
        if (step.done) break;
        push(step.value[0], depth);
        push(step.value[1], depth);
      }
    } else if (types.isSet(value)) {
      const iterator = apply(setValues, value, []);
      for (let count = 0; count < ELEMENTS; count++) {
        const step = apply(setIteratorNext, iterator, []) as IteratorResult<unknown>;
        if (step.done) break;
        push(step.value, depth);
      }
    }
    const length = isArray(value) ? Math.min(value.length, ELEMENTS) : -1;
    if (length >= 0) {
      for (let index = 0; index < length; index++) push(getOwnPropertyDescriptor(value, index)?.value, depth);
    } else {
      const keys = ownKeys(value);
      for (let index = 0; index < keys.length && index < KEYS; index++) {
        const descriptor = getOwnPropertyDescriptor(value, keys[index] as PropertyKey);
        push(descriptor?.value, depth);
      }
    }
    push(getPrototypeOf(value), depth);
  };
  for (let index = 0; index < roots.length; index++) push(roots[index], 0);
  for (let at = 0; at < queue.length; at++) {
    if (at % LOOK === LOOK - 1 && now() > until) return true;
    const { value, depth } = queue[at] as { value: object; depth: number };
    try {
      if (visit(value)) below(value, depth + 1);
    } catch {
      // A binding of a module namespace that is not initialised yet, an exotic object of the host.
    }
  }
  return cut;
}
