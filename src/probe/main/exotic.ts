import {
  apply,
  arrayBufferLength,
  bigintValue,
  booleanValue,
  dateGetTime,
  dateToIso,
  errorConstructor,
  errorPrototype,
  errorStackGetter,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  isFiniteNumber,
  numberValue,
  ownData,
  regexFlags,
  regexSource,
  sharedBufferLength,
  stringValue,
  symbolToString,
  symbolValue,
  type Types,
  urlHref,
  urlPrototype,
} from './captured.js';

/**
 * The one text or size that stands for an object without members to show: dates, regular expressions, boxed values,
 * buffers, URLs, promises and weak collections ('' = nothing can be told). Undefined for every other object.
 */
export function scalarOf(value: object, types: Types): string | { readonly size: number } | undefined {
  if (types.isDate(value)) return isoOf(value);
  if (types.isRegExp(value)) return regexOf(value);
  if (types.isBoxedPrimitive(value)) return boxedOf(value, types);
  if (types.isArrayBuffer(value)) return { size: apply(arrayBufferLength, value, []) as number };
  if (types.isSharedArrayBuffer(value)) return { size: apply(sharedBufferLength, value, []) as number };
  if (
    types.isPromise(value) ||
    types.isWeakMap(value) ||
    types.isWeakSet(value) ||
    types.isGeneratorObject(value) ||
    types.isExternal(value)
  ) {
    return '';
  }
  if (urlPrototype !== undefined && getPrototypeOf(value) === urlPrototype) return hrefOf(value);
  return undefined;
}

function isoOf(value: object): string {
  const time = apply(dateGetTime, value, []) as number;
  return isFiniteNumber(time) ? (apply(dateToIso, value, []) as string) : 'Invalid Date';
}

function regexOf(value: object): string {
  let flags = '';
  for (let index = 0; index < regexFlags.length; index++) {
    const [letter, getter] = regexFlags[index] as (typeof regexFlags)[number];
    if (apply(getter, value, [])) flags += letter;
  }
  return `/${apply(regexSource, value, [])}/${flags}`;
}

function boxedOf(value: object, types: Types): string {
  if (types.isStringObject(value)) return apply(stringValue, value, []) as string;
  if (types.isNumberObject(value)) return `${apply(numberValue, value, [])}`;
  if (types.isBooleanObject(value)) return `${apply(booleanValue, value, [])}`;
  if (types.isSymbolObject(value)) return apply(symbolToString, apply(symbolValue, value, []), []) as string;
  return `${apply(bigintValue, value, [])}n`;
}

function hrefOf(value: object): string {
  try {
    return apply(urlHref, value, []) as string;
  } catch {
    // An object that only has URL's prototype.
    return '';
  }
}

export interface ErrorMembers {
  readonly name: string;
  readonly message: string;
  /** Absent where reading it would run the application's own `Error.prepareStackTrace`. */
  readonly stack?: string;
}

const CHAIN = 20;

/** Name, message and stack of an error, from data properties. */
export function errorMembers(error: object, types: Types): ErrorMembers {
  const name = inherited(error, 'name', types);
  const message = inherited(error, 'message', types);
  // Formatting a stack asks for both, by a getter or a conversion where they are no texts.
  const stack = name === undefined || message === undefined ? undefined : stackOf(error, types);
  return { name: name ?? 'Error', message: message ?? '', stack };
}

function inherited(value: object, key: string, types: Types): string | undefined {
  let holder: object | null = value;
  for (let steps = 0; holder !== null && steps < CHAIN && !types.isProxy(holder); steps++) {
    const descriptor = getOwnPropertyDescriptor(holder, key);
    if (descriptor) return typeof descriptor.value === 'string' ? descriptor.value : undefined;
    holder = getPrototypeOf(holder);
  }
  return undefined;
}

/**
 * V8 formats a stack when it is first looked at, even by its descriptor, and then calls `Error.prepareStackTrace`:
 * with one of the application's own in place a stack is left alone, also because the result would be kept for good.
 */
export function hasStackHook(): boolean {
  const hook = getOwnPropertyDescriptor(errorConstructor, 'prepareStackTrace');
  if (hook === undefined || (hook.get === undefined && hook.value === undefined)) return false;
  return hook.value !== nodesOwnHook;
}

/** From version 20 on Node.js itself puts a function there, known by its text. */
const nodesOwnHook = ((): unknown => {
  const hook = ownData(errorConstructor, 'prepareStackTrace');
  if (typeof hook !== 'function') return undefined;
  const text = apply(Function.prototype.toString, hook, []) as string;
  return /^function ErrorPrepareStackTrace\(error, trace\) \{\s*return internalPrepareStackTrace\(error, trace\);\s*\}$/.test(
    text,
  )
    ? hook
    : undefined;
})();

function stackOf(error: object, types: Types): string | undefined {
  if (hasStackHook() || !isOurs(error, types)) return undefined;
  const descriptor = getOwnPropertyDescriptor(error, 'stack');
  if (!descriptor) return undefined;
  const stack =
    descriptor.get !== undefined && descriptor.get === errorStackGetter
      ? apply(errorStackGetter, error, [])
      : ownData(error, 'stack');
  return typeof stack === 'string' ? stack : undefined;
}

/** Errors of another realm have another `Error.prepareStackTrace`, which is not looked for. */
function isOurs(error: object, types: Types): boolean {
  let holder: object | null = error;
  for (let steps = 0; holder !== null && steps < CHAIN && !types.isProxy(holder); steps++) {
    if (holder === errorPrototype) return true;
    holder = getPrototypeOf(holder);
  }
  return false;
}
