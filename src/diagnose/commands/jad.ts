import {
  didYouMean,
  findFunctions,
  fits,
  modulePattern,
  type Script,
  type ScriptList,
  type Target,
} from '../../target/index.js';
import { dataMap } from '../../wire/index.js';
import { type Command, type CommandContext, CommandFailure, type Result } from '../command.js';
import { loaderOptions, refuseLoaders } from '../loaderOptions.js';
import { moduleRef } from '../scripts/classInfo.js';
import { type OpenScripts, openScripts } from '../scripts/openScripts.js';
import { showSource } from '../scripts/shownSource.js';

/** What `jad` was pointed at: a script, and the part of it. */
interface Found {
  readonly script: Script;
  readonly name: string;
  readonly range?: readonly [start: number, end: number];
  /** The source of a bundle that is meant. */
  readonly original?: string;
}

const MOST_NAMED = 100;

export const jad: Command = {
  name: 'jad',
  summary: 'Show the source of a module, class or function as the process runs it',
  description:
    'The text comes from V8, not from the disk: what is shown is what runs. Where a source map tells, the original ' +
    '(TypeScript) is shown in its place: from the map itself, else from the file beside it, as the process sees it. ' +
    'A bundle is shown source by source (`jad cart.ts`).',
  examples: [
    { line: 'jad catalogue.ts', shows: 'a whole module, in TypeScript' },
    { line: 'jad *:Cart', shows: 'one class' },
    { line: 'jad pricing.ts Pricing.quote --source-only', shows: 'one function, its text alone' },
  ],
  options: [
    {
      short: 'E',
      long: 'regex',
      kind: 'flag',
      summary: 'Both patterns are regular expressions that fit the whole name',
    },
    { long: 'source-only', kind: 'flag', summary: 'The text alone: no location, no count' },
    { long: 'lineNumber', kind: 'boolean', default: true, summary: 'Show line numbers (text output)' },
    { long: 'hideUnicode', kind: 'flag', summary: 'Without effect: a source is shown as it is' },
    { short: 'd', long: 'directory', kind: 'string', summary: 'Refused: `dump` writes sources to files' },
    ...loaderOptions('code'),
  ],
  args: [
    {
      name: 'class-pattern',
      required: true,
      summary: 'A module, or a class by `Class` or `module:Class`',
      completes: 'module',
    },
    {
      name: 'method-name',
      required: false,
      summary: 'A function, named as `sm` does',
      completes: 'function',
    },
  ],
  needs: 'target',
  risk: 'observe',
  results: [
    {
      type: 'jad',
      fields: [
        { name: 'source', type: 'string', summary: 'The text' },
        {
          name: 'mappings',
          type: 'object',
          summary:
            'Line of the code that runs (`line:column` where it is all one line) → line of the file shown',
        },
        { name: 'classInfo', type: 'object', summary: 'name and classloader (package) of the module' },
        { name: 'location', type: 'string', summary: 'The file that runs' },
        { name: 'file', type: 'string', summary: 'The file that the text is from' },
        { name: 'firstLine', type: 'number', summary: 'Line of that file the text begins at' },
        { name: 'lineNumber', type: 'boolean', summary: 'As asked' },
        { name: 'matchedClasses', type: 'object[]', summary: 'When several match: what to choose from' },
      ],
    },
    { type: 'row_affect', fields: [{ name: 'rowCount', type: 'number', summary: 'Always 1' }] },
  ],
  cost: "That of `sc` for one script: the debugger domain of V8 while it is used, the script's source once.",
  async *run(context) {
    refuseLoaders(context.args);
    if (context.args.options.directory !== undefined) {
      throw new CommandFailure(
        "nothing is written to the host: 'dump' writes sources to the output folder of the agent",
      );
    }
    const scripts = await openScripts(context);
    try {
      const found = await find(context, scripts);
      yield* scripts.notices();
      const [only] = found;
      if (!only) throw new CommandFailure(await nothingFound(context, scripts));
      if (found.length > 1) {
        yield* several(scripts.target, found);
        return { statusCode: -1, message: 'Found more than one, please name one of them.' };
      }
      yield* one(context, scripts.target, scripts.list, only);
      return undefined;
    } finally {
      scripts.release();
    }
  },
  render(result, style) {
    if (result.type === 'row_affect') return style.dim(`Affect(row-cnt:${String(result.rowCount)})`);
    if (Array.isArray(result.matchedClasses)) {
      return (result.matchedClasses as { name: string; classloader: string[] }[])
        .map(({ name, classloader }) => `${name}  ${style.dim(classloader.join(', '))}`.trimEnd())
        .join('\n');
    }
    const text = String(result.source);
    const numbered =
      result.lineNumber === false ? text : withNumbers(text, Number(result.firstLine), style.dim);
    if (result.location === undefined) return numbered;
    const runs =
      result.location === result.file ? '' : `\n${style.cyan('runs as')}  ${String(result.location)}`;
    return `${style.cyan('file')}  ${String(result.file)}${runs}\n\n${numbered}`;
  },
};

async function nothingFound(
  { args }: CommandContext,
  { search, options, near }: OpenScripts,
): Promise<string> {
  const [pattern = '', functionPattern] = args.positional;
  const text = `No class found for: ${args.positional.slice(0, 2).filter(Boolean).join(' ')}`;
  if (options.regex || functionPattern === undefined) return `${text}${near(pattern)}`;
  const query = { module: pattern, name: functionPattern, regex: false };
  const { scripts, others } = await findFunctions(search, query, options);
  return `${text}${scripts.length === 0 ? near(pattern) : didYouMean(functionPattern, others)}`;
}

async function find({ args }: CommandContext, { search, options }: OpenScripts): Promise<Found[]> {
  const [pattern = '', functionPattern] = args.positional;
  if (functionPattern !== undefined) {
    const query = { module: pattern, name: functionPattern, regex: options.regex };
    const { functions } = await findFunctions(search, query, options);
    return functions.map(({ script, name, info, line }) => ({
      script,
      name: `${script.name} ${name} (line ${line})`,
      range: info.whole,
    }));
  }
  const { module, className } = modulePattern(pattern, options.regex);
  const modules = className === '' ? await search.modules(module, options) : [];
  if (modules.length > 0) {
    const found = await Promise.all(modules.map((script) => sourcesOf(search, script, pattern)));
    return found.flat();
  }
  const classes = await search.classes(pattern, options);
  return classes.map(({ script, name, info }) => ({
    script,
    name: `${script.name}:${name}`,
    range: info.range,
  }));
}

/** A module; or, of a bundle, the sources that the pattern means. */
async function sourcesOf(search: OpenScripts['search'], script: Script, pattern: string): Promise<Found[]> {
  const originals = await search.originals(script);
  if (originals.length < 2) return [{ script, name: script.name }];
  const meant = originals.filter((original) => fits(pattern, original) || fits(`*/${pattern}`, original));
  return (meant.length > 0 ? meant : originals).map((original) => ({ script, name: original, original }));
}

async function* several(target: Target, found: readonly Found[]): AsyncGenerator<Result> {
  yield { type: 'message', message: `Found ${found.length} that match, please name one of them.` };
  const shown = found.slice(0, MOST_NAMED);
  const matchedClasses = await Promise.all(shown.map(({ script, name }) => moduleRef(target, script, name)));
  yield { type: 'jad', matchedClasses };
}

async function* one(
  { args }: CommandContext,
  target: Target,
  list: ScriptList,
  { script, range, original }: Found,
): AsyncGenerator<Result> {
  const { note, ...shown } = await showSource(list, script, range, original);
  const mappings = dataMap(shown.mappings);
  if (note !== undefined) yield { type: 'message', message: note };
  const lineNumber = args.options.lineNumber !== false;
  if (args.options.sourceOnly === true) {
    const { source, firstLine } = shown;
    yield { type: 'jad', source, mappings, firstLine, lineNumber };
    return;
  }
  const classInfo = await moduleRef(target, script);
  yield { type: 'jad', ...shown, mappings, classInfo, location: script.path || script.url, lineNumber };
  yield { type: 'row_affect', rowCount: 1 };
}

function withNumbers(text: string, first: number, dim: (text: string) => string): string {
  const rows = text.split('\n');
  const width = String(first + rows.length - 1).length;
  return rows
    .map((row, index) => `${dim(String(first + index).padStart(width))}  ${row}`.trimEnd())
    .join('\n');
}
