import type * as Util from 'node:util';
import { getOwnPropertyDescriptor, isObject, ownData, ownKeys } from './captured.js';
import type { MainContext, MainFunction } from './functions.js';

const DEEPEST = 4;

/** Functions that have no source: of `globalThis` and of built-in modules. */
export function nativeFunctions(context: MainContext): Record<string, MainFunction> {
  const { types } = context.builtin<typeof Util>('node:util');

  /** What the name leads to; undefined for a built-in that nobody has loaded: loading it can print warnings. */
  function rootOf(module: string): unknown {
    if (module === 'globalThis') return globalThis;
    const loaded = ownData(process, 'moduleLoadList');
    const name = `NativeModule ${module.slice('node:'.length)}`;
    if (!isObject(loaded)) return undefined;
    for (let at = Number(ownData(loaded, 'length')); at-- > 0; ) {
      if (ownData(loaded, at) === name) return context.builtin(module);
    }
    return undefined;
  }

  return {
    /**
     * `{ module, most }` → paths below it that hold functions in data properties, nearest first; null when there is no
     * such module, or nobody has loaded it. No getter runs.
     */
    natives(params) {
      const { module, most } = params as { module: string; most: number };
      const root = rootOf(module);
      if (!isObject(root)) return null;
      const paths: string[] = [];
      // A function may be held under several names: each name is a path, but what is below it is walked once.
      const walked = new Set<object>([root]);
      let level: { value: object; path: string }[] = [{ value: root, path: '' }];
      for (let depth = 0; depth < DEEPEST && level.length > 0; depth++) {
        const next: typeof level = [];
        for (let at = 0; at < level.length; at++) {
          const { value, path } = level[at] as { value: object; path: string };
          if (types.isProxy(value)) continue;
          const keys = ownKeys(value);
          for (let index = 0; index < keys.length; index++) {
            const key = keys[index];
            if (typeof key !== 'string' || key === 'constructor') continue;
            const { value: held, enumerable } = getOwnPropertyDescriptor(value, key) ?? {};
            if (!isObject(held)) continue;
            const name = path === '' ? key : `${path}.${key}`;
            if (paths.length >= most) return paths;
            if (typeof held === 'function') paths[paths.length] = name;
            if (walked.has(held)) continue;
            walked.add(held);
            // Data of the program may be any size: only what holds functions by nature is looked into.
            const isHolder =
              typeof held === 'function' ||
              key === 'prototype' ||
              (depth === 0 && !(module === 'globalThis' && enumerable));
            if (isHolder) next[next.length] = { value: held, path: name };
          }
        }
        level = next;
      }
      return paths;
    },
  };
}
