/** What Node's loader of ES modules keeps of a module that has been loaded; loads and runs nothing. */
import { apply, getPrototypeOf, isObject, ownData, ownKeys, type Types } from './captured.js';

/** The namespace of a module, by what `loadCache` has for its URL: jobs by type of import. */
export function loadedNamespace(byType: unknown, types: Types): object | undefined {
  if (!isObject(byType)) return undefined;
  for (const type of ownKeys(byType)) {
    const job = ownData(byType, type);
    const wrap = isObject(job) ? (ownData(job, 'module') ?? job) : undefined;
    const namespace = isObject(wrap) ? askNamespace(wrap) : undefined;
    if (isObject(namespace) && types.isModuleNamespaceObject(namespace)) return namespace;
  }
  return undefined;
}

/** `getNamespace` of V8's module wrapper gives what is there. */
function askNamespace(wrap: object): unknown {
  let holder: object | null = wrap;
  for (let steps = 0; holder !== null && steps < 5; steps++) {
    const method = ownData(holder, 'getNamespace');
    if (typeof method === 'function') {
      try {
        return apply(method as () => unknown, wrap, []);
      } catch {
        // Not linked yet.
        return undefined;
      }
    }
    holder = getPrototypeOf(holder);
  }
  return undefined;
}
