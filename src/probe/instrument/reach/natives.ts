import { getOwnPropertyDescriptor, getPrototypeOf, isObject, type Types } from '../../main/captured.js';
import type { AnyFunction } from '../hook.js';
import { propertySlot, type Slot } from './slots.js';

const CHAIN = 20;

export interface Native {
  readonly fn?: AnyFunction;
  readonly slots: readonly Slot[];
  readonly notes: readonly string[];
}

/**
 * A function of Node.js or the language by its path: below `globalThis` (module '' or `globalThis`) or below a built-in
 * module. It is called by that name only; what Node.js calls inside goes to its own references.
 */
export function nativeOf(
  builtin: <T>(id: string) => T,
  module: string,
  path: readonly string[],
  types: Types,
): Native {
  const root: unknown = module === '' || module === 'globalThis' ? globalThis : builtin<unknown>(module);
  let holder: unknown = root;
  for (let index = 0; ; index++) {
    const key = path[index] as string;
    const found = holderOf(holder, key, types);
    const name = [module || 'globalThis', ...path.slice(0, index + 1)].join('.');
    if (found === undefined) return { slots: [], notes: [`there is no ${name}`] };
    const descriptor = getOwnPropertyDescriptor(found, key);
    const value: unknown = descriptor?.value;
    if (index < path.length - 1) {
      holder = value;
      continue;
    }
    if (typeof value === 'function' && !types.isProxy(value)) {
      return { fn: value as AnyFunction, slots: [propertySlot(found, key, 'value', name)], notes: [] };
    }
    const half = typeof descriptor?.get === 'function' ? 'get' : 'set';
    const accessor: unknown = descriptor?.[half];
    if (typeof accessor !== 'function') return { slots: [], notes: [`${name} is no function`] };
    return { fn: accessor as AnyFunction, slots: [propertySlot(found, key, half, name)], notes: [] };
  }
}

/** The object in whose own properties the key is. */
function holderOf(value: unknown, key: string, types: Types): object | undefined {
  let holder: object | null = isObject(value) ? value : null;
  for (let steps = 0; holder !== null && steps < CHAIN && !types.isProxy(holder); steps++) {
    if (getOwnPropertyDescriptor(holder, key) !== undefined) return holder;
    holder = getPrototypeOf(holder);
  }
  return undefined;
}
