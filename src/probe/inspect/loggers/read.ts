/** Reading what libraries keep in their objects: own or inherited data, never a getter. */
import {
  getOwnPropertyDescriptor,
  getPrototypeOf,
  isArray,
  isObject,
  ownData,
  ownKeys,
} from '../../main/captured.js';
import { classNameOf } from '../../main/className.js';
import type { AppenderFacts, FinderTools } from './logger.js';

const CHAIN = 30;
const LONGEST = 1000;

/** A data property of the object or of what it inherits from. */
export function data(value: unknown, key: PropertyKey, { types }: FinderTools): unknown {
  let holder: object | null = isObject(value) ? value : null;
  for (let steps = 0; holder !== null && steps < CHAIN && !types.isProxy(holder); steps++) {
    const descriptor = getOwnPropertyDescriptor(holder, key);
    if (descriptor) return descriptor.value;
    holder = getPrototypeOf(holder);
  }
  return undefined;
}

/** The accessor of that name in the chain. */
export function setter(
  value: object,
  key: PropertyKey,
  { types }: FinderTools,
): ((value: unknown) => void) | undefined {
  let holder: object | null = value;
  for (let steps = 0; holder !== null && steps < CHAIN && !types.isProxy(holder); steps++) {
    const descriptor = getOwnPropertyDescriptor(holder, key);
    if (descriptor) return descriptor.set;
    holder = getPrototypeOf(holder);
  }
  return undefined;
}

/** The own symbol of that description. */
export function ownSymbol(value: object, description: string): symbol | undefined {
  const keys = ownKeys(value);
  // Symbols come after all names: a table of data has none.
  for (let at = keys.length - 1; at >= 0; at--) {
    const key = keys[at];
    if (typeof key !== 'symbol') return undefined;
    if (key.description === description) return key;
  }
  return undefined;
}

/** A symbol of that description, the object's own or inherited, and what stands under it. */
export function symbolData(value: object, description: string, tools: FinderTools): unknown {
  let holder: object | null = value;
  for (let steps = 0; holder !== null && steps < CHAIN && !tools.types.isProxy(holder); steps++) {
    const key = ownSymbol(holder, description);
    if (key !== undefined) return ownData(holder, key);
    holder = getPrototypeOf(holder);
  }
  return undefined;
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, LONGEST) : undefined;
}

/** Where a stream writes to. */
export function streamFacts(stream: unknown, level: string | undefined, tools: FinderTools): AppenderFacts {
  if (!isObject(stream) || tools.types.isProxy(stream)) return { name: 'unknown', class: 'unknown', level };
  const className = classNameOf(stream, tools.types);
  const fd = data(stream, 'fd', tools);
  const target = fd === 1 ? 'stdout' : fd === 2 ? 'stderr' : undefined;
  const file = textOf(data(stream, 'file', tools)) ?? textOf(data(stream, 'path', tools));
  const sync = data(stream, 'sync', tools);
  return {
    name: target ?? file ?? className,
    class: className,
    level,
    file,
    target,
    blocking: typeof sync === 'boolean' ? sync : undefined,
  };
}

export function listOf(value: unknown): readonly unknown[] {
  return isArray(value) ? value.slice(0, 100) : [];
}
