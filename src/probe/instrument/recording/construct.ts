import { getOwnPropertyDescriptor, isObject, type Types } from '../../main/captured.js';
import type { AnyFunction, Hook } from '../hook.js';
import type { Site } from './state.js';

const { construct, defineProperty } = Reflect;
const ProxyHere = Proxy;

/** Whether it can be called with `new`; nothing of it runs, not even of a Proxy. */
export function hasConstruct(fn: AnyFunction): boolean {
  try {
    const asked = new ProxyHere(fn, { construct: () => ({}) });
    construct(asked, []);
    return true;
  } catch {
    return false;
  }
}

/** Instances say that the wrapper made them, as long as the hook is there. */
export function takeConstructor(hook: Hook, { wrapper, original }: Site, types: Types): void {
  const prototype = getOwnPropertyDescriptor(original, 'prototype')?.value as unknown;
  if (!isObject(prototype) || types.isProxy(prototype)) return;
  const before = getOwnPropertyDescriptor(prototype, 'constructor');
  if (!before || before.value !== original || !(before.writable || before.configurable)) return;
  const swap = (from: AnyFunction, to: AnyFunction): boolean => {
    const now = getOwnPropertyDescriptor(prototype, 'constructor');
    if (now?.value !== from) return true;
    return defineProperty(prototype, 'constructor', Object.assign(Object.create(null), now, { value: to }));
  };
  if (swap(original, wrapper)) hook.undo.push(() => swap(wrapper, original));
}
