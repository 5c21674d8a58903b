import { RemoraError } from '../../base/index.js';
import type { CallOptions, Target } from '../types.js';
import { modulePattern, namesOf } from './modulePattern.js';
import { scriptsOf } from './scriptList.js';
import { nameOf } from './scriptName.js';
import { ScriptSearch } from './search.js';

const NAMED = 10;

/**
 * The file of the one loaded CommonJS module that a pattern means. Asks the CommonJS loader first; V8's debugger domain
 * only when nothing there has that name, since it knows what a module was compiled from.
 * @throws RemoraError `no-module`, `module-ambiguous`, `module-unreachable`, and those of the target
 */
export async function loadedModuleFile(
  target: Target,
  text: string,
  options: CallOptions = {},
): Promise<string> {
  const files = await target.main<string[]>('loadedModules', null, options);
  const { fits } = modulePattern(text, false);
  const fit = fits(
    files.map((path) => namesOf({ path, url: path, ...nameOf(path, path, target.process.cwd) })),
  );
  const found = files.filter((_, index) => fit[index]);
  if (found.length > 0) return only(text, found);
  const list = scriptsOf(target);
  const lease = await list.open();
  try {
    const scripts = await new ScriptSearch(list).modules(text, { regex: false, signal: options.signal });
    const [first] = scripts;
    if (scripts.length === 1 && first?.isModule) {
      throw new RemoraError(
        'module-unreachable',
        `${first.name} is an ES module, whose exports cannot be had from outside`,
      );
    }
    return only(
      text,
      scripts.filter((script) => !script.isModule && script.path !== '').map(({ path }) => path),
    );
  } finally {
    lease.release();
  }
}

function only(text: string, files: readonly string[]): string {
  const [file] = files;
  if (file === undefined) throw new RemoraError('no-module', `no loaded CommonJS module fits '${text}'`);
  if (files.length > 1) {
    const names = files.slice(0, NAMED).join(', ');
    throw new RemoraError('module-ambiguous', `'${text}' fits ${files.length} modules: ${names}`);
  }
  return file;
}
