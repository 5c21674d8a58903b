import { apply, getPrototypeOf, type Types } from '../../main/captured.js';
import type { AnyFunction, Hook } from '../hook.js';

const { test } = RegExp.prototype;

/** Its first act is to return a new promise, as that of a real `async function` would be. */
const COMPILED_ASYNC = /^(?:\{\s*(?:var _this = this;\s*)?return )?(?:[\w$]+\.)?__awaiter\(/;

/** What functions of each kind inherit from, and bound ones of them as well, which have no other mark. */
const asyncPrototype = getPrototypeOf(async () => undefined);
const generatorPrototype = getPrototypeOf(function* () {});
const asyncGeneratorPrototype = getPrototypeOf(async function* () {});

export interface Kind {
  readonly isAsync: boolean;
  readonly isGenerator: boolean;
}

/** Async functions also as TypeScript writes them in older JavaScript, known by the text that the agent has seen. */
export function kindOf(fn: AnyFunction, { spec: { source } }: Hook, types: Types): Kind {
  const parent = types.isProxy(fn) ? null : getPrototypeOf(fn);
  const isAsyncGenerator = parent === asyncGeneratorPrototype;
  return {
    isAsync:
      types.isAsyncFunction(fn) ||
      isAsyncGenerator ||
      parent === asyncPrototype ||
      (source !== undefined && apply(test, COMPILED_ASYNC, [source.tail])),
    isGenerator: types.isGeneratorFunction(fn) || isAsyncGenerator || parent === generatorPrototype,
  };
}
