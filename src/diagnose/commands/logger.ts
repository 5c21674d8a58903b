import type { AppenderFacts, LoggerChange, LoggerFacts, Target } from '../../target/index.js';
import { dataMap } from '../../wire/index.js';
import {
  type Command,
  type CommandContext,
  type CommandEnd,
  CommandFailure,
  type Result,
  type Style,
} from '../command.js';
import { heapPrice } from '../heap/price.js';
import { searchLoggers } from '../loggers/searchLoggers.js';
import { renderKeyValue } from '../render/index.js';

interface Options {
  readonly name?: string;
  readonly level?: string;
  readonly classloader?: string;
  readonly classLoaderClass?: string;
  readonly includeNoAppender?: boolean;
  readonly heap?: boolean;
  readonly force?: boolean;
}

interface LoggerInfo {
  readonly name: string;
  readonly class: string;
  readonly level?: string;
  readonly effectiveLevel?: string;
  readonly additivity: boolean;
  readonly codeSource: string;
  readonly classLoader: string;
  readonly instances: number;
  readonly children: number;
  readonly levels: readonly string[];
  readonly otherLevels?: readonly string[];
  readonly appenders: readonly AppenderFacts[];
}

export const logger: Command = {
  name: 'logger',
  summary: 'Show the loggers of the process and their levels, or set a level at once',
  description:
    'Finds loggers of pino, winston, bunyan, log4js and debug, and the console, in the running process: what modules export, what functions of the application see, and with --heap every instance there is. Instances of one name (children, copies) are one logger; where their levels differ, that is said. Setting a level reaches all instances of that name at once: of pino those that have a level of their own and, through them, all that inherit it; of winston the logger (transports with a level of their own keep it, which is said); of bunyan every stream; of log4js the category; of debug the namespaces (functions of its versions before 4 know only when they were made whether they are on: --heap reaches those; `logger -n debug -l express:*` in place of those that are on, `logger -n express:view -l on` one of them). The console has no levels. A level that was set stays: the answer says how to put the old one back.',
  examples: [
    { line: 'logger', shows: 'all loggers with an appender, by library' },
    { line: 'logger -n shop', shows: 'one logger' },
    { line: 'logger -n shop -l debug', shows: 'sets the level of the logger shop; needs the role admin' },
    { line: 'logger --heap', shows: 'those too that only a closure holds; forces a collection' },
    { line: 'logger --include-no-appender', shows: 'those too that write nowhere' },
  ],
  options: [
    { short: 'n', long: 'name', kind: 'string', summary: 'A logger' },
    { short: 'l', long: 'level', kind: 'string', summary: 'Its new level, with -n' },
    {
      short: 'c',
      long: 'classloader',
      kind: 'string',
      summary: 'Only loggers of this library: pino, winston, ...',
    },
    { long: 'classLoaderClass', kind: 'string', summary: 'The same' },
    { long: 'include-no-appender', kind: 'flag', summary: 'Loggers too that have no appender' },
    {
      long: 'heap',
      kind: 'flag',
      summary: 'Search the whole heap; stops the main thread, which is announced',
    },
    { long: 'force', kind: 'flag', summary: 'Search a heap above the limit heap-search-bytes, too' },
  ],
  args: [],
  needs: 'target',
  risk: 'observe',
  riskOf: ({ options }) => (options.level === undefined ? 'observe' : 'change'),
  results: [
    {
      type: 'logger',
      fields: [
        {
          name: 'loggerInfoMap',
          type: '{NAME: {class,name,level?,effectiveLevel?,additivity,codeSource,classLoader,classLoaderHash,instances,children,levels,otherLevels?,appenders:{name,class,level?,file?,target?,blocking?,classLoader,classLoaderHash}[]}}',
          summary: 'One result a library; `otherLevels` where instances of the name differ',
        },
      ],
    },
  ],
  cost: 'It looks through up to 50,000 objects (limit scope-search-objects) in turns of 10 ms of the main thread (logger-turn-ms), 20 to 60 ms together. --heap forces a collection and walks the heap: 10 to 25 ms of the main thread a megabyte.',
  async *run(context) {
    const options = context.args.options as Options;
    const { signal } = context;
    const target = await context.target();
    if (options.level !== undefined && options.name === undefined) {
      throw new CommandFailure('Update logger level fail. Name the logger with -n');
    }
    if (options.heap) {
      const price = await heapPrice(target, 'search', { force: options.force === true, signal });
      yield { type: 'message', message: price.announcement };
    }
    if (options.level !== undefined)
      return yield* setLevel(context, target, options as Options & { name: string; level: string });
    const { report, stallMs } = await searchLoggers(target, { viaHeap: options.heap === true, signal });
    if (options.heap) yield { type: 'message', message: `the main thread stood still for ${stallMs} ms` };
    if (report.cut)
      yield { type: 'message', message: 'a limit cut the search short: --heap finds the others' };
    const library = options.classloader ?? options.classLoaderClass;
    const shown = report.loggers.filter(
      (each) =>
        (library === undefined || each.framework === library) &&
        (options.name === undefined || each.name === options.name) &&
        (options.includeNoAppender || options.name !== undefined || each.appenders.length > 0),
    );
    if (options.name !== undefined && shown.length === 0)
      throw new CommandFailure(notFound(options, report.loggers));
    yield* byLibrary(shown);
    return undefined;
  },
  render: (result, style, width) => {
    const loggers = Object.values(result.loggerInfoMap as Record<string, LoggerInfo>);
    const library = style.bold(loggers[0]?.classLoader ?? '');
    return `${library}\n${loggers.map((each) => renderLogger(each, style, width)).join('\n\n')}`;
  },
};

async function* setLevel(
  { signal }: CommandContext,
  target: Target,
  { name, level, heap, classloader, classLoaderClass }: Options & { name: string; level: string },
): AsyncGenerator<Result, CommandEnd> {
  const framework = classloader ?? classLoaderClass;
  const set: LoggerChange = { name, level, framework };
  const { report, stallMs } = await searchLoggers(target, { viaHeap: heap === true, set, signal });
  const { changed, loggers } = report;
  if (heap) yield { type: 'message', message: `the main thread stood still for ${stallMs} ms` };
  if (!changed || changed.frameworks.length === 0)
    throw new CommandFailure(`Update logger level fail. ${notFound({ name, heap }, loggers)}`);
  if (changed.frameworks.length > 1) {
    throw new CommandFailure(
      `Update logger level fail. ${changed.frameworks.join(' and ')} have a logger '${name}': choose with -c ${changed.frameworks[0]}`,
    );
  }
  if (changed.refused !== undefined) {
    const so = changed.instances > 0 ? ` (${changed.instances} instance(s) were set before)` : '';
    throw new CommandFailure(`Update logger level fail. ${changed.refused}${so}`);
  }
  const [library] = changed.frameworks;
  const [first] = changed.before;
  const several = changed.before.length > 1 ? `, which sets all ${changed.instances}` : '';
  const before = changed.before
    .map((each) => (several ? `${each.level} (${each.instances})` : each.level))
    .join(', ');
  yield {
    type: 'message',
    message: [
      `${library} ${name}: ${before} -> ${level}, ${changed.instances} instance(s); it stays until it is set again: logger -n ${quoted(name)} -l ${quoted(first?.level ?? '')}${several}`,
      ...changed.notes,
    ].join('\n'),
  };
  return { statusCode: 0, message: 'Update logger level success.' };
}

function quoted(text: string): string {
  return /^[\w:.-]+$/.test(text) ? text : `'${text}'`;
}

function notFound({ name, heap }: Pick<Options, 'name' | 'heap'>, loggers: readonly LoggerFacts[]): string {
  const names = [...new Set(loggers.map((each) => each.name))].sort();
  const there = `there are ${names.slice(0, 20).join(', ')}${names.length > 20 ? ', ...' : ''}`;
  return `No logger is named '${name}': ${there}${heap ? '' : '. --heap finds those too that only a closure holds'}`;
}

function* byLibrary(loggers: readonly LoggerFacts[]): Generator<Result> {
  const libraries = new Map<string, LoggerFacts[]>();
  for (const each of loggers) libraries.set(each.framework, [...(libraries.get(each.framework) ?? []), each]);
  for (const group of libraries.values()) {
    const sorted = [...group].sort((a, b) => (a.name < b.name ? -1 : 1));
    yield {
      type: 'logger',
      loggerInfoMap: dataMap(Object.fromEntries(sorted.map((each) => [each.name, infoOf(each)]))),
    };
  }
}

function infoOf({
  framework,
  codeSource,
  others,
  appenders,
  ...facts
}: LoggerFacts): LoggerInfo & { classLoaderHash: string } {
  const loader = { classLoader: framework, classLoaderHash: hashOf(codeSource || framework) };
  return {
    ...facts,
    codeSource,
    ...loader,
    otherLevels: others.length > 0 ? others : undefined,
    appenders: appenders.map((each) => ({ ...each, ...loader })),
  };
}

/** As loaders are named by a hash: stable for one copy of a library. */
function hashOf(text: string): string {
  let hash = 0;
  for (const char of text) hash = (Math.imul(hash, 31) + (char.codePointAt(0) ?? 0)) >>> 0;
  return hash.toString(16);
}

function renderLogger(info: LoggerInfo, style: Style, width: number): string {
  const pairs: [string, string | undefined][] = [
    ['name', info.name],
    ['class', info.class],
    ['level', info.level ?? '-'],
    ['effectiveLevel', info.effectiveLevel === info.level ? undefined : info.effectiveLevel],
    ['other levels', info.otherLevels?.join(', ')],
    ['instances', info.instances > 1 ? `${info.instances} (${info.children} children)` : undefined],
    ['codeSource', info.codeSource || undefined],
  ];
  const appenders = info.appenders.map((each) => {
    const words = [
      each.file && `file ${each.file}`,
      each.target && `to ${each.target}`,
      each.level && `level ${each.level}`,
      each.blocking !== undefined && (each.blocking ? 'blocking' : 'asynchronous'),
    ].filter(Boolean);
    return `${each.name} (${each.class})${words.length ? `: ${words.join(', ')}` : ''}`;
  });
  return renderKeyValue([...pairs, ['appenders', appenders.join('\n') || 'none']], style, width);
}
