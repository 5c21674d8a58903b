import { apply, getOwnPropertyDescriptor, isArray, isObject, ownData } from '../../main/captured.js';
import type { Finder, FinderTools, FoundLogger } from './logger.js';
import { textOf } from './read.js';

/**
 * `debug` has namespaces that are on or off. Its module knows the patterns that are on; the functions that it made know
 * their namespace. Several copies of the package, as dependencies bring them, are set together.
 */
export function debugFinder(_tools: FinderTools): Finder {
  const modules = new Set<object>();
  const instances = new Set<object>();
  return {
    framework: 'debug',
    find(value) {
      if (typeof value !== 'function') return [];
      if (isModule(value)) {
        if (modules.has(value)) return [];
        modules.add(value);
        return [wholeModule(value, modules, instances)];
      }
      const namespace = textOf(ownData(value, 'namespace'));
      if (namespace === undefined || typeof ownData(value, 'useColors') !== 'boolean') return [];
      instances.add(value);
      return [oneNamespace(value, namespace, modules, instances)];
    },
  };
}

function isModule(value: object): boolean {
  return (
    typeof ownData(value, 'enable') === 'function' &&
    typeof ownData(value, 'disable') === 'function' &&
    isArray(ownData(value, 'names')) &&
    isArray(ownData(value, 'skips'))
  );
}

function wholeModule(module: object, modules: Set<object>, instances: Set<object>): FoundLogger {
  return {
    object: module,
    framework: 'debug',
    name: 'debug',
    class: 'debug',
    level: () => patternsOf(module) || 'off',
    levels: () => ['off', 'NAMESPACES such as express:*,-express:view'],
    appenders: () => [{ name: 'stderr', class: 'debug.log', target: 'stderr' }],
    setLevel(level) {
      call(module, 'enable', [level === 'off' ? '' : level]);
      setOldInstances(instances, modules);
      return 'debug keeps the namespaces in process.env.DEBUG as well, which child processes inherit';
    },
  };
}

function oneNamespace(
  fn: object,
  namespace: string,
  modules: Set<object>,
  instances: Set<object>,
): FoundLogger {
  return {
    object: fn,
    framework: 'debug',
    name: namespace,
    class: 'debug',
    isChild: true,
    level() {
      const own = ownData(fn, 'enabled');
      const isEnabled = typeof own === 'boolean' ? own : [...modules].some((each) => isOn(each, namespace));
      return isEnabled ? 'on' : 'off';
    },
    levels: () => ['on', 'off'],
    appenders: () => [{ name: 'stderr', class: 'debug.log', target: 'stderr' }],
    setLevel(level) {
      if (level !== 'on' && level !== 'off') throw new Error('a namespace of debug is on or off');
      if (modules.size === 0) throw new Error('the module of debug was not found');
      for (const module of modules) {
        const others = patternsOf(module)
          .split(',')
          .filter((each) => each !== '' && each !== namespace && each !== `-${namespace}`);
        const added = level === 'on' ? namespace : `-${namespace}`;
        call(module, 'enable', [[...others, added].join(',')]);
      }
      setOldInstances(instances, modules);
      return 'debug keeps the namespaces in process.env.DEBUG as well, which child processes inherit';
    },
  };
}

/** Up to version 3 a function keeps whether it is on, and is not told when that changes. */
function setOldInstances(instances: Set<object>, modules: Set<object>): void {
  for (const fn of instances) {
    const descriptor = getOwnPropertyDescriptor(fn, 'enabled');
    if (typeof descriptor?.value !== 'boolean' || descriptor.writable !== true) continue;
    const namespace = textOf(ownData(fn, 'namespace')) ?? '';
    (fn as { enabled?: boolean }).enabled = [...modules].some((each) => isOn(each, namespace));
  }
}

/** Version 4.4 keeps texts, those before it regular expressions made of them. */
function patternsOf(module: object): string {
  const texts = (list: unknown, mark: string): string[] =>
    isArray(list)
      ? list.slice(0, 1000).flatMap((each: unknown) => {
          const text =
            typeof each === 'string'
              ? each
              : each instanceof RegExp
                ? each.source.replace(/^\^|\$$/g, '').replace(/\.\*\?/g, '*')
                : '';
          return text === '' ? [] : [mark + text];
        })
      : [];
  return [...texts(ownData(module, 'names'), ''), ...texts(ownData(module, 'skips'), '-')].join(',');
}

function isOn(module: object, namespace: string): boolean {
  const fits = (pattern: string): boolean => {
    const source = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*');
    return new RegExp(`^${source}$`).test(namespace);
  };
  const all = patternsOf(module).split(',').filter(Boolean);
  if (all.some((each) => each.startsWith('-') && fits(each.slice(1)))) return false;
  return all.some((each) => !each.startsWith('-') && fits(each));
}

function call(module: object, method: string, args: unknown[]): void {
  const fn = ownData(module, method);
  if (!isObject(fn)) throw new Error('debug has been changed');
  apply(fn as (...args: unknown[]) => unknown, module, args);
}
