import { matcher, readTargetFile, type Target } from '../../target/index.js';
import { dataMap } from '../../wire/index.js';
import { type Command, type CommandContext, CommandFailure, type Result } from '../command.js';
import { duplicatesOf, loaderList, loaderStats, loaderTree, packageRow } from '../modules/loaderRows.js';
import { type ModuleTable, moduleTable, type PackageLoader } from '../modules/moduleTable.js';
import { renderClassloader } from '../modules/renderClassloader.js';

interface Options {
  readonly tree?: boolean;
  readonly listClassloader?: boolean;
  readonly all?: boolean;
  readonly classloader?: string;
  readonly classLoaderClass?: string;
  readonly resource?: string;
  readonly load?: string;
  readonly urlStat?: boolean;
  readonly urlClasses?: boolean;
  readonly details?: boolean;
  readonly regex?: boolean;
  readonly limits: number;
  readonly jar?: string;
  readonly class?: string;
}

const PAGE = 256;
const MOST_JSON = 1024 * 1024;

export const classloader: Command = {
  name: 'classloader',
  summary: "Show the modules that Node's loaders have loaded, by package",
  description:
    'Loaders are those of Node: builtin, commonjs, esm (and json, addon: what CommonJS loads of those formats). A package stands in place of a class loader, one for each copy below node_modules, named `express@4.21.0` with a hash of its folder; the program itself is one too. Without options also the packages of which several copies are loaded. -r resolves a name as the CommonJS loader of the process would, from the package of -c or else from the program; files are looked at by the probe, nothing is loaded. Modules of worker threads are not seen.',
  examples: [
    { line: 'classloader', shows: 'modules by loader, and packages in several versions' },
    { line: 'classloader -l', shows: 'every loader and package with its hash' },
    { line: 'classloader -t', shows: 'the same as a tree' },
    { line: 'classloader -a', shows: 'all modules by package' },
    { line: 'classloader -c fastify', shows: 'the files loaded from one package, by its name or hash' },
    { line: 'classloader -r ./pricing.js', shows: 'what require would find' },
    { line: 'classloader -u', shows: 'declared dependencies that are loaded, and those that are not' },
  ],
  options: [
    { short: 't', long: 'tree', kind: 'flag', summary: 'Loaders and packages as a tree' },
    { short: 'l', long: 'list-classloader', kind: 'flag', summary: 'Loaders and packages as a list' },
    {
      short: 'a',
      long: 'all',
      kind: 'flag',
      summary: 'All modules, 256 a page; with -c those of one package',
    },
    {
      short: 'c',
      long: 'classloader',
      kind: 'string',
      summary: 'A package by hash or name (`express`, `express@4.21.0`)',
    },
    { long: 'classLoaderClass', kind: 'string', summary: 'The same' },
    {
      short: 'r',
      long: 'resource',
      kind: 'string',
      summary: 'A name as in require(): where it would be found',
    },
    { long: 'load', kind: 'string', summary: 'Refused: loading a module runs it' },
    {
      short: 'i',
      long: 'include-reflection-classloader',
      kind: 'flag',
      summary: 'Without effect: Node.js has none',
    },
    {
      short: 'u',
      long: 'url-stat',
      kind: 'flag',
      summary: 'Declared dependencies, loaded or not, by package',
    },
    { long: 'url-classes', kind: 'flag', summary: 'Modules by package folder; -d lists them' },
    { short: 'd', long: 'details', kind: 'flag', summary: 'With --url-classes: the modules' },
    { short: 'E', long: 'regex', kind: 'flag', summary: '--jar and --class are regular expressions' },
    {
      short: 'n',
      long: 'limits',
      kind: 'integer',
      default: 100,
      min: 1,
      summary: 'With --url-classes -d: most modules of a package',
    },
    { long: 'jar', kind: 'string', summary: 'With --url-classes: only these package folders' },
    { long: 'class', kind: 'string', summary: 'With --url-classes: only these modules' },
  ],
  args: [],
  needs: 'target',
  risk: 'observe',
  results: [
    {
      type: 'classloader',
      fields: [
        {
          name: 'classLoaderStats',
          type: '{LOADER: {loadedCount,numberOfInstance}}',
          summary: 'Modules, and packages they are from',
        },
        {
          name: 'duplicates',
          type: '{name,versions[],folders[]}[]',
          summary: 'Beside it: packages loaded in several copies',
        },
        {
          name: 'classLoaders, tree',
          type: '{name,hash,parent?,loadedCount,numberOfInstances,folder?,children?}[], boolean',
          summary: 'With -l, -t',
        },
        { name: 'classSet', type: '{classloader,classes[],segment}', summary: 'With -a: a page of modules' },
        { name: 'urls', type: 'string[]', summary: 'With -c: files of the package' },
        { name: 'resources', type: 'string[]', summary: 'With -r: the file, or `node:...`' },
        {
          name: 'urlStats',
          type: '{LOADER: {usedUrls,unUsedUrls}}',
          summary: 'With -u: declared dependencies; LOADER is {hash,name} as JSON',
        },
        {
          name: 'classLoader, urlClassStats, urlClassStatsDetail',
          type: 'object?, {url,loadedClassCount,matchedClassCount?,classes?,truncated}[], boolean',
          summary: 'With --url-classes',
        },
        { name: 'matchedClassLoaders', type: 'loader[]', summary: 'When -c fits several' },
      ],
    },
    { type: 'row_affect', fields: [{ name: 'rowCount', type: 'number', summary: 'Rows shown' }] },
  ],
  cost: 'One look at the module cache on the main thread, 1 ms for a thousand modules, and a package.json of each package, read by the probe in a thread of its own.',
  async *run(context) {
    const options = context.args.options as unknown as Options;
    if (options.load !== undefined) {
      throw new CommandFailure(
        `loading a module runs its code, which this command does not do. 'ognl --unsafe' can call a function that loads '${options.load}'`,
      );
    }
    const target = await context.target();
    const table = await moduleTable(target, context.signal);
    if (table.withoutEsm)
      yield {
        type: 'message',
        message: 'the loader of ES modules could not be read: its modules are missing',
      };
    const wanted = options.classloader ?? options.classLoaderClass;
    const chosen = wanted === undefined ? undefined : yield* choose(table, wanted);
    if (options.resource !== undefined)
      return yield* resources(context, target, table, chosen, options.resource);
    if (options.urlClasses) return yield* urlClasses(table, chosen, options);
    if (options.urlStat) return yield* urlStat(target, table, chosen);
    if (options.all) return yield* classes(table, chosen);
    if (chosen) {
      const urls = chosen.modules.map(({ path }) => path);
      yield { type: 'classloader', urls };
      yield affect(urls.length);
      return;
    }
    if (options.listClassloader || options.tree) {
      const rows = options.tree ? loaderTree(table) : loaderList(table);
      yield { type: 'classloader', classLoaders: rows, tree: options.tree === true };
      yield affect(loaderList(table).length);
      return;
    }
    const stats = loaderStats(table);
    const duplicates = duplicatesOf(table);
    yield { type: 'classloader', classLoaderStats: dataMap(Object.fromEntries(stats)), duplicates };
    yield affect(stats.length);
  },
  render: renderClassloader,
};

function affect(rowCount: number): Result {
  return { type: 'row_affect', rowCount };
}

/** The one package of that hash, name or `name@version`. */
function* choose({ packages }: ModuleTable, wanted: string): Generator<Result, PackageLoader> {
  const all = packages.filter((each) => [each.hash, each.name, each.packageName].includes(wanted));
  // Somebody may have read the package.json of another copy.
  const withCode = all.filter(({ modules }) => modules.some(({ kind }) => kind !== 'json'));
  const found = withCode.length > 0 ? withCode : all;
  const [first] = found;
  if (!first)
    throw new CommandFailure(
      `Can not find classloader with hashCode: ${wanted}. 'classloader -l' lists them`,
    );
  if (found.length === 1) return first;
  yield { type: 'classloader', classLoaderClass: wanted, matchedClassLoaders: found.map(packageRow) };
  throw new CommandFailure(
    "Found more than one classloader by class name, please specify classloader with '-c <classloader hash>'",
  );
}

async function* resources(
  { signal }: CommandContext,
  target: Target,
  { main }: ModuleTable,
  chosen: PackageLoader | undefined,
  resource: string,
): AsyncGenerator<Result> {
  const from = chosen ? `${chosen.folder}/` : main || `${target.process.cwd}/`;
  const [found = ''] = await target.worker<string[]>(
    'resolveModules',
    { from, specifiers: [resource] },
    { signal },
  );
  // Node's own modules resolve to themselves.
  const shown = found !== '' && !found.includes('/') && !found.startsWith('node:') ? `node:${found}` : found;
  yield { type: 'classloader', resources: shown === '' ? [] : [shown] };
  if (shown === '') throw new CommandFailure(`'${resource}' does not resolve from ${from}`);
  yield affect(1);
}

function* classes(table: ModuleTable, chosen: PackageLoader | undefined): Generator<Result> {
  let rows = 0;
  const builtin = { name: 'builtin', modules: table.modules.filter(({ kind }) => kind === 'builtin') };
  const isInside = ({ folder }: PackageLoader): boolean => folder.includes('/node_modules/');
  const own = table.packages.filter((each) => !isInside(each));
  const all = [...own, ...table.packages.filter(isInside), builtin];
  for (const { name, modules } of chosen ? [chosen] : all) {
    for (let at = 0; at < modules.length; at += PAGE) {
      const page = modules.slice(at, at + PAGE).map(({ path }) => path);
      yield { type: 'classloader', classSet: { classloader: name, classes: page, segment: at / PAGE } };
    }
    rows += modules.length;
  }
  yield affect(rows);
}

/** By package: which of the dependencies that it declares are loaded. */
async function* urlStat(
  target: Target,
  { packages }: ModuleTable,
  chosen: PackageLoader | undefined,
): AsyncGenerator<Result> {
  const loaded = new Set(packages.map(({ packageName }) => packageName));
  const stats = new Map<string, { usedUrls: string[]; unUsedUrls: string[] }>();
  for (const each of chosen
    ? [chosen]
    : packages.filter(({ folder }) => !folder.includes('/node_modules/'))) {
    const declared = await dependenciesOf(target, each);
    const { hash, name } = each;
    stats.set(JSON.stringify({ hash, name }), {
      usedUrls: declared.filter((dependency) => loaded.has(dependency)),
      unUsedUrls: declared.filter((dependency) => !loaded.has(dependency)),
    });
  }
  yield { type: 'classloader', urlStats: stats };
  yield affect(stats.size);
}

/** From the package.json of its folder, or of one above that has a name. */
async function dependenciesOf(target: Target, { folder, modules }: PackageLoader): Promise<string[]> {
  const first = modules[0]?.path ?? '';
  const folders = folder.includes('/node_modules/') ? [folder] : [folder, ...foldersAbove(first)];
  for (const each of folders) {
    try {
      const { dependencies } = JSON.parse(
        await readTargetFile(target, `${each}/package.json`, MOST_JSON),
      ) as { dependencies?: unknown };
      if (typeof dependencies === 'object' && dependencies !== null) return Object.keys(dependencies).sort();
    } catch {
      // None here, or no JSON.
    }
  }
  return [];
}

function foldersAbove(path: string): string[] {
  const folders: string[] = [];
  for (let at = path.lastIndexOf('/'); at > 0 && folders.length < 12; at = path.lastIndexOf('/', at - 1))
    folders.push(path.slice(0, at));
  return folders;
}

function* urlClasses(
  table: ModuleTable,
  chosen: PackageLoader | undefined,
  options: Options,
): Generator<Result> {
  const regex = options.regex === true;
  const jars = options.jar === undefined ? undefined : matcher(options.jar, regex);
  const names = options.class === undefined ? undefined : matcher(options.class, regex);
  const all = chosen ? [chosen] : table.packages;
  const fit = jars?.(all.map(({ folder, name, packageName }) => [folder, name, packageName]));
  const urlClassStats = all
    .filter((_, at) => fit?.[at] ?? true)
    .map(({ folder, modules }) => {
      const paths = modules.map(({ path }) => path);
      const fits = names?.(
        paths.map((path) => [path, path.slice(folder.length + 1), path.replace(/.*\//s, '')]),
      );
      const matched = paths.filter((_, at) => fits?.[at] ?? true);
      return {
        url: folder,
        loadedClassCount: modules.length,
        matchedClassCount: names ? matched.length : undefined,
        classes: options.details ? matched.slice(0, options.limits) : undefined,
        truncated: options.details === true && matched.length > options.limits,
      };
    });
  yield {
    type: 'classloader',
    classLoader: chosen && packageRow(chosen),
    urlClassStats,
    urlClassStatsDetail: options.details === true,
  };
  yield affect(urlClassStats.length);
}
