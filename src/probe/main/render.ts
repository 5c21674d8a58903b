/**
 * Any value as bounded JSON, without running a line of the application: no getter, no Proxy trap, no thenable's `then`,
 * no foreign `toString`, `toJSON`, `Symbol.toStringTag` or inspect hook. The agent makes the text that people read from
 * this JSON (src/diagnose/values/), so that a value is walked once and leaves once.
 *
 * Shapes: null, booleans, finite numbers and whole strings as themselves; an opened plain array as an array, an opened
 * plain object as an object. Anything else has members that begin with `@`: `@type` (class name, or what typeof says),
 * `@size`, `@items`, `@entries`, `@value`, `@more` (how many were left out), `@cycle`, `@cut`. An own name that begins
 * with `@` gets a second one.
 */
import {
  apply,
  getOwnPropertyDescriptor,
  isArray,
  isFiniteNumber,
  isObject,
  mapEntries,
  mapIteratorNext,
  mapSize,
  objectIs,
  ownKeys,
  setIteratorNext,
  setSize,
  setValues,
  stringify,
  symbolToString,
  type Types,
  typedArrayLength,
} from './captured.js';
import { classNameOf, functionKindOf, functionNameOf } from './className.js';
import { errorMembers, hasStackHook, scalarOf } from './exotic.js';
import { type SecretNames, secretNameTest } from './secretNames.js';

export interface RenderLimits {
  /** How many levels are opened: 1 = the value itself. */
  readonly depth: number;
  /** Elements, entries or members of one value. */
  readonly items: number;
  /** Characters of one string. */
  readonly string: number;
  /** Characters of the whole JSON. */
  readonly bytes: number;
  /** Milliseconds. */
  readonly time: number;
  /** Members of these names are masked; absent = nothing is. */
  readonly secrets?: SecretNames;
}

export interface RenderTools {
  readonly types: Types;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

const MASK = '"***"';
/** Kept free for the brackets and the mark of a cut. */
const RESERVE = 256;

/** Renders values under one set of limits. `tools` are captured at install. */
export function makeRenderer(
  tools: RenderTools,
  limits: RenderLimits,
): (value: unknown, name?: string) => string {
  const isSecret = secretNameTest(limits.secrets);
  return (value, name = '') => {
    const masked = name !== '' && isSecret(name);
    return new Walk(tools, limits, isSecret).value(value, 0, masked);
  };
}

class Walk {
  readonly #types: Types;
  readonly #now: () => number;
  readonly #limits: RenderLimits;
  readonly #isSecret: (name: string) => boolean;
  readonly #deadline: number;
  readonly #open: object[] = [];
  #room: number;
  #steps = 0;
  #late = false;

  constructor(tools: RenderTools, limits: RenderLimits, isSecret: (name: string) => boolean) {
    this.#types = tools.types;
    this.#now = tools.now;
    this.#limits = limits;
    this.#isSecret = isSecret;
    this.#deadline = tools.now() + limits.time;
    this.#room = limits.bytes - RESERVE;
  }

  value(value: unknown, level: number, masked: boolean): string {
    if (masked && !isHarmless(value)) return MASK;
    const text = this.#any(value, level);
    // What is inside an object has been counted already.
    this.#room -= isObject(value) ? 24 : text.length;
    return text;
  }

  #any(value: unknown, level: number): string {
    switch (typeof value) {
      case 'string':
        return this.#string(value);
      case 'number':
        return isFiniteNumber(value) && !objectIs(value, -0)
          ? `${value}`
          : `{"@type":"number","@value":"${objectIs(value, -0) ? '-0' : value}"}`;
      case 'boolean':
        return value ? 'true' : 'false';
      case 'undefined':
        return '{"@type":"undefined"}';
      case 'bigint':
        return this.#bigint(value);
      case 'symbol':
        return `{"@type":"symbol","@value":${this.#short(apply(symbolToString, value, []))}}`;
      default:
        return value === null ? 'null' : this.#object(value as object, level);
    }
  }

  #string(value: string): string {
    const most = Math.max(0, Math.min(this.#limits.string, this.#room));
    if (value.length <= most) return stringify(value);
    return `{"@type":"string","@value":${this.#short(value, most)},"@size":${value.length}}`;
  }

  /** A text cut to `most` characters. */
  #short(value: unknown, most = 1000): string {
    const text = typeof value === 'string' ? value : '';
    return stringify(text.length > most ? text.slice(0, most) : text);
  }

  #bigint(value: bigint): string {
    // The decimal digits of a huge one take seconds: shown are those that can be had quickly.
    const huge = value > 2n ** 4096n || value < -(2n ** 4096n);
    return huge ? '{"@type":"bigint","@cut":"size"}' : `{"@type":"bigint","@value":"${value}"}`;
  }

  #object(value: object, level: number): string {
    const types = this.#types;
    if (types.isProxy(value)) return '{"@type":"Proxy"}';
    if (typeof value === 'function') {
      return `{"@type":${stringify(functionKindOf(value, types))},"@value":${stringify(functionNameOf(value))}}`;
    }
    const type = types.isModuleNamespaceObject(value) ? 'Module' : classNameOf(value, types);
    const scalar = scalarOf(value, types);
    if (scalar !== undefined) return `{"@type":${stringify(type)}${this.#scalarValue(scalar)}}`;
    for (let index = 0; index < this.#open.length; index++) {
      if (this.#open[index] === value) return `{"@type":${stringify(type)},"@cycle":${level - index}}`;
    }
    if (this.#exhausted()) return `{"@type":${stringify(type)},"@cut":"${this.#late ? 'time' : 'bytes'}"}`;
    this.#open[this.#open.length] = value;
    try {
      return this.#opened(value, type, level);
    } finally {
      this.#open.length -= 1;
    }
  }

  #scalarValue(scalar: string | { readonly size: number }): string {
    if (typeof scalar === 'object') return `,"@size":${scalar.size}`;
    return scalar === '' ? '' : `,"@value":${this.#short(scalar, this.#limits.string)}`;
  }

  #opened(value: object, type: string, level: number): string {
    const types = this.#types;
    const opened = level < this.#limits.depth;
    if (types.isNativeError(value)) return this.#error(value, type, level, opened);
    if (isArray(value)) return this.#array(value, type, value.length, level, opened);
    if (types.isTypedArray(value)) {
      const size = apply(typedArrayLength, value, []) as number;
      return this.#array(value as unknown as unknown[], type, size, level, opened);
    }
    if (types.isMap(value)) return this.#map(value, type, level, opened);
    if (types.isSet(value)) return this.#set(value, type, level, opened);
    return this.#members(value, type, level, opened);
  }

  #error(error: object, type: string, level: number, opened: boolean): string {
    const { name, message, stack } = errorMembers(error, this.#types);
    const most = this.#limits.string;
    let text = `{"@type":${stringify(type)},"@error":${this.#short(name)},"@message":${this.#short(message, most)}`;
    if (!opened) return `${text}}`;
    if (stack !== undefined) text += `,"@stack":${this.#short(stack, most)}`;
    return `${text}${this.#keys(error, level, ['stack', 'message', 'name'])}}`;
  }

  #array(value: readonly unknown[], type: string, size: number, level: number, opened: boolean): string {
    const head = `{"@type":${stringify(type)},"@size":${size}`;
    if (!opened) return `${head}}`;
    let text = '';
    let index = 0;
    for (; index < size && index < this.#limits.items && !this.#exhausted(); index++) {
      // Not `value[index]`: an element may be an accessor.
      const element = this.#slot(getOwnPropertyDescriptor(value, index), level);
      text += index > 0 ? `,${element}` : element;
    }
    if (index === size && type === 'Array') return `[${text}]`;
    return `${head},"@items":[${text}]${this.#more(size - index)}}`;
  }

  #slot(descriptor: PropertyDescriptor | undefined, level: number): string {
    if (descriptor === undefined) return '{"@type":"empty"}';
    if (descriptor.get || descriptor.set) return descriptor.get ? '{"@type":"getter"}' : '{"@type":"setter"}';
    return this.value(descriptor.value, level + 1, false);
  }

  #map(value: object, type: string, level: number, opened: boolean): string {
    const size = apply(mapSize, value, []) as number;
    const head = `{"@type":${stringify(type)},"@size":${size}`;
    if (!opened) return `${head}}`;
    const entries = apply(mapEntries, value, []) as object;
    let text = '';
    let taken = 0;
    while (taken < this.#limits.items && !this.#exhausted()) {
      const step = apply(mapIteratorNext, entries, []) as IteratorResult<[unknown, unknown]>;
      if (step.done) break;
      const key = step.value[0];
      const masked = typeof key === 'string' && this.#isSecret(key);
      const rendered = this.value(key, level + 1, false);
      text += `${taken > 0 ? ',' : ''}[${rendered},${this.value(step.value[1], level + 1, masked)}]`;
      taken += 1;
    }
    return `${head},"@entries":[${text}]${this.#more(size - taken)}}`;
  }

  #set(value: object, type: string, level: number, opened: boolean): string {
    const size = apply(setSize, value, []) as number;
    const head = `{"@type":${stringify(type)},"@size":${size}`;
    if (!opened) return `${head}}`;
    const values = apply(setValues, value, []) as object;
    let text = '';
    let taken = 0;
    while (taken < this.#limits.items && !this.#exhausted()) {
      const step = apply(setIteratorNext, values, []) as IteratorResult<unknown>;
      if (step.done) break;
      const item = this.value(step.value, level + 1, false);
      text += taken > 0 ? `,${item}` : item;
      taken += 1;
    }
    return `${head},"@items":[${text}]${this.#more(size - taken)}}`;
  }

  #members(value: object, type: string, level: number, opened: boolean): string {
    if (!opened) return `{"@type":${stringify(type)},"@size":${ownKeys(value).length}}`;
    const members = this.#keys(value, level, []);
    return type === 'Object' ? `{${members.slice(1)}}` : `{"@type":${stringify(type)}${members}}`;
  }

  /** `,"name":value` for each enumerable own member. */
  #keys(value: object, level: number, except: readonly string[]): string {
    const keys = ownKeys(value);
    let text = '';
    let taken = 0;
    let index = 0;
    for (; index < keys.length && taken < this.#limits.items && !this.#exhausted(); index++) {
      const key = keys[index] as string | symbol;
      if (isIn(except, key)) continue;
      const member = this.#member(value, key, level);
      if (member === undefined) continue;
      text += `,${member}`;
      taken += 1;
    }
    return text + this.#more(keys.length - index);
  }

  #member(value: object, key: string | symbol, level: number): string | undefined {
    const name = typeof key === 'string' ? key : (apply(symbolToString, key, []) as string);
    const label = stringify(name.charCodeAt(0) === 64 ? `@${name}` : name);
    this.#room -= label.length;
    if (name === 'stack' && hasStackHook()) return undefined;
    let descriptor: PropertyDescriptor | undefined;
    try {
      descriptor = getOwnPropertyDescriptor(value, key);
    } catch {
      // A binding of an ES module that has not run yet.
      return `${label}:{"@type":"uninitialized"}`;
    }
    if (!descriptor?.enumerable) return undefined;
    if (descriptor.get || descriptor.set) return `${label}:${this.#slot(descriptor, level)}`;
    return `${label}:${this.value(descriptor.value, level + 1, this.#isSecret(name))}`;
  }

  #more(count: number): string {
    return count > 0 ? `,"@more":${count}` : '';
  }

  #exhausted(): boolean {
    if (this.#room <= 0) return true;
    if ((++this.#steps & 31) === 0 && this.#now() > this.#deadline) this.#late = true;
    return this.#late;
  }
}

/** What a masked member may show all the same, as base's `redactValue` has it. */
function isHarmless(value: unknown): boolean {
  return (
    value === null ||
    value === undefined ||
    value === '' ||
    typeof value === 'boolean' ||
    (isObject(value) && typeof value === 'function')
  );
}

function isIn(list: readonly string[], key: string | symbol): boolean {
  for (let index = 0; index < list.length; index++) if (list[index] === key) return true;
  return false;
}
