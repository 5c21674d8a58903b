import { errorText } from '../../base/index.js';
import { fittingNames, literalOfName, namePartsOf } from './functionName.js';
import { modulePattern, namesOf, regexNamesOf } from './modulePattern.js';
import { literalOf, type Matcher, matcher } from './pattern.js';
import type { Script } from './script.js';
import type { FoundFunction, ScriptSearch, SearchOptions } from './search.js';

/** What an operator typed to name functions (issue 4, "Naming"). */
export interface FunctionQuery {
  /** `cart.js`, `src/cart.ts`, a package, `*`, `cart.js:Cart`, a class alone. */
  readonly module: string;
  /** All without it. */
  readonly name?: string;
  /** All three are regular expressions that fit the whole name. */
  readonly regex: boolean;
  /** Modules or classes left out. */
  readonly exclude?: string;
}

export interface FoundFunctions {
  readonly functions: readonly FoundFunction[];
  /** Scripts that the module pattern names, or (of a class alone) that hold such a class. */
  readonly scripts: readonly Script[];
  /** What else is there to be named: functions of those scripts and classes; for "did you mean". */
  readonly others: readonly string[];
}

type Options = Omit<SearchOptions, 'regex'> & {
  /** Modules that were named, before any of them is read; what it throws ends the search. */
  onScripts?(scripts: readonly Script[]): void;
};

const MOST_OTHERS = 2000;
/** Scripts that are parsed for a suggestion alone. */
const MOST_READ_FOR_OTHERS = 20;

/**
 * Finds functions by name, the one way that all commands do.
 * @throws RemoraError `bad-pattern`, `slow-pattern`, and those of the target
 */
export async function findFunctions(
  search: ScriptSearch,
  query: FunctionQuery,
  options: Options = {},
): Promise<FoundFunctions> {
  const { module, className } = modulePattern(query.module, query.regex);
  const named = await search.modules(module, { ...options, regex: query.regex });
  if (named.length > 0) return await collect(search, named, query, { module, className }, options);
  if (className !== '') return { functions: [], scripts: [], others: [] };
  // No module has that name: a class may.
  const owner = literalOf(query.module, query.regex);
  const scripts = await scriptsWith(search, search.list.all(), owner, options);
  const found = await collect(search, scripts, query, { module: '', className: query.module }, options);
  // Neither the function nor anything else of such a class: there is none.
  return found.functions.length + found.others.length > 0 ? found : { ...found, scripts: [] };
}

interface Named {
  readonly module: string;
  readonly className: string;
}

async function collect(
  search: ScriptSearch,
  named: readonly Script[],
  query: FunctionQuery,
  { module, className }: Named,
  options: Options,
): Promise<FoundFunctions> {
  const { regex, name = regex ? '.*' : '*' } = query;
  const isExcluded = excluded(query.exclude, regex);
  const kept = named.filter((script) => !isExcluded([names(script, regex)])[0]);
  if (className === '') options.onScripts?.(kept);
  const holding =
    className === '' ? kept : await scriptsWith(search, kept, literalOf(className, regex), options);
  const scripts = await scriptsWith(search, holding, literalOfName(name, regex), options);
  const candidates = await functionsIn(search, scripts, query, { module, className }, options);
  const all = candidates.map((each) => each.name);
  const fit = fittingNames(name, regex, all, className !== '');
  const functions = candidates.filter((_, index) => fit[index]);
  if (functions.length > 0) return { functions, scripts: kept, others: [] };
  const few = holding.slice(0, MOST_READ_FOR_OTHERS);
  const others = await functionsIn(search, few, query, { module, className }, options);
  return { functions, scripts: kept, others: otherNames(others) };
}

/** All functions of these scripts that are in what the module pattern, the class and `exclude` say. */
async function functionsIn(
  search: ScriptSearch,
  scripts: readonly Script[],
  { regex, exclude }: FunctionQuery,
  { module, className }: Named,
  options: Options,
): Promise<FoundFunction[]> {
  const ofModule = module === '' ? undefined : modulePattern(module, regex).fits;
  const ofClass = className === '' ? undefined : matcher(className, regex);
  const isExcluded = excluded(exclude, regex);
  const found: FoundFunction[] = [];
  for await (const script of search.readable(scripts, options)) {
    const all = await search.functionsOf(script, options);
    // Named by what it was made from, a bundle holds more than was asked for.
    const isBundle = ofModule !== undefined && !ofModule([names(script, regex)])[0];
    const ofOriginal = isBundle ? fittingOriginals(all, ofModule, regex) : undefined;
    const owners = all.map((each) => ownerNames(each));
    const inClass = ofClass?.(owners);
    const out = exclude === undefined ? undefined : isExcluded(owners);
    for (const [index, each] of all.entries()) {
      if ((ofOriginal?.has(each.original) ?? true) && (inClass?.[index] ?? true) && !out?.[index])
        found.push(each);
    }
  }
  return found;
}

/** Those of many scripts that hold a piece of text, or have a map that may have taken it out. */
async function scriptsWith(
  search: ScriptSearch,
  scripts: readonly Script[],
  literal: string,
  options: Options,
): Promise<readonly Script[]> {
  if (literal === '' || scripts.length < 2) return scripts;
  const found: Script[] = [];
  for await (const script of search.readable(scripts, options)) {
    try {
      if ((await search.list.source(script)).includes(literal) || (await search.map(script)))
        found.push(script);
    } catch (error) {
      if (search.list.target.closed.aborted) throw error;
      options.onLimit?.(errorText(error));
    }
  }
  return found;
}

function excluded(pattern: string | undefined, regex: boolean): Matcher {
  return pattern === undefined ? (all) => all.map(() => false) : matcher(pattern, regex);
}

function names(script: Script, regex: boolean): readonly string[] {
  return regex ? regexNamesOf(script) : namesOf(script);
}

/** Of many functions few files are the source. */
function fittingOriginals(
  functions: readonly FoundFunction[],
  fits: Matcher,
  regex: boolean,
): ReadonlySet<string> {
  const originals = [...new Set(functions.map(({ original }) => original))];
  const fit = fits(originals.map((original) => originalNames(original, regex)));
  return new Set(originals.filter((_, index) => fit[index]));
}

function originalNames(original: string, regex: boolean): readonly string[] {
  if (original === '') return [];
  return regex ? [original] : namesOf({ path: original, url: '', name: original, packageName: '' });
}

function ownerNames({ script, name }: FoundFunction): readonly string[] {
  const { owner } = namePartsOf(name);
  return owner === '' ? [] : [owner, `${script.name}:${owner}`];
}

function otherNames(candidates: readonly FoundFunction[]): string[] {
  return [...new Set(candidates.map(({ name }) => name))].slice(0, MOST_OTHERS);
}
