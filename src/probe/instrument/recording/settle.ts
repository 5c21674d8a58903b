/** Promises that observed calls return: followed until they are settled, without a change for whoever awaits them. */
import {
  apply,
  frozenData,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  type Types,
} from '../../main/captured.js';

const PromiseHere = Promise;
const promisePrototype = Promise.prototype;
const promiseThen = Promise.prototype.then;

/**
 * A promise whose `then` is V8's own and makes V8's own: nothing of the application runs when it is followed. Subclasses,
 * other realms' promises and thenables are none of that, and are left alone.
 */
export function isPlainPromise(types: Types, value: object): boolean {
  return (
    types.isPromise(value) &&
    getPrototypeOf(value) === promisePrototype &&
    getOwnPropertyDescriptor(value, 'then') === undefined &&
    getOwnPropertyDescriptor(value, 'constructor') === undefined &&
    frozenData(promisePrototype, 'constructor') === PromiseHere
  );
}

/**
 * Calls `settled` once the promise is. What the application must get in its place is returned: of an `async function`
 * a promise that follows it, so that a rejection that nobody handles stays one. Any other function may keep its
 * promise, which therefore stays what it is; while such a one is observed, its rejections count as handled.
 */
export function follow(
  promise: object,
  isFresh: boolean,
  settled: (threw: boolean, value: unknown) => void,
): unknown {
  if (isFresh) {
    return apply(promiseThen, promise, [
      (value: unknown) => {
        settled(false, value);
        return value;
      },
      (error: unknown) => {
        settled(true, error);
        throw error;
      },
    ]);
  }
  apply(promiseThen, promise, [
    (value: unknown) => settled(false, value),
    (error: unknown) => settled(true, error),
  ]);
  return promise;
}
