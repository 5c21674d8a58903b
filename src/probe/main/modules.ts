import type * as Module from 'node:module';
import type * as Util from 'node:util';
import { isObject, ownData, ownKeys } from './captured.js';
import type { MainContext, MainFunction } from './functions.js';

const MOST = 20_000;

/** What the CommonJS loader knows. */
export function moduleFunctions(context: MainContext): Record<string, MainFunction> {
  const { types } = context.builtin<typeof Util>('node:util');
  return {
    /** → files of loaded CommonJS modules; at most 20,000. */
    loadedModules() {
      const cache = ownData(context.builtin<typeof Module>('node:module'), '_cache');
      if (!isObject(cache) || types.isProxy(cache)) return [];
      const files: string[] = [];
      const keys = ownKeys(cache);
      for (let index = 0; index < keys.length && files.length < MOST; index++) {
        const key = keys[index];
        if (typeof key === 'string') files[files.length] = key;
      }
      return files;
    },
  };
}
