import { apply, isArray, isObject, ownData, ownKeys } from '../../main/captured.js';
import type { AppenderFacts, Finder, FinderTools, FoundLogger } from './logger.js';
import { data, ownSymbol, setter, streamFacts, symbolData, textOf } from './read.js';

/**
 * pino keeps what it needs under symbols of its own. A child inherits from its parent by prototype, its level too where it
 * was given none; versions before 9 copy the level.
 */
export function pinoFinder(tools: FinderTools): Finder {
  return {
    framework: 'pino',
    find: (value) =>
      typeof value === 'object' && ownSymbol(value, 'pino.chindings') !== undefined
        ? [pinoLogger(value, tools)]
        : [],
  };
}

function pinoLogger(value: object, tools: FinderTools): FoundLogger {
  const chindings = symbolData(value, 'pino.chindings', tools);
  const levelOf = (): string | undefined => labelOf(value, symbolData(value, 'pino.levelVal', tools), tools);
  return {
    object: value,
    framework: 'pino',
    name: nameIn(chindings) ?? 'pino',
    class: 'Pino',
    isChild: ownSymbol(value, 'pino.stream') === undefined,
    level: levelOf,
    levels: () => known(value, tools),
    appenders: () => appendersOf(symbolData(value, 'pino.stream', tools), value, tools),
    setLevel(level) {
      if (!known(value, tools).includes(level)) {
        throw new Error(`pino knows the levels ${known(value, tools).join(', ')} here`);
      }
      // Under the level that a child inherits it would be given one of its own, and stay behind from then on.
      if (levelOf() === level) return undefined;
      const set = setter(value, 'level', tools);
      if (!set) throw new Error('it has no level that could be set');
      apply(set, value, [level]);
      return undefined;
    },
  };
}

/** `,"pid":7,"hostname":"h","name":"shop"`: the last one counts. */
function nameIn(chindings: unknown): string | undefined {
  if (typeof chindings !== 'string') return undefined;
  let name: string | undefined;
  for (const [, found] of chindings.slice(0, 10_000).matchAll(/,"name":("(?:[^"\\]|\\.)*")/g)) {
    try {
      name = textOf(JSON.parse(found ?? '""'));
    } catch {
      // Cut in the middle.
    }
  }
  return name;
}

function known(value: object, tools: FinderTools): string[] {
  return [...new Set([...labels(value, tools), 'silent'])];
}

function labels(value: object, tools: FinderTools): string[] {
  const values = data(data(value, 'levels', tools), 'values', tools);
  return isObject(values)
    ? ownKeys(values)
        .filter((key): key is string => typeof key === 'string')
        .slice(0, 50)
    : [];
}

function labelOf(value: object, level: unknown, tools: FinderTools): string | undefined {
  if (level === Number.POSITIVE_INFINITY) return 'silent';
  const table = data(data(value, 'levels', tools), 'labels', tools);
  const label = isObject(table) && typeof level === 'number' ? ownData(table, level) : undefined;
  return textOf(label) ?? (typeof level === 'number' ? String(level) : undefined);
}

function appendersOf(stream: unknown, value: object, tools: FinderTools): AppenderFacts[] {
  const streams = data(stream, 'streams', tools);
  if (!isArray(streams)) return [streamFacts(stream, undefined, tools)];
  return streams
    .slice(0, 100)
    .map((each: unknown) =>
      streamFacts(data(each, 'stream', tools), labelOf(value, data(each, 'level', tools), tools), tools),
    );
}
