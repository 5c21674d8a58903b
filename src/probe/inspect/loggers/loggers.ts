/** What `logger` shows and sets: instances of the libraries that people log with, told by what they keep. */
import { getPrototypeOf, isArray, isObject, ownData, ownKeys } from '../../main/captured.js';
import type { MainFunction } from '../../main/functions.js';
import { namespaces } from '../anchors.js';
import type { InspectContext } from '../inspect.js';
import { ObjectWalk } from '../objects.js';
import { bunyanFinder } from './bunyan.js';
import { consoleLogger } from './console.js';
import { debugFinder } from './debug.js';
import { log4jsFinder } from './log4js.js';
import type { FoundLogger, Framework, LoggerFacts } from './logger.js';
import { pinoFinder } from './pino.js';
import { data } from './read.js';
import { winstonFinder } from './winston.js';

const MOST_LOGGERS = 5000;
const MOST_SCOPES = 500;
/** A heap of 600,000 objects takes 0.1 s. */
const HEAP_MS = 2000;
const MOST_PROTOTYPES = 20_000;
/** Of pino and winston, of bunyan, of the container of winston. */
const LOGGER_METHODS = ['isLevelEnabled', 'addStream', '_removeLogger'];

export interface LoggerQuery {
  readonly depth: number;
  readonly objects: number;
}

export interface LoggerChange {
  readonly name: string;
  readonly level: string;
  readonly framework?: string;
}

export interface LoggerReport {
  readonly loggers: readonly LoggerFacts[];
  /** A limit cut the search short. */
  readonly cut: boolean;
  readonly changed?: {
    readonly instances: number;
    readonly before: readonly { readonly level: string; readonly instances: number }[];
    readonly notes: readonly string[];
    readonly frameworks: readonly string[];
    readonly refused?: string;
  };
}

/** A search that goes on over several turns of the event loop; what it holds is let go of at its end, or at ours. */
interface Search {
  readonly walk: ObjectWalk;
  readonly found: Map<object, FoundLogger>;
  readonly cut: boolean;
}

export function loggerFunctions(context: InspectContext): Record<string, MainFunction> {
  const searches = new Map<string, Search>();
  context.onUndo(() => searches.clear());
  // `scopes`: [[Scopes]] of functions of the application; `objects`: what a search of the heap gave.
  context.expose(
    'loggersBegin',
    (key: string, query: LoggerQuery, register: unknown, objects: unknown, ...scopes: unknown[]) => {
      searches.set(key, begun(context, query, register, objects, scopes));
    },
  );
  return {
    /** `{key, ms}` → whether the search is done */
    inspectLoggersGoOn(params) {
      const { key, ms } = params as { key: string; ms: number };
      return searches.get(key)?.walk.run(ms) ?? true;
    },
    /** `{key, set?}` → LoggerReport */
    inspectLoggersEnd(params): LoggerReport | null {
      const { key, set } = params as { key: string; set?: LoggerChange };
      const search = searches.get(key);
      searches.delete(key);
      if (!search) return null;
      const own = consoleLogger(context);
      const all = own ? [own, ...search.found.values()] : [...search.found.values()];
      const changed = set && change(all, set);
      return { loggers: grouped(context, all), cut: search.cut || search.walk.cut, changed };
    },
  };
}

function begun(
  context: InspectContext,
  query: LoggerQuery,
  register: unknown,
  objects: unknown,
  scopes: unknown[],
): Search {
  const found = new Map<object, FoundLogger>();
  const finders = [
    pinoFinder(context),
    winstonFinder(context),
    bunyanFinder(context),
    log4jsFinder(context),
    debugFinder(context),
  ];
  const visit = (value: object): boolean => {
    if (found.size >= MOST_LOGGERS) return false;
    for (let at = 0; at < finders.length; at++) {
      for (const each of finders[at]?.find(value) ?? []) found.set(each.object, each);
    }
    return true;
  };
  const cut = isArray(objects) && visitAll(context, objects, visit);
  return { walk: new ObjectWalk(rootsOf(context, register, scopes), visit, query, context), found, cut };
}

/** All objects of a heap: what no logger inherits from is passed over. Returns whether time ran out. */
function visitAll(
  context: InspectContext,
  objects: readonly unknown[],
  visit: (value: object) => boolean,
): boolean {
  const until = context.now() + HEAP_MS;
  const known = new Map<object | null, boolean>([
    [Object.prototype, false],
    [Array.prototype, false],
    [Function.prototype, true],
    [Map.prototype, true],
    [null, false],
  ]);
  for (let at = 0; at < objects.length; at++) {
    if ((at & 255) === 255 && context.now() > until) return true;
    const value = objects[at];
    if (!isObject(value) || context.types.isProxy(value)) continue;
    try {
      const prototype = getPrototypeOf(value);
      let isWorth = known.get(prototype);
      if (isWorth === undefined) {
        isWorth = LOGGER_METHODS.some((name) => typeof data(prototype, name, context) === 'function');
        if (known.size < MOST_PROTOTYPES) known.set(prototype, isWorth);
      }
      if (isWorth) visit(value);
    } catch {
      // An exotic object of the host.
    }
  }
  return false;
}

/** What the application's own functions see comes first: there its loggers are. */
function rootsOf(context: InspectContext, register: unknown, scopes: readonly unknown[]): unknown[] {
  const roots: unknown[] = [];
  for (let at = 0; at < scopes.length && at < MOST_SCOPES; at++) {
    const list = scopes[at];
    if (!isArray(list)) continue;
    for (let index = 0; index < list.length && index < 20; index++) {
      const scope = ownData(list[index] as object, 'object');
      if (scope !== globalThis) roots[roots.length] = scope;
    }
  }
  const cache = ownData(context.builtin<object>('node:module'), '_cache');
  if (isObject(cache) && !context.types.isProxy(cache)) {
    for (const key of ownKeys(cache)) {
      const module = ownData(cache, key);
      if (isObject(module) && !context.types.isProxy(module)) {
        roots[roots.length] = ownData(module, 'exports');
      }
    }
  }
  roots.push(...namespaces(context, register));
  return roots;
}

function change(
  all: readonly FoundLogger[],
  { name, level, framework }: LoggerChange,
): LoggerReport['changed'] {
  const wanted = all.filter(
    (each) => each.name === name && (framework === undefined || each.framework === framework),
  );
  const frameworks = [...new Set(wanted.map((each) => each.framework))];
  const before = countedLevels(wanted);
  if (frameworks.length !== 1) return { instances: 0, before, notes: [], frameworks };
  const notes = new Set<string>();
  let instances = 0;
  try {
    for (const each of wanted) {
      const note = each.setLevel(level);
      if (note !== undefined) notes.add(note);
      instances += 1;
    }
  } catch (error) {
    const refused = error instanceof Error ? error.message.slice(0, 500) : 'the library refused it';
    return { instances, before, notes: [...notes], frameworks, refused };
  }
  return { instances, before, notes: [...notes], frameworks };
}

function countedLevels(loggers: readonly FoundLogger[]): { level: string; instances: number }[] {
  const counts = new Map<string, number>();
  for (const each of loggers) {
    const level = each.level() ?? 'none';
    counts.set(level, (counts.get(level) ?? 0) + 1);
  }
  return [...counts]
    .map(([level, instances]) => ({ level, instances }))
    .sort((a, b) => b.instances - a.instances);
}

/** Instances of one name are one logger to the reader: requests make children by the thousand. */
function grouped(context: InspectContext, all: readonly FoundLogger[]): LoggerFacts[] {
  const groups = new Map<string, FoundLogger[]>();
  for (const each of all) {
    const key = `${each.framework} ${each.name}`;
    const group = groups.get(key);
    if (group) group.push(each);
    else groups.set(key, [each]);
  }
  return [...groups.values()].map((group) => {
    const first = group.find((each) => !each.isChild) ?? (group[0] as FoundLogger);
    const level = first.level();
    const levels = new Set(group.map((each) => each.level() ?? 'none'));
    levels.delete(level ?? 'none');
    return {
      framework: first.framework,
      name: first.name,
      class: first.class,
      level,
      effectiveLevel: first.effectiveLevel ? first.effectiveLevel() : level,
      levels: first.levels(),
      additivity: false,
      appenders: first.appenders(),
      instances: group.length,
      children: group.filter((each) => each.isChild).length,
      others: [...levels].slice(0, 20),
      codeSource: sourceOf(context, first.framework),
    };
  });
}

function sourceOf(context: InspectContext, framework: Framework): string {
  if (framework === 'console') return 'node:console';
  const cache = ownData(context.builtin<object>('node:module'), '_cache');
  if (!isObject(cache) || context.types.isProxy(cache)) return '';
  for (const key of ownKeys(cache)) {
    if (typeof key === 'string' && key.includes(`/node_modules/${framework}/`)) return key;
  }
  return '';
}
