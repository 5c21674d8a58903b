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

export interface WalkTools {
  readonly types: Types;
  now(): number;
}

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

interface Waiting {
  readonly value: object;
  readonly depth: number;
}

/** A walk that can be gone on with in later turns of the event loop. `visit` says whether what is below is of interest. */
export class ObjectWalk {
  readonly #visit: (value: object) => boolean;
  readonly #limits: Omit<ObjectLimits, 'ms'>;
  readonly #tools: WalkTools;
  readonly #seen = new WeakSet<object>();
  readonly #queue: (Waiting | undefined)[] = [];
  #at = 0;
  /** More objects than the limit were there. */
  cut = false;

  constructor(
    roots: readonly unknown[],
    visit: (value: object) => boolean,
    limits: Omit<ObjectLimits, 'ms'>,
    tools: WalkTools,
  ) {
    this.#visit = visit;
    this.#limits = limits;
    this.#tools = tools;
    for (let index = 0; index < roots.length; index++) this.#push(roots[index], 0);
  }

  /** Goes on for so long; returns whether it is done. */
  run(ms: number): boolean {
    const { now } = this.#tools;
    const until = now() + ms;
    for (let steps = 1; this.#at < this.#queue.length; this.#at++, steps++) {
      if (steps % LOOK === 0 && now() > until) return false;
      const { value, depth } = this.#queue[this.#at] as Waiting;
      this.#queue[this.#at] = undefined;
      try {
        if (this.#visit(value)) this.#below(value, depth + 1);
      } catch {
        // A binding of a module namespace that is not initialised yet, an exotic object of the host.
      }
    }
    return true;
  }

  #push(value: unknown, depth: number): void {
    if (!isObject(value) || depth > this.#limits.depth || apply(weakSetHas, this.#seen, [value])) return;
    if (this.#tools.types.isProxy(value) || value === globalThis) return;
    if (this.#queue.length >= this.#limits.objects) {
      this.cut = true;
      return;
    }
    apply(weakSetAdd, this.#seen, [value]);
    this.#queue[this.#queue.length] = { value, depth };
  }

  #below(value: object, depth: number): void {
    const { types } = this.#tools;
    if (isView(value) || types.isAnyArrayBuffer(value)) return;
    if (types.isMap(value)) this.#entries(value, depth);
    else if (types.isSet(value)) this.#members(value, depth);
    const length = isArray(value) ? Math.min(value.length, ELEMENTS) : -1;
    if (length >= 0) {
      for (let index = 0; index < length; index++) {
        this.#push(getOwnPropertyDescriptor(value, index)?.value, depth);
      }
    } else {
      const keys = ownKeys(value);
      for (let index = 0; index < keys.length && index < KEYS; index++) {
        this.#push(getOwnPropertyDescriptor(value, keys[index] as PropertyKey)?.value, depth);
      }
    }
    this.#push(getPrototypeOf(value), depth);
  }

  #entries(map: object, depth: number): void {
    const iterator = apply(mapEntries, map, []);
    for (let count = 0; count < ELEMENTS; count++) {
      const step = apply(mapIteratorNext, iterator, []) as IteratorResult<[unknown, unknown]>;
      if (step.done) break;
      this.#push(step.value[0], depth);
      this.#push(step.value[1], depth);
    }
  }

  #members(set: object, depth: number): void {
    const iterator = apply(setValues, set, []);
    for (let count = 0; count < ELEMENTS; count++) {
      const step = apply(setIteratorNext, iterator, []) as IteratorResult<unknown>;
      if (step.done) break;
      this.#push(step.value, depth);
    }
  }
}

/** The same in one go, for short searches. */
export function walkObjects(
  roots: readonly unknown[],
  visit: (value: object) => boolean,
  limits: ObjectLimits,
  tools: WalkTools,
): void {
  new ObjectWalk(roots, visit, limits, tools).run(limits.ms);
}
