import type * as Module from 'node:module';
import { isObject, ownData, type Types } from './captured.js';

/** `module.exports` of a loaded CommonJS module, from Node's cache; loads nothing. */
export function loadedExports(builtin: <T>(id: string) => T, types: Types, file: string): unknown {
  const cache = ownData(builtin<typeof Module>('node:module'), '_cache');
  const entry = isObject(cache) && !types.isProxy(cache) ? ownData(cache, file) : undefined;
  if (!isObject(entry) || types.isProxy(entry))
    throw new ReferenceError(`no CommonJS module is loaded from ${file}`);
  return ownData(entry, 'exports');
}
