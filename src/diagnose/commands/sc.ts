import {
  type FoundClass,
  type FoundFunction,
  observable,
  type Script,
  type ScriptSearch,
} from '../../target/index.js';
import { RawJson } from '../../wire/index.js';
import { type Command, type CommandContext, CommandFailure, type Result } from '../command.js';
import { compileExpression, evaluateExpression } from '../expression/index.js';
import { loaderOptions, refuseLoaders } from '../loaderOptions.js';
import { renderKeyValue } from '../render/index.js';
import { classInfo, type FieldValue, moduleInfo } from '../scripts/classInfo.js';
import { type OpenScripts, openScripts } from '../scripts/openScripts.js';
import { renderLimits, valueText } from '../values/index.js';

const PAGE = 256;
/** Static fields read of one class. */
const MOST_VALUES = 20;

export const sc: Command = {
  name: 'sc',
  summary: 'Search the modules and classes that the process has loaded',
  description:
    'A pattern is a module (`cart.js`, `dist/*`, a package, a path, the TypeScript file it was compiled from), a class ' +
    "(`Cart`, `*Service`) or both (`cart.js:Cart`); `*` stands for any characters. Node.js's own modules are left out " +
    'unless the pattern begins with `node:`. Classes are found by parsing the scripts that V8 has loaded.',
  examples: [
    { line: 'sc *cart*', shows: 'modules with "cart" in their name' },
    { line: 'sc *Cart*', shows: 'classes with "Cart" in their name' },
    { line: 'sc -d -f cart.ts:Cart', shows: 'the file, package and fields of the class Cart' },
    { line: 'sc fastify', shows: 'all loaded modules of the package fastify' },
  ],
  options: [
    {
      short: 'd',
      long: 'details',
      kind: 'flag',
      summary: 'One result per module or class, with file, package, super class',
    },
    {
      short: 'f',
      long: 'field',
      kind: 'flag',
      summary: 'With -d: the fields of classes, and the values of exported static ones',
    },
    {
      short: 'E',
      long: 'regex',
      kind: 'flag',
      summary: 'The pattern is a regular expression that fits the whole name',
    },
    {
      short: 'x',
      long: 'expand',
      kind: 'integer',
      default: 0,
      min: 0,
      max: 4,
      summary: 'How deep values of fields are opened',
    },
    {
      short: 'n',
      long: 'limits',
      kind: 'integer',
      default: 100,
      min: 1,
      summary: 'With -d: most modules and classes shown',
    },
    ...loaderOptions('classloader'),
    { short: 'cs', long: 'classLoaderStr', kind: 'string', summary: 'Of the JVM alone; refused' },
  ],
  args: [{ name: 'class-pattern', required: true, summary: 'Modules or classes', completes: 'module' }],
  needs: 'target',
  risk: 'observe',
  results: [
    {
      type: 'sc',
      fields: [
        { name: 'classNames', type: 'string[]', summary: 'Names, 256 a page; a class is `module:Class`' },
        { name: 'segment', type: 'number', summary: 'The page, from 0' },
        {
          name: 'classInfo',
          type: 'object',
          summary:
            'With -d: name, classloader (package), codeSource (file), superClass[], modifier, fields[], ...; of a class `instrument`, by which its `new` would be observed; of a module `functions`, and how many by which instrument',
        },
        { name: 'detailed', type: 'boolean', summary: 'With -d' },
        { name: 'withField', type: 'boolean', summary: 'With -f' },
      ],
    },
    {
      type: 'row_affect',
      fields: [{ name: 'rowCount', type: 'number', summary: 'Modules and classes found' }],
    },
  ],
  cost: "Turns V8's debugger domain on, which stops the main thread for 20 to 40 ms on a small program, 0.2 s with 500 scripts and 9 MB of code, most of a second on the largest; it stays on for 60 s after the last use (5 MB of memory, no time that could be measured). Each script's source is fetched once: 9 MB take 80 to 120 ms of the main thread. Parsing is the agent's work, in a thread of its own.",
  async *run(context) {
    refuseLoaders(context.args);
    const scripts = await openScripts(context);
    try {
      const [pattern = ''] = context.args.positional;
      const modules =
        /:[^/]*$/.test(pattern) && !context.args.options.regex
          ? []
          : await scripts.search.modules(pattern, scripts.options);
      const classes = await scripts.search.classes(pattern, scripts.options);
      yield* scripts.notices();
      if (context.args.options.details === true) yield* details(context, scripts, modules, classes);
      else yield* names([...modules.map(({ name }) => name), ...classes.map(wholeName)]);
      const near = modules.length + classes.length === 0 ? scripts.near(pattern) : '';
      if (near !== '')
        yield { type: 'message', message: `no loaded module or class is named ${pattern}${near}` };
      yield { type: 'row_affect', rowCount: modules.length + classes.length };
    } finally {
      scripts.release();
    }
  },
  render(result, style, width) {
    if (result.type === 'row_affect') return style.dim(`Affect(row-cnt:${String(result.rowCount)})`);
    if (Array.isArray(result.classNames)) return result.classNames.join('\n');
    const { fields, classInfo: _, name, ...info } = result.classInfo as Record<string, unknown>;
    const pairs = Object.entries(info)
      .filter(([, value]) => value !== false && value !== '' && !(Array.isArray(value) && value.length === 0))
      .map(([key, value]) => [key, Array.isArray(value) ? value.join(', ') : String(value)] as const);
    const rows = (fields ?? []) as { name: string; modifier: string; value?: string }[];
    const lines = rows.map(
      (field) =>
        `  ${field.modifier ? `${field.modifier} ` : ''}${field.name}${field.value === undefined ? '' : ` = ${field.value}`}`,
    );
    return [
      style.bold(String(name)),
      renderKeyValue(pairs, style, width),
      ...(lines.length ? ['fields', ...lines] : []),
    ].join('\n');
  },
};

function wholeName({ script, name }: FoundClass): string {
  return `${script.name}:${name}`;
}

function* names(all: readonly string[]): Generator<Result> {
  for (let at = 0; at < all.length; at += PAGE) {
    yield {
      type: 'sc',
      classNames: all.slice(at, at + PAGE),
      segment: at / PAGE,
      detailed: false,
      withField: false,
    };
  }
}

async function* details(
  context: CommandContext,
  { target, search }: OpenScripts,
  modules: readonly Script[],
  classes: readonly FoundClass[],
): AsyncGenerator<Result> {
  const most = Number(context.args.options.limits);
  const withField = context.args.options.field === true;
  if (modules.length + classes.length > most) {
    throw new CommandFailure(
      `The number of matched classes is ${modules.length + classes.length}, greater than the limit value ${most}. Try to change the limit with option '-n <arg>'.`,
    );
  }
  for (const script of modules) {
    const [originals, inside, functions] = await Promise.all([
      search.originals(script),
      search.classesOf(script),
      search.functionsOf(script),
    ]);
    const reach = { functions: functions.length, instruments: counted(functions) };
    yield {
      type: 'sc',
      classInfo: { ...(await moduleInfo(target, script, originals, inside)), ...reach },
      detailed: true,
      withField,
    };
  }
  for (const found of classes) {
    const values = withField ? await staticValues(context, found) : undefined;
    const info = {
      ...(await classInfo(target, found, values)),
      instrument: await instrumentOf(search, found),
    };
    yield { type: 'sc', classInfo: info, detailed: true, withField };
  }
}

/** By which its `new` would be seen; `sm` says it of each method. */
async function instrumentOf(search: ScriptSearch, { script, name }: FoundClass): Promise<string | undefined> {
  const all = await search.functionsOf(script);
  const made = all.find((each) => each.info.kind === 'constructor' && each.name === `${name}.constructor`);
  return made && observable(made).instrument;
}

/** `prototype 5`: how many functions would be reached by which instrument. */
function counted(functions: readonly FoundFunction[]): string[] {
  const counts = new Map<string, number>();
  for (const { instrument } of functions.map(observable)) {
    counts.set(instrument, (counts.get(instrument) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]).map(([name, count]) => `${name} ${count}`);
}

/** Values of static fields, where the class can be read off its module's exports; nothing is run for it. */
async function staticValues(
  context: CommandContext,
  { script, info }: FoundClass,
): Promise<Map<string, FieldValue>> {
  const values = new Map<string, FieldValue>();
  if (!info.exported || script.isModule || script.path === '') return values;
  const target = await context.target();
  const fields = info.fields.filter((field) => field.isStatic && !field.isPrivate).slice(0, MOST_VALUES);
  for (const { name } of fields) {
    const text = `module("m")[${JSON.stringify(info.name)}]?.[${JSON.stringify(name)}]`;
    const { threw, value } = await evaluateExpression(target, compileExpression(text), {
      limits: renderLimits(Number(context.args.options.expand)),
      files: [script.path],
      signal: context.signal,
    });
    if (!threw) values.set(name, { value: valueText(value), json: new RawJson(JSON.stringify(value)) });
  }
  return values;
}
