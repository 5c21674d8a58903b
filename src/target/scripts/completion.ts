import type { Target } from '../types.js';
import { namePartsOf } from './functionName.js';
import { modulePattern } from './modulePattern.js';
import { isNative, natives } from './natives.js';
import { fits } from './pattern.js';
import { scriptsOf } from './scriptList.js';
import { nameOf } from './scriptName.js';
import { ScriptSearch } from './search.js';

const MOST = 200;
/** Somebody waits with a finger on the key. */
const SCRIPTS_READ = 20;

/**
 * Names of modules that begin with `prefix`, or have a part of their path that does. Cheap for the target: the list of
 * scripts where the debugger domain is on already, else the CommonJS loader's; turning the domain on is not a key's worth.
 */
export async function completeModules(target: Target, prefix: string): Promise<string[]> {
  const scripts = scriptsOf(target);
  const names = scripts.debugger.isOn
    ? scripts.all().map(({ name }) => name)
    : (await target.main<string[]>('loadedModules')).map(
        (file) => nameOf(file, file, target.process.cwd).name,
      );
  const found = new Set<string>();
  for (const name of names) {
    if (found.size >= MOST) break;
    if (name.startsWith(prefix)) found.add(name);
  }
  for (const name of names) {
    if (found.size >= MOST) break;
    const at = prefix === '' ? -1 : name.indexOf(`/${prefix}`);
    if (at >= 0) found.add(name.slice(at + 1));
  }
  return [...found];
}

/** Names of functions of matching modules; none while the debugger domain is off; of natives always. */
export async function completeFunctions(target: Target, pattern: string, prefix: string): Promise<string[]> {
  const named = isNative(pattern) ? await natives(target, pattern) : await ofScripts(target, pattern);
  const names = new Set(named.filter((name) => name.startsWith(prefix)));
  return [...names].slice(0, MOST);
}

async function ofScripts(target: Target, pattern: string): Promise<string[]> {
  const scripts = scriptsOf(target);
  if (!scripts.debugger.isOn) return [];
  const search = new ScriptSearch(scripts);
  const { module, className } = modulePattern(pattern, false);
  const modules = (await search.modules(module, { regex: false })).slice(0, SCRIPTS_READ);
  const functions = await search.functions(modules, undefined, { regex: false });
  if (className === '') return functions.map(({ name }) => name);
  // Where the class is named already, its members go by their own names.
  return functions.flatMap(({ name }) => {
    const { owner, member } = namePartsOf(name);
    return fits(className, owner) ? [member] : [];
  });
}
