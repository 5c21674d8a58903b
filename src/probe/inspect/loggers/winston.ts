import {
  apply,
  getOwnPropertyDescriptor,
  isArray,
  isObject,
  mapEntries,
  mapIteratorNext,
  ownData,
  ownKeys,
} from '../../main/captured.js';
import { classNameOf } from '../../main/className.js';
import type { AppenderFacts, Finder, FinderTools, FoundLogger } from './logger.js';
import { data, streamFacts, textOf } from './read.js';

/** winston's loggers have no names: known are those of `winston.loggers`, else what their metadata says. */
export function winstonFinder(tools: FinderTools): Finder {
  return {
    framework: 'winston',
    find(value) {
      if (typeof value !== 'object') return [];
      const container = ownData(value, 'loggers');
      if (isObject(container) && tools.types.isMap(container) && ownData(value, 'options') !== undefined) {
        return inContainer(container, tools);
      }
      return isLogger(value) ? [winstonLogger(value, undefined, tools)] : [];
    },
  };
}

function isLogger(value: object): boolean {
  return (
    isObject(ownData(value, 'levels')) &&
    isObject(ownData(value, 'exceptions')) &&
    isObject(ownData(value, 'profilers')) &&
    isObject(ownData(value, '_readableState'))
  );
}

function inContainer(container: object, tools: FinderTools): FoundLogger[] {
  const found: FoundLogger[] = [];
  const entries = apply(mapEntries, container, []);
  for (let count = 0; count < 1000; count++) {
    const step = apply(mapIteratorNext, entries, []) as IteratorResult<[unknown, unknown]>;
    if (step.done) break;
    const [name, logger] = step.value;
    if (isObject(logger) && !tools.types.isProxy(logger) && isLogger(logger)) {
      found[found.length] = winstonLogger(logger, textOf(name), tools);
    }
  }
  return found;
}

const loggerNames = new WeakMap<object, string>();

function winstonLogger(value: object, given: string | undefined, tools: FinderTools): FoundLogger {
  if (given !== undefined) loggerNames.set(value, given);
  const meta = ownData(value, 'defaultMeta');
  const named = ['service', 'name', 'label', 'module']
    .map((key) => textOf(data(meta, key, tools)))
    .find(Boolean);
  const levels = (): string[] => {
    const table = ownData(value, 'levels');
    return isObject(table) ? ownKeys(table).filter((key): key is string => typeof key === 'string') : [];
  };
  const own = (): string | undefined => textOf(ownData(value, 'level'));
  return {
    object: value,
    framework: 'winston',
    name: loggerNames.get(value) ?? named ?? 'winston',
    class: classNameOf(value, tools.types),
    level: own,
    effectiveLevel: () => loudest(value, own(), tools),
    levels,
    appenders: () => transports(value).map((each) => transportFacts(each, tools)),
    setLevel(level) {
      if (!levels().includes(level)) throw new Error(`winston knows the levels ${levels().join(', ')} here`);
      if (getOwnPropertyDescriptor(value, 'level')?.writable !== true)
        throw new Error('its level is read-only');
      (value as { level: string }).level = level;
      const strict = transports(value)
        .map((each) => transportFacts(each, tools))
        .filter((each) => each.level !== undefined && each.level !== level);
      return strict.length === 0
        ? undefined
        : `transports with a level of their own keep it: ${strict.map((each) => `${each.name} (${each.level})`).join(', ')}`;
    },
  };
}

function transports(logger: object): object[] {
  const state = ownData(logger, '_readableState');
  const pipes = isObject(state) ? ownData(state, 'pipes') : undefined;
  const list = isArray(pipes) ? pipes : [pipes];
  return list.filter(isObject).slice(0, 100);
}

function transportFacts(transport: object, tools: FinderTools): AppenderFacts {
  const className = classNameOf(transport, tools.types);
  const level = textOf(ownData(transport, 'level'));
  const filename = textOf(ownData(transport, 'filename'));
  const folder = textOf(ownData(transport, 'dirname'));
  const stream = ownData(transport, '_stream');
  if (filename !== undefined) {
    const file = folder && folder !== '.' ? `${folder}/${filename}` : filename;
    return { name: textOf(ownData(transport, 'name')) ?? className, class: className, level, file };
  }
  const target =
    isObject(stream) && className !== 'Console' ? streamFacts(stream, level, tools).target : undefined;
  return {
    name: textOf(ownData(transport, 'name')) ?? className.toLowerCase(),
    class: className,
    level,
    target: className === 'Console' ? 'console' : target,
  };
}

/** The loudest of its transports; those without a level of their own go by the logger's. */
function loudest(logger: object, own: string | undefined, tools: FinderTools): string | undefined {
  const table = ownData(logger, 'levels');
  const rank = (level: string | undefined): number => {
    const value = isObject(table) && level !== undefined ? ownData(table, level) : undefined;
    return typeof value === 'number' ? value : -1;
  };
  const levels = transports(logger).map((each) => transportFacts(each, tools).level ?? own);
  return levels.length === 0 ? own : levels.reduce((most, each) => (rank(each) > rank(most) ? each : most));
}
