import { errorText, RemoraError } from '../../base/index.js';
import {
  type FoundClass,
  ModuleScope,
  matcher,
  modulePattern,
  RemoteObjects,
  type ScopeValue,
  type Script,
} from '../../target/index.js';
import { RawJson } from '../../wire/index.js';
import { type Command, type CommandContext, CommandFailure, type Result } from '../command.js';
import { heapPrice } from '../heap/price.js';
import { HeapSearch } from '../heap/searchHeap.js';
import { checkExpressOn, evaluateOn, thrownOn } from '../held/evaluateOn.js';
import { loaderOptions, refuseLoaders } from '../loaderOptions.js';
import { moduleRef } from '../scripts/classInfo.js';
import { type OpenScripts, openScripts } from '../scripts/openScripts.js';
import { renderLimits, valueText } from '../values/index.js';

/** Fields shown of one pattern. */
const MOST_FIELDS = 100;

export const getstatic: Command = {
  name: 'getstatic',
  summary: 'Show variables of a module or static fields of a class, exported or not',
  description:
    'A class is a module (`cart.js`, the TypeScript file) or a class (`cart.js:Cart`, `Cart`); the field is a name or a pattern. Of a module these are the variables that its functions share (V8 tells the scopes of any function of it: nothing is run and nothing paused) and what it exports; a variable that no function uses is gone when the module has run. Of a class these are its static fields, private ones (`#total`) too; accessors are not run, so they are no fields. The expression is JavaScript over the value: `value` is the value itself, and other names are members of it. Where no function of the module is within reach, --heap searches the whole heap for one.',
  examples: [
    { line: 'getstatic pricing.ts taxRates', shows: 'a variable of a TypeScript module' },
    { line: 'getstatic catalogue.ts *', shows: 'all variables and exports of a module' },
    { line: "getstatic pricing.ts taxRates 'value.DE'", shows: 'an expression over the value' },
    { line: 'getstatic pricing.ts current -x 2', shows: 'the value opened two levels' },
    { line: 'getstatic server.ts *_MS', shows: 'variables by a pattern' },
  ],
  options: [
    {
      short: 'E',
      long: 'regex',
      kind: 'flag',
      summary: 'Patterns are regular expressions that fit the whole name',
    },
    {
      short: 'x',
      long: 'expand',
      kind: 'integer',
      default: 1,
      min: 0,
      max: 4,
      summary: 'How deep the value is opened',
    },
    {
      long: 'heap',
      kind: 'flag',
      summary: 'Search the heap for a function of the module; forces a collection',
    },
    { long: 'force', kind: 'flag', summary: 'Search a heap above the limit heap-search-bytes, too' },
    ...loaderOptions('classloader'),
  ],
  args: [
    { name: 'class-pattern', required: true, summary: 'A module or class', completes: 'module' },
    { name: 'field-pattern', required: true, summary: 'Variables or static fields' },
    { name: 'express', required: false, summary: 'JavaScript over `value`' },
  ],
  needs: 'target',
  risk: 'observe',
  results: [
    {
      type: 'getstatic',
      fields: [
        { name: 'fieldName', type: 'string', summary: 'The variable or field' },
        { name: 'field', type: 'string', summary: 'Its value as text' },
        { name: 'json', type: 'JSON', summary: 'The same as data' },
        { name: 'kind', type: 'string', summary: '`variable`, `export`, `static` or `private static`' },
        { name: 'className', type: 'string', summary: 'The module or class' },
        {
          name: 'matchedClasses',
          type: '{name,classloader}[]',
          summary: 'Instead of the others, when the pattern fits several modules or classes',
        },
      ],
    },
    { type: 'row_affect', fields: [{ name: 'rowCount', type: 'number', summary: 'Fields shown' }] },
  ],
  cost: "That of `sc` (V8's debugger domain, the sources); then some 20 to 100 requests of 0.2 ms each on the main thread. --heap forces a collection and walks the heap: 10 to 25 ms of the main thread a megabyte.",
  async *run(context) {
    const { args, signal } = context;
    refuseLoaders(args);
    const [classPattern = '', fieldPattern = '', express] = args.positional;
    checkExpressOn(express, 'value');
    const scripts = await openScripts(context);
    const objects = new RemoteObjects(scripts.target, signal);
    try {
      const holder = yield* chosen(scripts, classPattern);
      const search = new HeapSearch(objects);
      if (args.options.heap === true) {
        const price = await heapPrice(scripts.target, 'search', {
          force: args.options.force === true,
          signal,
        });
        yield { type: 'message', message: price.announcement };
      }
      const scope = new ModuleScope(
        objects,
        scripts.search,
        args.options.heap === true ? search.instances : undefined,
      );
      const fields = await fieldsOf(scope, holder);
      if (search.searches > 0) {
        yield { type: 'message', message: `the main thread stood still for ${Math.round(search.tookMs)} ms` };
      }
      const fits = matcher(fieldPattern, scripts.options.regex);
      const fit = fits(fields.map(({ name }) => [name]));
      const wanted = fields.filter((_, at) => fit[at]);
      if (wanted.length === 0) throw new CommandFailure(noField(holder, fieldPattern, fields));
      for (const each of wanted.slice(0, MOST_FIELDS)) {
        yield await shown(context, objects, holder, each, express);
      }
      if (wanted.length > MOST_FIELDS) {
        yield {
          type: 'message',
          message: `${wanted.length - MOST_FIELDS} more fields fit: make the pattern narrower`,
        };
      }
      yield { type: 'row_affect', rowCount: Math.min(wanted.length, MOST_FIELDS) };
    } finally {
      objects.release();
      scripts.release();
    }
  },
  render(result, style) {
    if (result.type === 'row_affect') return style.dim(`Affect(row-cnt:${String(result.rowCount)})`);
    if (result.matchedClasses) {
      return (result.matchedClasses as { name: string; classloader: string[] }[])
        .map(
          ({ name, classloader }) =>
            `${name}${classloader.length ? `  ${style.dim(classloader.join(', '))}` : ''}`,
        )
        .join('\n');
    }
    return `${style.dim(`${String(result.kind)}: `)}${style.bold(String(result.fieldName))}\n${String(result.field)}`;
  },
};

type Holder = { readonly script: Script } | { readonly found: FoundClass };

function nameOf(holder: Holder): string {
  return 'found' in holder ? `${holder.found.script.name}:${holder.found.name}` : holder.script.name;
}

/** The one module or class that the pattern means. */
async function* chosen(
  { search, options, target, notices, near }: OpenScripts,
  pattern: string,
): AsyncGenerator<Result, Holder> {
  const { className } = modulePattern(pattern, options.regex);
  const modules = className ? [] : await search.modules(pattern, options);
  const holders: Holder[] = modules.map((script) => ({ script }));
  if (holders.length === 0) {
    for (const found of await search.classes(pattern, options)) holders.push({ found });
  }
  yield* notices();
  const [first] = holders;
  if (!first) throw new CommandFailure(`No class found for: ${pattern}${near(pattern)}`);
  if (holders.length === 1) return first;
  yield { type: 'message', message: `Found more than one class for: ${pattern}, please name one of them` };
  const matchedClasses = await Promise.all(
    holders
      .slice(0, MOST_FIELDS)
      .map((holder) =>
        moduleRef(target, 'found' in holder ? holder.found.script : holder.script, nameOf(holder)),
      ),
  );
  yield { type: 'getstatic', matchedClasses };
  throw new CommandFailure(`${holders.length} modules or classes fit '${pattern}'`);
}

async function fieldsOf(scope: ModuleScope, holder: Holder): Promise<readonly ScopeValue[]> {
  if ('found' in holder) {
    const value = await scope.classOf(holder.found);
    if (value) return await scope.staticFields(value);
    throw new CommandFailure(
      `the class ${nameOf(holder)} cannot be reached from what its module exports: --heap searches the whole heap for it`,
    );
  }
  const variables = await scope.variables(holder.script);
  if (variables) return variables;
  throw new CommandFailure(
    `no function of ${nameOf(holder)} is within reach, by whose scopes its variables could be read: --heap searches the whole heap for one`,
  );
}

function noField(holder: Holder, pattern: string, fields: readonly ScopeValue[]): string {
  const names = fields.map(({ name }) => name).sort();
  const there =
    names.length === 0
      ? 'it has none'
      : `there are ${names.slice(0, 20).join(', ')}${names.length > 20 ? ', ...' : ''}`;
  return `No field of ${nameOf(holder)} fits '${pattern}': ${there}`;
}

async function shown(
  { args, signal }: CommandContext,
  objects: RemoteObjects,
  holder: Holder,
  { name, value, kind }: ScopeValue,
  express: string | undefined,
): Promise<Result> {
  try {
    const { threw, value: shownValue } = await evaluateOn(objects, {
      name: 'value',
      value,
      express,
      limits: renderLimits(Number(args.options.expand)),
      redactAs: name.replace(/^#/, ''),
      signal,
    });
    if (threw) throw thrownOn(shownValue);
    return {
      type: 'getstatic',
      className: nameOf(holder),
      fieldName: name,
      field: valueText(shownValue),
      json: new RawJson(JSON.stringify(shownValue)),
      kind,
    };
  } catch (error) {
    if (error instanceof RemoraError && !objects.target.closed.aborted)
      throw new CommandFailure(errorText(error));
    throw error;
  }
}
