/** What `classloader` shows: which modules Node has loaded, by which loader, and which CommonJS module asked for which. */
import { apply, isArray, isObject, mapEntries, mapIteratorNext, ownData, ownKeys } from '../main/captured.js';
import type { MainFunction } from '../main/functions.js';
import { jsonText } from '../main/json.js';
import type { InspectContext } from './inspect.js';

const MOST = 20_000;
const MOST_CHILDREN = 1000;

export interface ModuleGraph {
  /** `parent` = index of the module that asked for it first; -1 = the program's first. */
  readonly commonJs: readonly { readonly path: string; readonly loaded: boolean; readonly parent: number }[];
  /** Names of Node's own modules, internal ones among them. */
  readonly builtins: readonly string[];
  /** The program's first file, '' where it has none. */
  readonly main: string;
}

export function moduleGraphFunctions(context: InspectContext): Record<string, MainFunction> {
  const modules = context.builtin<object>('node:module');
  // The loader of ES modules is no public object: the agent reads it from the scopes of this function.
  context.expose('moduleRegister', ownData(modules, 'register'));
  context.expose('esModuleUrls', (scopes: unknown) => jsonText(esModuleUrls(context, scopes)));
  return { /** → ModuleGraph */ inspectModuleGraph: () => graphOf(context, modules) };
}

function graphOf({ types }: InspectContext, modules: object): ModuleGraph {
  const cache = ownData(modules, '_cache');
  const entries: { path: string; module: object }[] = [];
  if (isObject(cache) && !types.isProxy(cache)) {
    const keys = ownKeys(cache);
    for (let at = 0; at < keys.length && entries.length < MOST; at++) {
      const path = keys[at];
      const module = typeof path === 'string' ? ownData(cache, path) : undefined;
      if (typeof path === 'string' && isObject(module) && !types.isProxy(module))
        entries[entries.length] = { path, module };
    }
  }
  const indices = new Map<object, number>();
  for (let at = 0; at < entries.length; at++) indices.set((entries[at] as { module: object }).module, at);
  const parents: number[] = entries.map(() => -1);
  for (let at = 0; at < entries.length; at++) {
    const children = ownData((entries[at] as { module: object }).module, 'children');
    if (!isArray(children)) continue;
    for (let index = 0; index < children.length && index < MOST_CHILDREN; index++) {
      const child = indices.get(ownData(children, index) as object);
      if (child !== undefined && parents[child] === -1 && child !== at) parents[child] = at;
    }
  }
  const main = ownData(process, 'mainModule');
  // An ES module has no Module object: what was started stands on the command line.
  const argv = ownData(process, 'argv');
  const mainFile = isObject(main) ? ownData(main, 'filename') : isArray(argv) ? ownData(argv, 1) : undefined;
  const list: unknown = (process as unknown as { moduleLoadList?: unknown }).moduleLoadList;
  const builtins: string[] = [];
  if (isArray(list)) {
    for (let at = 0; at < list.length && at < MOST; at++) {
      const name: unknown = list[at];
      if (typeof name === 'string' && name.startsWith('NativeModule '))
        builtins[builtins.length] = name.slice(13);
    }
  }
  return {
    commonJs: entries.map(({ path, module }, at) => ({
      path,
      loaded: ownData(module, 'loaded') === true,
      parent: parents[at] as number,
    })),
    builtins,
    main: typeof mainFile === 'string' ? mainFile : '',
  };
}

/** URLs of the ES loader's cache, which has what ES modules import of other formats as well. Loads nothing. */
function esModuleUrls({ types }: InspectContext, scopes: unknown): string[] {
  const urls: string[] = [];
  if (!isArray(scopes)) return urls;
  for (let index = 0; index < scopes.length && index < 10; index++) {
    const scope = ownData(scopes[index] as object, 'object');
    const loader = isObject(scope) ? ownData(scope, 'cascadedLoader') : undefined;
    const cache = isObject(loader) ? ownData(loader, 'loadCache') : undefined;
    if (!isObject(cache) || !types.isMap(cache)) continue;
    const entries = apply(mapEntries, cache, []);
    for (let count = 0; count < MOST; count++) {
      const step = apply(mapIteratorNext, entries, []) as IteratorResult<[unknown, unknown]>;
      if (step.done) break;
      if (typeof step.value[0] === 'string') urls[urls.length] = step.value[0].slice(0, 4096);
    }
    break;
  }
  return urls;
}
