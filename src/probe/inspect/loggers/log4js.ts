import {
  apply,
  getPrototypeOf,
  isObject,
  mapEntries,
  mapIteratorNext,
  ownData,
  ownKeys,
} from '../../main/captured.js';
import type { AppenderFacts, Finder, FinderTools, FoundLogger } from './logger.js';
import { listOf, textOf } from './read.js';

/** log4js has levels by category, in a Map that it exports from a module of its own; its loggers only name one. */
export function log4jsFinder(tools: FinderTools): Finder {
  /** The functions that write, by the names that the configuration gives them. */
  const names = new Map<unknown, string>();
  return {
    framework: 'log4js',
    find(value) {
      if (!tools.types.isMap(value)) return [];
      if (typeof ownData(value, 'init') === 'function') learnNames(value, names);
      if (typeof ownData(value, 'setLevelForCategory') !== 'function') return [];
      const found: FoundLogger[] = [];
      const entries = apply(mapEntries, value, []);
      for (let count = 0; count < 1000; count++) {
        const step = apply(mapIteratorNext, entries, []) as IteratorResult<[unknown, unknown]>;
        if (step.done) break;
        const [name, config] = step.value;
        if (typeof name === 'string' && isObject(config)) found[found.length] = category(name, config, names);
      }
      return found;
    },
  };
}

function learnNames(appenders: object, names: Map<unknown, string>): void {
  const entries = apply(mapEntries, appenders, []);
  for (let count = 0; count < 1000; count++) {
    const step = apply(mapIteratorNext, entries, []) as IteratorResult<[unknown, unknown]>;
    if (step.done) break;
    const [name, appender] = step.value;
    if (typeof name === 'string' && typeof appender === 'function') names.set(appender, name);
  }
}

function category(name: string, config: object, names: Map<unknown, string>): FoundLogger {
  return {
    object: config,
    framework: 'log4js',
    name,
    class: 'Logger',
    level: () => labelOf(ownData(config, 'level')),
    levels: () => Object.keys(levelsOf(config)),
    appenders: () => listOf(ownData(config, 'appenders')).map((each) => appenderFacts(each, names)),
    setLevel(level) {
      const levels = levelsOf(config);
      const wanted = levels[level.toUpperCase()];
      if (wanted === undefined) throw new Error(`log4js knows the levels ${Object.keys(levels).join(', ')}`);
      // What `setLevelForCategory` does.
      (config as { level: object }).level = wanted;
      return undefined;
    },
  };
}

function appenderFacts(appender: unknown, names: Map<unknown, string>): AppenderFacts {
  return { name: names.get(appender) ?? 'appender', class: 'appender' };
}

function labelOf(level: unknown): string | undefined {
  return isObject(level) ? textOf(ownData(level, 'levelStr')) : undefined;
}

/** Its levels are static properties of their class. */
function levelsOf(config: object): Record<string, object> {
  const level = ownData(config, 'level');
  const prototype = isObject(level) ? getPrototypeOf(level) : null;
  const maker = prototype === null ? undefined : ownData(prototype, 'constructor');
  const found: Record<string, object> = {};
  if (!isObject(maker)) return found;
  for (const key of ownKeys(maker)) {
    const value = typeof key === 'string' ? ownData(maker, key) : undefined;
    if (typeof key === 'string' && isObject(value) && ownData(value, 'levelStr') === key) found[key] = value;
  }
  return found;
}
