import { type Bean, matcher, type Target } from '../../target/index.js';
import { dataMap } from '../../wire/index.js';
import { type BeanMetadata, metadataOf } from '../beans/metadata.js';
import { needsWatch, readBeans } from '../beans/readBeans.js';
import { type Command, type CommandContext, CommandFailure, type Result, type Style } from '../command.js';
import { pause } from '../pause.js';
import { renderTable } from '../render/index.js';
import { RuntimeWatch } from '../runtimeWatch.js';

interface Attribute {
  readonly name: string;
  readonly value?: unknown;
  readonly error?: string;
}

interface Options {
  readonly interval?: number;
  readonly numberOfExecution?: number;
  readonly regex?: boolean;
  readonly metadata?: boolean;
}

const EVERY_MS = 1000;
const RESOLUTION_MS = 20;

export const mbean: Command = {
  name: 'mbean',
  summary: 'Show what Node keeps account of: event loop, heap, sockets, channels',
  description:
    'Names are written `domain:type=X,name=Y`: `node.diagnostics` (diagnostics channels with their subscribers), `node.perf` (event loop utilization, delay, timing), `node.v8` (heap, its spaces, collections), `node.async` (active resources by type), `node.net`, `node.http`, `node.https`, `node.undici`, `node.dns`, `node.module`, `node.os`, `node.process`. Collections and the delay of the event loop are counted by nobody until asked: with -i they are, from the first answer on; without it they are `Unavailable`. Histograms that the application made itself are objects: `vmtool -a getInstances --className perf_hooks:Histogram` finds them. Nothing of the application is run to read a value.',
  examples: [
    { line: 'mbean', shows: 'all names' },
    { line: 'mbean node.v8:type=Heap', shows: 'the attributes of one' },
    {
      line: 'mbean *type=EventLoop* u*',
      shows: 'attributes that begin with u, of those with EventLoop in their type',
    },
    {
      line: 'mbean -i 1000 -n 3 *GarbageCollector*',
      shows: 'collections since the first answer, every second',
    },
    { line: 'mbean -m node.v8:type=Heap', shows: 'what its attributes are' },
    { line: 'mbean -E node\\.(perf|async):.*', shows: 'by a regular expression' },
  ],
  options: [
    {
      short: 'i',
      long: 'interval',
      kind: 'integer',
      min: 100,
      summary: 'Milliseconds between two answers (1000 with -n)',
    },
    {
      short: 'n',
      long: 'number-of-execution',
      kind: 'integer',
      min: 1,
      summary: 'Answers; 1 without -i, else until interrupted',
    },
    {
      short: 'E',
      long: 'regex',
      kind: 'flag',
      summary: 'Both patterns are regular expressions that fit the whole name',
    },
    {
      short: 'm',
      long: 'metadata',
      kind: 'flag',
      summary: 'What the attributes are, instead of their values',
    },
  ],
  args: [
    { name: 'name-pattern', required: false, summary: 'Names; `*` stands for any characters' },
    { name: 'attribute-pattern', required: false, summary: 'Attributes; all without it' },
  ],
  needs: 'target',
  risk: 'read',
  results: [
    {
      type: 'mbean',
      fields: [
        { name: 'mbeanNames', type: 'string[]', summary: 'Without a pattern: all names, sorted' },
        {
          name: 'mbeanAttribute',
          type: '{NAME: {name,value?,error?}[]}',
          summary: 'By name; `error` is Unavailable where nothing has been counted',
        },
        {
          name: 'mbeanMetadata',
          type: '{NAME: {className,description,attributes:{name,type,description,readable,writable,is}[],constructors,operations,notifications}}',
          summary: 'With -m; the last three are empty',
        },
      ],
    },
  ],
  cost: 'About 1 ms of the main thread an answer, 3 ms the first time. Collections and the event loop delay are watched with -i only: a timer every 20 ms and a PerformanceObserver, both gone at the end.',
  async *run(context) {
    const { args, signal } = context;
    const options = args.options as Options;
    const [namePattern, attributePattern] = args.positional;
    const target = await context.target();
    const first = await readBeans(target, undefined, signal);
    if (namePattern === undefined) {
      yield { type: 'mbean', mbeanNames: first.map(({ name }) => name) };
      return;
    }
    const chosen = chooser(namePattern, options.regex === true);
    const names = chosen(first).map(({ name }) => name);
    if (names.length === 0) {
      throw new CommandFailure(`No mbean fits '${namePattern}': 'mbean' lists the names`);
    }
    if (options.metadata) {
      yield {
        type: 'mbean',
        mbeanMetadata: dataMap(
          Object.fromEntries(chosen(first).map((bean) => [bean.name, metadataOf(bean)])),
        ),
      };
      return;
    }
    const attributes =
      attributePattern === undefined ? undefined : matcher(attributePattern, options.regex === true);
    const show = (beans: readonly Bean[]): Result => ({
      type: 'mbean',
      mbeanAttribute: dataMap(
        Object.fromEntries(chosen(beans).map((bean) => [bean.name, attributesOf(bean, attributes)])),
      ),
    });
    const once = options.interval === undefined && (options.numberOfExecution ?? 1) === 1;
    if (once) {
      yield show(first);
      return;
    }
    return yield* repeated(context, target, names, show);
  },
  render: (result, style, width) => {
    if (result.mbeanNames !== undefined) return (result.mbeanNames as string[]).join('\n');
    if (result.mbeanMetadata !== undefined) return renderMetadata(result, style, width);
    return renderAttributes(result, style, width);
  },
};

/** An answer every interval; `-n` of them end with status -1, as the reference has it. */
async function* repeated(
  context: CommandContext,
  target: Target,
  names: readonly string[],
  show: (beans: readonly Bean[]) => Result,
): AsyncGenerator<Result, { statusCode: number; message: string } | undefined> {
  const { signal, suspension } = context;
  const { interval = EVERY_MS, numberOfExecution: most } = context.args.options as Options;
  const watch = needsWatch(names) ? new RuntimeWatch(target, signal, RESOLUTION_MS) : undefined;
  const forget = watch && suspension?.onSuspend(watch);
  try {
    for (let answers = 1; !signal.aborted; answers++) {
      const watched = await watch?.sample(interval);
      yield show(await readBeans(target, watched?.sample, signal));
      if (answers === most) return { statusCode: -1, message: `Process ends after ${most} time(s).` };
      await pause(context, interval);
    }
    return undefined;
  } finally {
    forget?.();
    await watch?.rest();
  }
}

function chooser(pattern: string, regex: boolean): (beans: readonly Bean[]) => Bean[] {
  const fits = matcher(pattern, regex);
  return (beans) => {
    const fit = fits(beans.map(({ name }) => [name]));
    return beans.filter((_, at) => fit[at]);
  };
}

function attributesOf({ attributes }: Bean, fits: ReturnType<typeof matcher> | undefined): Attribute[] {
  const names = Object.keys(attributes);
  const fit = fits?.(names.map((name) => [name]));
  return names
    .filter((_, at) => fit?.[at] ?? true)
    .map((name) =>
      attributes[name] === undefined || attributes[name] === null
        ? { name, error: 'Unavailable' }
        : { name, value: attributes[name] },
    );
}

function renderAttributes(result: Result, style: Style, width: number): string {
  const beans = Object.entries(result.mbeanAttribute as Record<string, Attribute[]>);
  return beans
    .map(([name, attributes]) => {
      const columns = [
        { title: 'NAME', min: 16, paint: style.cyan },
        { title: 'VALUE', min: 12 },
      ];
      const rows = attributes.map(({ name: attribute, value, error }) => [
        attribute,
        error ? `-${error}-` : valueText(value),
      ]);
      return `${style.bold(name)}\n${renderTable(columns, rows, style, width)}`;
    })
    .join('\n\n');
}

function renderMetadata(result: Result, style: Style, width: number): string {
  return Object.entries(result.mbeanMetadata as Record<string, BeanMetadata>)
    .map(([name, { className, description, attributes }]) => {
      const columns = [
        { title: 'ATTRIBUTE', min: 16, paint: style.cyan },
        { title: 'TYPE', min: 8 },
        { title: 'WRITABLE', min: 8 },
      ];
      const rows = attributes.map((each) => [each.name, each.type, String(each.writable)]);
      return `${style.bold(name)}\n${description} (${className})\n${renderTable(columns, rows, style, width)}`;
    })
    .join('\n\n');
}

function valueText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return value.join(', ') || '(none)';
  return (
    Object.entries(value)
      .map(([name, each]) => `${name}: ${String(each)}`)
      .join(', ') || '(none)'
  );
}
