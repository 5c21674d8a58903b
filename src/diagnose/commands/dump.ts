import { errorText, RemoraError } from '../../base/index.js';
import { modulePattern, type Script, sourceMapsOf } from '../../target/index.js';
import { type Command, type CommandContext, CommandFailure } from '../command.js';
import { loaderOptions, refuseLoaders } from '../loaderOptions.js';
import { type OutputService, outputNameOf, outputOf, outputStamp } from '../output/index.js';
import { renderTable } from '../render/index.js';
import { type ModuleRef, moduleRef } from '../scripts/classInfo.js';
import { type OpenScripts, openScripts } from '../scripts/openScripts.js';

interface Dumped extends ModuleRef {
  readonly classLoaderHash: string;
  /** Absolute, on the agent's host. */
  readonly location: string;
  readonly url: string;
  /** `runs` = what V8 runs, else the source that it was made from. */
  readonly of: string;
}

/** One text to write. */
interface Text {
  readonly of: string;
  readonly name: string;
  readonly text: string;
}

const MOST_NAMED = 100;

export const dump: Command = {
  name: 'dump',
  summary: 'Write the sources of loaded modules to files on the side of the agent',
  description:
    "Of each module that fits: the text that V8 runs, which is what was loaded even where the file has changed since, and, where a source map tells, the sources that it was made from. Files go to the agent's own output folder, below a name with the process and the time; each has an address at which who may run this command can fetch it.",
  examples: [
    { line: 'dump pricing.ts', shows: 'one module, and the TypeScript that it was made from' },
    { line: 'dump semver', shows: 'the modules of a package that are loaded' },
    { line: 'dump -l 200 ajv', shows: 'one with more than 50' },
  ],
  options: [
    {
      short: 'E',
      long: 'regex',
      kind: 'flag',
      summary: 'The pattern is a regular expression that fits the whole name',
    },
    {
      short: 'l',
      long: 'limit',
      kind: 'integer',
      default: 50,
      min: 1,
      max: 1000,
      summary: 'Most modules written',
    },
    ...loaderOptions('code'),
    {
      short: 'd',
      long: 'directory',
      kind: 'string',
      summary: "Refused: files go to the agent's own output folder",
    },
  ],
  args: [
    {
      name: 'class-pattern',
      required: true,
      summary: 'Modules, or classes of which the modules are meant',
      completes: 'module',
    },
  ],
  needs: 'target',
  risk: 'change',
  results: [
    {
      type: 'dump',
      fields: [
        {
          name: 'dumpedClasses',
          type: '{name,classloader,classLoaderHash,location,url,of}[]',
          summary: 'Files: where, and their address below that of the agent',
        },
        {
          name: 'matchedClasses',
          type: '{name,classloader}[]',
          summary: 'Instead, when more fit than the limit',
        },
      ],
    },
    { type: 'row_affect', fields: [{ name: 'rowCount', type: 'number', summary: 'Modules written' }] },
  ],
  cost: "That of `sc`, and each script's source once: 9 MB take 80 to 120 ms of the main thread. Sources and maps are read by the probe in a thread of its own.",
  async *run(context) {
    const { options, positional } = context.args;
    if (options.directory !== undefined) {
      throw new CommandFailure("a file is written to the agent's own output folder only: leave -d out");
    }
    refuseLoaders(context.args);
    const [pattern = ''] = positional;
    const output = outputFor(context);
    const scripts = await openScripts(context);
    try {
      const found = await modulesOf(scripts, pattern);
      yield* scripts.notices();
      if (found.length === 0)
        throw new CommandFailure(`No class found for: ${pattern}${scripts.near(pattern)}`);
      const limit = Number(options.limit);
      if (found.length > limit) {
        const matchedClasses = await Promise.all(
          found.slice(0, MOST_NAMED).map((script) => moduleRef(scripts.target, script)),
        );
        yield { type: 'dump', matchedClasses };
        throw new CommandFailure(
          `The number of matched classes is ${found.length}, greater than the limit value ${limit}. Try to change the limit with option '-l <arg>'.`,
        );
      }
      const prefix = `dump-${outputNameOf(scripts.target.process.name)}-${outputStamp(new Date())}`;
      const dumpedClasses: Dumped[] = [];
      let count = 0;
      for (const script of found) {
        context.signal.throwIfAborted();
        const files = await written(scripts, output, script, prefix);
        if (typeof files === 'string') yield { type: 'message', message: files };
        else {
          dumpedClasses.push(...files);
          count += 1;
        }
      }
      yield { type: 'dump', dumpedClasses };
      yield { type: 'row_affect', rowCount: count };
    } finally {
      scripts.release();
    }
  },
  render(result, style, width) {
    if (result.type === 'row_affect') return style.dim(`Affect(row-cnt:${String(result.rowCount)})`);
    if (result.matchedClasses)
      return (result.matchedClasses as ModuleRef[]).map(({ name }) => name).join('\n');
    const rows = result.dumpedClasses as readonly Dumped[];
    return renderTable(
      [
        { title: 'MODULE', min: 12, paint: style.cyan },
        { title: 'OF', min: 6 },
        { title: 'LOCATION', min: 24 },
      ],
      rows.map(({ name, of, location }) => [name, of, location]),
      style,
      width,
    );
  },
};

function outputFor({ services }: CommandContext): OutputService {
  try {
    return outputOf(services);
  } catch (error) {
    if (error instanceof RemoraError) throw new CommandFailure(errorText(error));
    throw error;
  }
}

async function modulesOf({ search, options }: OpenScripts, pattern: string): Promise<readonly Script[]> {
  const { className } = modulePattern(pattern, options.regex);
  const modules = className ? [] : await search.modules(pattern, options);
  if (modules.length > 0) return modules;
  return [...new Set((await search.classes(pattern, options)).map(({ script }) => script))];
}

/** The files of a module, or why it could not be written: the others are all the same. */
async function written(
  scripts: OpenScripts,
  output: OutputService,
  script: Script,
  prefix: string,
): Promise<Dumped[] | string> {
  const ref = await moduleRef(scripts.target, script);
  const dumpedClasses: Dumped[] = [];
  try {
    for await (const { of, name, text } of textsOf(scripts, script)) {
      const file = await output.create(fileName(prefix, name), { risk: 'change', whenTaken: 'number' });
      try {
        await file.write(text);
        await file.close();
      } catch (error) {
        await file.abort();
        throw error;
      }
      dumpedClasses.push({
        ...ref,
        classLoaderHash: script.hash.slice(0, 8),
        location: file.path,
        url: file.url,
        of,
      });
    }
  } catch (error) {
    if (scripts.target.closed.aborted || !(error instanceof RemoraError)) throw error;
    if (/^output-(full|failed|too-large)$/.test(error.code)) throw new CommandFailure(errorText(error));
    return `${script.name}: ${errorText(error)}`;
  }
  return dumpedClasses;
}

async function* textsOf({ list, search, target }: OpenScripts, script: Script): AsyncGenerator<Text> {
  yield { of: 'runs', name: script.name, text: await list.source(script) };
  const map = await search.map(script);
  if (!map) return;
  for (const [index, source] of map.sources.entries()) {
    const text = await sourceMapsOf(target).content(map, index);
    const name = source.startsWith(`${target.process.cwd}/`)
      ? source.slice(target.process.cwd.length + 1)
      : source;
    if (text !== undefined) yield { of: source, name, text };
  }
}

/** Of a long path its end tells more. */
function fileName(prefix: string, name: string): string {
  const [, base = name, extension = '.js'] = /^(.*?)(\.\w{1,5})?$/s.exec(name) ?? [];
  return `${prefix}-${outputNameOf(base.replaceAll('/', '_').slice(-60))}${extension}`;
}
