/** Values that the agent has by reference: kept for one evaluation, picked by name, told apart. */
import { getOwnPropertyDescriptor, isArray, isObject, ownData } from '../main/captured.js';
import type { MainFunction } from '../main/functions.js';
import type { InspectContext } from './inspect.js';

const MOST_INSTANCES = 10_000;

export function valueTools(context: InspectContext): Record<string, MainFunction> {
  const { types } = context;
  /** What expressions name, by evaluation; taken out again when it is over. */
  const held = Object.create(null) as Record<string, unknown>;
  context.expose('held', held);
  context.onUndo(() => {
    for (const key of Object.keys(held)) delete held[key];
  });
  context.expose('hold', (key: string, name: string, value: unknown) => {
    const variables = Object.create(null) as Record<string, unknown>;
    variables[name] = value;
    held[key] = variables;
  });
  context.expose('drop', (key: string) => {
    delete held[key];
  });
  /** Of a class or a constructor function; undefined for a Proxy. */
  context.expose('prototypeOf', (maker: unknown) => {
    if (typeof maker !== 'function' || types.isProxy(maker)) return undefined;
    const prototype = ownData(maker, 'prototype');
    return isObject(prototype) ? prototype : undefined;
  });
  /** A class of the language or of one of Node's modules. */
  context.expose('builtinClass', (module: string, name: string) => {
    const holder = module === '' ? globalThis : context.builtin<object>(`node:${module}`);
    const descriptor = isObject(holder) ? getOwnPropertyDescriptor(holder, name) : undefined;
    const value = descriptor?.value ?? (module === '' ? undefined : descriptor?.get?.call(holder));
    return typeof value === 'function' && !types.isProxy(value) ? value : undefined;
  });
  /** The first `most` of what V8 found, without the prototypes of classes that extend it. → `{instances, count}` */
  context.expose('instancesOf', (found: unknown, most: number) => {
    const instances: unknown[] = [];
    let count = 0;
    const limit = most < 0 ? MOST_INSTANCES : Math.min(most, MOST_INSTANCES);
    if (isArray(found)) {
      for (let at = 0; at < found.length; at++) {
        const value: unknown = found[at];
        if (isObject(value) && !types.isProxy(value) && isPrototype(value)) continue;
        if (count < limit) instances[count] = value;
        count += 1;
      }
    }
    return { instances, count };
  });
  return {
    /** Whether this script is there. */
    inspectReady: () => true,
    /** → used bytes of the heap and, of the process, resident ones */
    inspectHeap() {
      const { heapUsed, rss, external } = process.memoryUsage();
      return { heapUsed, rss, external };
    },
  };

  function isPrototype(value: object): boolean {
    const maker = ownData(value, 'constructor');
    return typeof maker === 'function' && !types.isProxy(maker) && ownData(maker, 'prototype') === value;
  }
}
