/**
 * Places that hold a function. Reading one runs no code of the application, and writing one changes nothing but the
 * value: attributes, order of properties and of elements stay.
 */
import { apply, create, getOwnPropertyDescriptor } from '../../main/captured.js';

const { defineProperty, getPrototypeOf, setPrototypeOf } = Reflect;
const assign = Object.assign;
const mapGet = Map.prototype.get;
const mapSet = Map.prototype.set;
const setHas = Set.prototype.has;
const setAdd = Set.prototype.add;
const setClear = Set.prototype.clear;
const setValues = Set.prototype.values;
const setIteratorNext = (getPrototypeOf(new Set().values()) as Iterator<unknown>).next;

export interface Slot {
  /** For people: `exports.Cart.prototype.total`, `the variable hidden`. */
  readonly where: string;
  /** What holds it, to recognise the same slot again. */
  readonly holder: object;
  readonly key: unknown;
  readonly half: 'value' | 'get' | 'set' | 'entry' | 'member' | 'parent' | 'variable';
  read(): unknown;
  /** Whether the slot holds `value` afterwards; false when it cannot be written, or only by a pause. */
  write(value: unknown): boolean;
  /** Runs `debugger` in a frame from which the variable can be set; only for variables that may be constant. */
  readonly pause?: () => void;
}

export function propertySlot(
  holder: object,
  key: PropertyKey,
  half: 'value' | 'get' | 'set',
  where: string,
): Slot {
  const read = (): unknown => getOwnPropertyDescriptor(holder, key)?.[half];
  return {
    where,
    holder,
    key,
    half,
    read,
    write(value) {
      const before = getOwnPropertyDescriptor(holder, key);
      if (before === undefined || (!before.configurable && (half !== 'value' || !before.writable)))
        return false;
      // Without a prototype: somebody may have put a `get` on Object.prototype. What is not named stays as it is.
      const change: PropertyDescriptor = assign(create(null), { [half]: value });
      return defineProperty(holder, key, change) && read() === value;
    },
  };
}

/** The value of an entry of a Map. */
export function entrySlot(map: object, key: unknown, where: string): Slot {
  const read = (): unknown => apply(mapGet, map, [key]);
  return {
    where,
    holder: map,
    key,
    half: 'entry',
    read,
    write(value) {
      apply(mapSet, map, [key, value]);
      return read() === value;
    },
  };
}

/** A member of a Set, which keeps its place in the order. */
export function memberSlot(set: object, member: unknown, where: string): Slot {
  let held = member;
  return {
    where,
    holder: set,
    key: member,
    half: 'member',
    read: () => (apply(setHas, set, [held]) ? held : undefined),
    write(value) {
      if (!apply(setHas, set, [held])) return false;
      const members: unknown[] = [];
      const iterator = apply(setValues, set, []);
      for (;;) {
        const { done, value: each } = apply(setIteratorNext, iterator, []) as IteratorResult<unknown>;
        if (done) break;
        members[members.length] = each === held ? value : each;
      }
      apply(setClear, set, []);
      for (let index = 0; index < members.length; index++) apply(setAdd, set, [members[index]]);
      held = value;
      return true;
    },
  };
}

/** What a class extends: `super()` finds its constructor there. */
export function parentSlot(subclass: object, where: string): Slot {
  const read = (): unknown => getPrototypeOf(subclass);
  return {
    where,
    holder: subclass,
    key: undefined,
    half: 'parent',
    read,
    write: (value) => setPrototypeOf(subclass, value as object) && read() === value,
  };
}

/** A way into a scope, made by an evaluation in one of its frames; it outlives the frame. */
export interface ScopeHandle {
  get(): unknown;
  set(value: unknown): void;
  /** `debugger` in a frame of its own, from which the Worker sets what `set` may not. */
  pause(): void;
}

export function variableSlot(handle: ScopeHandle, name: string): Slot {
  const read = (): unknown => {
    try {
      return handle.get();
    } catch {
      // Not initialised yet, or not there.
      return undefined;
    }
  };
  return {
    where: `the variable ${name}`,
    holder: handle,
    key: name,
    half: 'variable',
    read,
    write(value) {
      try {
        handle.set(value);
      } catch {
        // A constant.
      }
      return read() === value;
    },
    pause: () => handle.pause(),
  };
}
