/** Iterators that observed generators return: followed until they end. They stay the objects they are. */
import {
  apply,
  create,
  frozenData,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  isObject,
  ownData,
  type Types,
} from '../../main/captured.js';
import { clock, nanosecondsSince } from './clock.js';
import { follow, isPlainPromise } from './settle.js';

const { defineProperty, deleteProperty } = Reflect;

type Step = (this: unknown, value: unknown) => unknown;
type Ended = (threw: boolean, value: unknown, nanos: number) => void;

/** Called before and after each step of the iterator; neither throws. */
export interface Around {
  enter(): void;
  leave(): void;
}

const NAMES = ['next', 'return', 'throw'] as const;

/** V8's own steps: of generators, and of asynchronous ones. */
const steps = stepsOf(function* () {});
const asyncSteps = stepsOf(async function* () {});

function stepsOf(generator: () => unknown): readonly Step[] {
  const prototype = frozenData(getPrototypeOf(generator) as object, 'prototype') as object;
  return NAMES.map((name) => frozenData(prototype, name) as Step);
}

/**
 * Calls `ended` with what the iterator returned or threw in the end, and the nanoseconds spent inside; `spent` are those
 * of its making. Until then it has steps of its own, over V8's. False when it is no plain iterator.
 */
export function followIterator(
  types: Types,
  iterator: object,
  isAsync: boolean,
  spent: number,
  ended: Ended,
  around?: Around,
): boolean {
  const originals = isAsync ? asyncSteps : steps;
  if (!isPlainIterator(iterator, originals)) return false;
  let nanos = spent;
  let open = true;
  const end = (threw: boolean, value: unknown): void => {
    if (!open) return;
    open = false;
    for (let at = 0; at < NAMES.length; at++) deleteProperty(iterator, NAMES[at] as string);
    ended(threw, value, nanos);
  };
  const look = (result: unknown): void => {
    if (isObject(result) && !types.isProxy(result) && ownData(result, 'done') === true) {
      end(false, ownData(result, 'value'));
    }
  };
  const stepped = (original: Step, self: unknown, value: unknown): unknown => {
    if (!open || self !== iterator) return apply(original, self, [value]);
    const start = clock();
    let result: unknown;
    around?.enter();
    try {
      result = apply(original, self, [value]);
      around?.leave();
    } catch (error) {
      around?.leave();
      nanos += nanosecondsSince(start);
      end(true, error);
      throw error;
    }
    nanos += nanosecondsSince(start);
    if (!isAsync) look(result);
    else if (isObject(result) && isPlainPromise(types, result)) {
      return follow(result, true, (threw, settled) => (threw ? end(true, settled) : look(settled)));
    }
    return result;
  };
  for (let at = 0; at < NAMES.length; at++)
    own(iterator, NAMES[at] as string, originals[at] as Step, stepped);
  return true;
}

function own(
  iterator: object,
  name: string,
  original: Step,
  stepped: (original: Step, self: unknown, value: unknown) => unknown,
): void {
  const value = {
    step(this: unknown, argument: unknown) {
      return stepped(original, this, argument);
    },
  }.step;
  const descriptor = create(null) as PropertyDescriptor;
  descriptor.value = value;
  descriptor.writable = true;
  descriptor.configurable = true;
  descriptor.enumerable = false;
  defineProperty(iterator, name, descriptor);
}

/** Nobody has put steps between it and V8's own. */
function isPlainIterator(iterator: object, originals: readonly Step[]): boolean {
  if (Object.isFrozen(iterator)) return false;
  for (let at = 0; at < NAMES.length; at++) {
    if (inherited(iterator, NAMES[at] as string) !== originals[at]) return false;
  }
  return true;
}

function inherited(value: object, name: string): unknown {
  let holder: object | null = value;
  for (let depth = 0; holder !== null && depth < 4; depth++) {
    if (getOwnPropertyDescriptor(holder, name)) return frozenData(holder, name);
    holder = getPrototypeOf(holder);
  }
  return undefined;
}
