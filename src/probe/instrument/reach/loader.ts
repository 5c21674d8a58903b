import { apply, isObject, ownData, type Types } from '../../main/captured.js';
import { loadedNamespace } from '../../main/moduleNamespace.js';

const mapGet = Map.prototype.get;

export interface Loader {
  /** The Module object of a loaded CommonJS file. */
  commonJs(path: string): object | undefined;
  /** The namespace of an ES module that has been loaded; loads and runs nothing. */
  namespace(url: string): object | undefined;
  learn(scopes: readonly { readonly object?: unknown }[]): boolean;
}

/**
 * What Node.js has loaded. The loader of ES modules is no public object: the Worker reads it from [[Scopes]] of
 * `module.register`, where every version from 20 to 26 keeps it as `cascadedLoader`. Its cache is looked at, never
 * asked to load.
 */
export function makeLoader(modules: object, types: Types): Loader {
  let cascaded: object | undefined;
  return {
    commonJs(path) {
      const cache = ownData(modules, '_cache');
      const entry = isObject(cache) && !types.isProxy(cache) ? ownData(cache, path) : undefined;
      return isObject(entry) && !types.isProxy(entry) ? entry : undefined;
    },
    learn(scopes) {
      for (let index = 0; index < scopes.length && index < 10; index++) {
        const scope = ownData(scopes[index] as object, 'object');
        const found = isObject(scope) ? ownData(scope, 'cascadedLoader') : undefined;
        if (isObject(found)) cascaded = found;
      }
      return cascaded !== undefined;
    },
    namespace(url) {
      const cache = cascaded && ownData(cascaded, 'loadCache');
      if (!isObject(cache) || !types.isMap(cache)) return undefined;
      return loadedNamespace(apply(mapGet, cache, [url]), types);
    },
  };
}
