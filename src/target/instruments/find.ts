import { isBuiltin } from 'node:module';
import {
  didYouMean,
  type FoundFunction,
  findFunctions,
  fits,
  isNative,
  matcher,
  natives,
  ScriptSearch,
  scriptsOf,
} from '../scripts/index.js';
import type { Target } from '../types.js';
import { instrumentErrors } from './errors.js';
import { namesFor, planOf, planOfNative } from './plan.js';
import type { FindOptions, FunctionPattern, ObservableFunction } from './types.js';

const MOST_WHERE = 3;

/**
 * Functions by pattern, with what would reach each.
 * @throws RemoraError `bad-pattern`, `slow-pattern`, `too-many-functions`, and those of the target
 */
export async function findObservable(
  target: Target,
  pattern: FunctionPattern,
  options: FindOptions,
): Promise<readonly ObservableFunction[]> {
  const found = isNative(pattern.module)
    ? await ofNatives(target, pattern, options)
    : await ofScripts(target, pattern, options);
  if (found.length > options.most) {
    throw instrumentErrors.tooMany(found.length, options.most, mostly(found));
  }
  return found;
}

/** As an observable function; what `sm` and `find` say of it is the same. */
export function observable(found: FoundFunction): ObservableFunction {
  const { instrument, note } = planOf(found);
  return { found, ...namesFor(found), instrument: instrument || 'cannot', note };
}

async function ofScripts(
  target: Target,
  pattern: FunctionPattern,
  options: FindOptions,
): Promise<ObservableFunction[]> {
  const list = scriptsOf(target);
  const lease = await list.open();
  try {
    const search = new ScriptSearch(list);
    const { signal, onLimit } = options;
    const { functions, scripts, others } = await findFunctions(search, pattern, { signal, onLimit });
    if (functions.length === 0) {
      const modules = list.all().map(({ name }) => name);
      options.onNothing?.(nothing(pattern, scripts.length, others, modules));
    }
    return functions.map(observable);
  } finally {
    lease.release();
  }
}

async function ofNatives(
  target: Target,
  { module, name, regex }: FunctionPattern,
  { onNothing }: FindOptions,
): Promise<ObservableFunction[]> {
  const all = await natives(target, module);
  if (all.length === 0) {
    onNothing?.(`the program has not loaded ${module}`);
    return [];
  }
  const test = regex ? matcher(name, true)(all.map((path) => [path])) : all.map((path) => fits(name, path));
  const found = all.filter((_, index) => test[index]);
  if (found.length === 0) onNothing?.(`${module} has no function ${name}${didYouMean(name, all)}`);
  return found.map((methodName) => {
    const native = { module, path: methodName.split('.') };
    const { instrument } = planOfNative(native);
    return { className: module, methodName, native, instrument };
  });
}

function nothing(
  { module, name, regex, exclude }: FunctionPattern,
  scripts: number,
  others: readonly string[],
  modules: readonly string[],
): string {
  if (scripts === 0) {
    if (isBuiltin(module)) return `no module is named ${module}; Node.js's own is node:${module}`;
    if (exclude !== undefined && modules.includes(module))
      return `all that fits ${module} is left out by ${exclude}`;
    return `no loaded module or class is named ${module}${regex ? '' : didYouMean(module, modules)}`;
  }
  const where = scripts === 1 ? `${module} has` : `the ${scripts} modules that fit ${module} have`;
  return `${where} no function ${name}${regex ? '' : didYouMean(name, others)}`;
}

/** The modules that most of many functions are in. */
function mostly(found: readonly ObservableFunction[]): string[] {
  const counts = new Map<string, number>();
  for (const { found: of, className } of found) {
    const name = of?.script.packageName || of?.script.name || className;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, MOST_WHERE)
    .map(([name, count]) => `${name}: ${count}`);
}
