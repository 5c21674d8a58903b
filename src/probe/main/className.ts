import { frozenData, getPrototypeOf, isObject, ownData, type Types } from './captured.js';

/** Prototypes looked at; a chain can be as long as somebody likes. */
const CHAIN = 50;

/** The name of the constructor that made a value, read from data properties alone. `Object<null>` without a prototype. */
export function classNameOf(value: object, types: Types): string {
  let prototype = getPrototypeOf(value);
  if (prototype === null) return 'Object<null>';
  for (let steps = 0; prototype !== null && steps < CHAIN; steps++) {
    if (types.isProxy(prototype)) return 'Object';
    const maker = frozenData(prototype, 'constructor');
    if (typeof maker === 'function' && !types.isProxy(maker)) {
      const name = ownData(maker, 'name');
      if (typeof name === 'string' && name !== '') return name.length > 200 ? name.slice(0, 200) : name;
    }
    prototype = getPrototypeOf(prototype);
  }
  return 'Object';
}

/** The own `name` of a function, '' when it is no text or not plain data. */
export function functionNameOf(fn: object): string {
  const name = ownData(fn, 'name');
  return typeof name === 'string' ? (name.length > 200 ? name.slice(0, 200) : name) : '';
}

/** `class`, `async function`, ... by V8's own marks; the text of the function is not read. */
export function functionKindOf(fn: object, types: Types): string {
  const generator = types.isGeneratorFunction(fn);
  if (types.isAsyncFunction(fn)) return generator ? 'async generator function' : 'async function';
  if (generator) return 'generator function';
  return isClass(fn) ? 'class' : 'function';
}

function isClass(fn: object): boolean {
  // The prototype of a class cannot be replaced, that of a function can.
  const descriptor = Reflect.getOwnPropertyDescriptor(fn, 'prototype');
  return descriptor !== undefined && descriptor.writable === false && isObject(descriptor.value);
}
