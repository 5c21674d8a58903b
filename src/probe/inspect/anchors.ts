/**
 * Functions by which the variables of a module can be read: V8 tells the scopes of any function, without a pause and
 * without running anything, so one function of a module is enough to see what its functions share.
 */
import {
  apply,
  getOwnPropertyDescriptor,
  isArray,
  isObject,
  mapEntries,
  mapIteratorNext,
  ownData,
  ownKeys,
} from '../main/captured.js';
import type { MainFunction } from '../main/functions.js';
import { jsonText } from '../main/json.js';
import { loadedNamespace } from '../main/moduleNamespace.js';
import type { InspectContext } from './inspect.js';
import { walkObjects } from './objects.js';

const MOST = 64;
const mapGet = Map.prototype.get;

export interface AnchorQuery {
  /** The module's file and URL; both '' = any module. */
  readonly path: string;
  readonly url: string;
  /** Only functions of these names, or without a name and of these texts; both empty = all. */
  readonly names: readonly string[];
  readonly texts: readonly string[];
  readonly depth: number;
  readonly objects: number;
  readonly ms: number;
}

export function anchorFunctions(context: InspectContext): Record<string, MainFunction> {
  const modules = context.builtin<object>('node:module');
  /** `scopes`: [[Scopes]] of `module.register`. → functions; nothing keeps them but who asked. */
  context.expose('anchors', (query: AnchorQuery, scopes: unknown) =>
    functionsBelow(context, rootsOf(context, modules, query, scopes), query),
  );
  /** Of functions that a search of the heap gave. */
  context.expose('named', (functions: unknown[], marks: Marks) => named(context, functions, marks));
  /** Functions of the application's own modules, one or two a module: what they see holds most of what it has. */
  context.expose('applicationFunctions', (query: AnchorQuery, scopes: unknown) =>
    applicationFunctions(context, modules, query, scopes),
  );
  context.expose('functionPrototype', () => Function.prototype);
  context.expose('objectPrototype', () => Object.prototype);
  context.expose('exportsOf', (path: string, url: string, scopes: unknown) => {
    const [exported, namespace] = rootsOf(context, modules, { path, url } as AnchorQuery, scopes);
    return namespace ?? exported;
  });
  /** Names of own data properties of an object: an accessor has nothing that could be read without running it. */
  context.expose('memberNames', (holder: unknown) => jsonText(memberNames(context, holder)));
  context.expose('memberValue', (holder: object, name: string) => dataOf(holder, name));
  /** → `[{at, names}]`, innermost first, without the globals */
  context.expose('scopeNames', (scopes: unknown) => jsonText(scopeNames(scopes)));
  context.expose('scopeValue', (scopes: unknown[], at: number, name: string) => {
    const scope = ownData(scopes[at] as object, 'object');
    return isObject(scope) ? dataOf(scope, name) : undefined;
  });
  return {};
}

const MOST_NAMES = 2000;
const NOT_FIELDS = new Set(['length', 'name', 'prototype', 'caller', 'arguments']);

function memberNames({ types }: InspectContext, holder: unknown): string[] {
  const names: string[] = [];
  if (!isObject(holder) || types.isProxy(holder)) return names;
  const isFunction = typeof holder === 'function';
  const keys = ownKeys(holder);
  for (let at = 0; at < keys.length && names.length < MOST_NAMES; at++) {
    const key = keys[at];
    if (typeof key !== 'string' || (isFunction && NOT_FIELDS.has(key))) continue;
    try {
      const descriptor = getOwnPropertyDescriptor(holder, key);
      // A method is no field, an accessor has no value of its own.
      if (descriptor && 'value' in descriptor && (descriptor.enumerable || !isFunction))
        names[names.length] = key;
    } catch {
      // A binding of an ES module that has not run yet.
    }
  }
  return names;
}

function dataOf(holder: object, name: string): unknown {
  try {
    return ownData(holder, name);
  } catch {
    return undefined;
  }
}

function scopeNames(scopes: unknown): { at: number; names: string[] }[] {
  const rows: { at: number; names: string[] }[] = [];
  if (!isArray(scopes)) return rows;
  for (let at = 0; at < scopes.length && at < 20; at++) {
    const scope = ownData(scopes[at] as object, 'object');
    if (!isObject(scope) || scope === globalThis) continue;
    const names = ownKeys(scope).filter((key): key is string => typeof key === 'string');
    rows[rows.length] = { at, names: names.slice(0, MOST_NAMES) };
  }
  return rows;
}

function applicationFunctions(
  context: InspectContext,
  modules: object,
  query: AnchorQuery,
  scopes: unknown,
): object[] {
  const cache = ownData(modules, '_cache');
  const found: object[] = [];
  const perModule = 2;
  const until = context.now() + query.ms;
  const look = (root: unknown, most: number): void => {
    let taken = 0;
    walkObjects(
      [root],
      (value) => {
        if (taken >= most || found.length >= MOST || context.now() > until) return false;
        if (typeof value === 'function' && !isNative(value)) {
          found[found.length] = value;
          taken += 1;
        }
        return true;
      },
      { depth: 3, objects: 2000, ms: until - context.now() },
      context,
    );
  };
  look(ownData(process, '_events'), 8);
  const handles = (process as unknown as { _getActiveHandles?: () => unknown })._getActiveHandles?.();
  if (isArray(handles))
    for (let at = 0; at < handles.length && at < 20; at++) look(ownData(handles[at] as object, '_events'), 4);
  if (isObject(cache) && !context.types.isProxy(cache)) {
    for (const key of ownKeys(cache)) {
      if (typeof key !== 'string' || key.includes('/node_modules/')) continue;
      const module = ownData(cache, key);
      if (isObject(module) && !context.types.isProxy(module)) look(ownData(module, 'exports'), perModule);
    }
  }
  const spaces = namespaces(context, scopes);
  for (let at = 0; at < spaces.length; at++) look(spaces[at], perModule);
  return found;
}

const functionText = Function.prototype.toString;

function isNative(fn: object): boolean {
  const text = apply(functionText, fn, []) as string;
  return text.length < 300 && text.endsWith('{ [native code] }');
}

/** What one module exports, or what all do and what handles and the process call. */
function rootsOf(
  context: InspectContext,
  modules: object,
  { path, url }: AnchorQuery,
  scopes: unknown,
): unknown[] {
  const cache = ownData(modules, '_cache');
  const roots: unknown[] = [];
  const add = (key: PropertyKey): void => {
    const module = isObject(cache) && !context.types.isProxy(cache) ? ownData(cache, key) : undefined;
    if (isObject(module) && !context.types.isProxy(module)) roots[roots.length] = ownData(module, 'exports');
  };
  if (path !== '' || url !== '') {
    add(path);
    roots[roots.length] = namespaceOf(context, scopes, url);
    return roots;
  }
  if (isObject(cache) && !context.types.isProxy(cache)) for (const key of ownKeys(cache)) add(key);
  roots.push(...namespaces(context, scopes));
  roots[roots.length] = ownData(process, '_events');
  const handles = (process as unknown as { _getActiveHandles?: () => unknown })._getActiveHandles?.();
  roots[roots.length] = handles;
  return roots;
}

function functionsBelow(context: InspectContext, roots: readonly unknown[], query: AnchorQuery): object[] {
  const fits = fitsMarks(query);
  const found: object[] = [];
  walkObjects(
    roots,
    (value) => {
      if (found.length >= MOST) return false;
      if (typeof value === 'function' && fits(value)) found[found.length] = value;
      return true;
    },
    query,
    context,
  );
  return found;
}

type Marks = Pick<AnchorQuery, 'names' | 'texts'>;

function named({ types }: InspectContext, functions: unknown[], marks: Marks): object[] {
  const fits = fitsMarks(marks);
  const found: object[] = [];
  for (let at = 0; at < functions.length && found.length < MOST; at++) {
    const fn = functions[at];
    if (typeof fn === 'function' && !types.isProxy(fn) && fits(fn)) found[found.length] = fn;
  }
  return found;
}

function fitsMarks({ names, texts }: Marks): (fn: object) => boolean {
  if (names.length === 0 && texts.length === 0) return () => true;
  const wantedNames = new Set(names);
  const wantedTexts = new Set(texts);
  return (fn) => {
    const name = ownData(fn, 'name');
    if (typeof name === 'string' && name !== '') return wantedNames.has(name);
    return wantedTexts.size > 0 && wantedTexts.has(apply(functionText, fn, []) as string);
  };
}

function loadCache(context: InspectContext, scopes: unknown): object | undefined {
  if (!isArray(scopes)) return undefined;
  for (let index = 0; index < scopes.length && index < 10; index++) {
    const scope = ownData(scopes[index] as object, 'object');
    const loader = isObject(scope) ? ownData(scope, 'cascadedLoader') : undefined;
    const cache = isObject(loader) ? ownData(loader, 'loadCache') : undefined;
    if (isObject(cache) && context.types.isMap(cache)) return cache;
  }
  return undefined;
}

function namespaceOf(context: InspectContext, scopes: unknown, url: string): unknown {
  const cache = loadCache(context, scopes);
  return cache && loadedNamespace(apply(mapGet, cache, [url]), context.types);
}

/** All namespaces of ES modules that are no part of Node. */
export function namespaces(context: InspectContext, scopes: unknown): unknown[] {
  const cache = loadCache(context, scopes);
  const found: unknown[] = [];
  if (!cache) return found;
  const entries = apply(mapEntries, cache, []);
  for (let count = 0; count < 5000; count++) {
    const step = apply(mapIteratorNext, entries, []) as IteratorResult<[unknown, unknown]>;
    if (step.done) break;
    const [url, byType] = step.value;
    if (typeof url === 'string' && !url.startsWith('node:'))
      found[found.length] = loadedNamespace(byType, context.types);
  }
  return found;
}
