import { isObject, ownData, type Types } from './captured.js';

/** `module.exports` of a loaded CommonJS module, from the cache of `node:module`; loads nothing. */
export function loadedExports(modules: object, types: Types, file: string): unknown {
  const cache = ownData(modules, '_cache');
  const entry = isObject(cache) && !types.isProxy(cache) ? ownData(cache, file) : undefined;
  if (!isObject(entry) || types.isProxy(entry)) {
    throw new ReferenceError(`no CommonJS module is loaded from ${file}`);
  }
  return ownData(entry, 'exports');
}
