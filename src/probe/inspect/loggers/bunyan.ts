import { isArray, isObject, ownData } from '../../main/captured.js';
import type { Finder, FinderTools, FoundLogger } from './logger.js';
import { streamFacts, textOf } from './read.js';

const LEVELS: Readonly<Record<string, number>> = {
  trace: 10,
  debug: 20,
  info: 30,
  warn: 40,
  error: 50,
  fatal: 60,
};

/** A bunyan logger has a level per stream, and keeps the lowest; a child has copies of both. */
export function bunyanFinder(tools: FinderTools): Finder {
  return {
    framework: 'bunyan',
    find(value) {
      const fits =
        typeof value === 'object' &&
        typeof ownData(value, '_level') === 'number' &&
        isArray(ownData(value, 'streams')) &&
        isObject(ownData(value, 'fields'));
      return fits ? [bunyanLogger(value, tools)] : [];
    },
  };
}

function bunyanLogger(value: object, tools: FinderTools): FoundLogger {
  const fields = ownData(value, 'fields') as object;
  const streams = (): object[] => (ownData(value, 'streams') as unknown[]).filter(isObject).slice(0, 100);
  return {
    object: value,
    framework: 'bunyan',
    name: textOf(ownData(fields, 'name')) ?? 'bunyan',
    class: 'Logger',
    isChild:
      ownData(value, '_isSimpleChild') === true ||
      streams().some(
        (each) => ownData(each, 'closeOnExit') === false && ownData(fields, 'component') !== undefined,
      ),
    level: () => labelOf(ownData(value, '_level')),
    levels: () => Object.keys(LEVELS),
    appenders: () =>
      streams().map((each) => {
        const facts = streamFacts(ownData(each, 'stream'), labelOf(ownData(each, 'level')), tools);
        const file = textOf(ownData(each, 'path')) ?? facts.file;
        return { ...facts, name: textOf(ownData(each, 'name')) ?? file ?? facts.name, file };
      }),
    setLevel(level) {
      const number = LEVELS[level.toLowerCase()] ?? Number(level);
      if (!Number.isFinite(number) || level.trim() === '') {
        throw new Error(`bunyan knows the levels ${Object.keys(LEVELS).join(', ')} and numbers`);
      }
      // What its own method `level(n)` does; of that the application may have made something else.
      for (const stream of streams()) (stream as { level: number }).level = number;
      (value as { _level: number })._level = number;
      return undefined;
    },
  };
}

function labelOf(level: unknown): string | undefined {
  for (const [name, number] of Object.entries(LEVELS)) if (number === level) return name;
  if (level === Number.POSITIVE_INFINITY) return 'off';
  return typeof level === 'number' ? String(level) : undefined;
}
