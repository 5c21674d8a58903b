import { type Matcher, matcher } from './pattern.js';
import type { Script } from './script.js';
import { withoutExtension } from './scriptName.js';

/** What an operator names a module by: `cart.js`, `dist/*`, `express`, `src/cart.ts`, `cart.js:Cart`. */
export interface ModulePattern {
  readonly text: string;
  /** The part before `:Class`. */
  readonly module: string;
  /** '' when no class is named. */
  readonly className: string;
  readonly regex: boolean;
  readonly fits: Matcher;
}

/**
 * @throws RemoraError `bad-pattern`
 */
export function modulePattern(text: string, regex: boolean): ModulePattern {
  // `node:fs`, `file:///x.js` and `C:x` are no classes; with -E a colon is the expression's own.
  const [, before, after] = (!regex && /^(.+):([\p{ID_Start}$_*][\p{ID_Continue}$*]*)$/u.exec(text)) || [];
  const scheme = before === 'node' || before === 'file';
  const module = before !== undefined && !scheme ? before : text;
  const className = after !== undefined && !scheme ? after : '';
  return { text, module, className, regex, fits: matcher(module, regex) };
}

type Named = Pick<Script, 'path' | 'url' | 'name' | 'packageName'>;

/**
 * The names a script answers to: its own, its path and each end of it (`lib/cart.js`, `cart.js`), the same without the
 * extension, its package, and what its source map says it was made from.
 */
export function namesOf(script: Named, originals: readonly string[] = []): string[] {
  const paths = [script.path || script.url, script.name, ...originals];
  const names = new Set<string>();
  for (const path of paths) {
    for (const end of ends(path)) {
      names.add(end);
      names.add(withoutExtension(end));
    }
  }
  if (script.packageName) names.add(script.packageName);
  return [...names];
}

/** With -E only whole names: an end of a path fits by accident. */
export function regexNamesOf(script: Named, originals: readonly string[] = []): string[] {
  return [script.name, script.path || script.url, ...originals];
}

function ends(path: string): string[] {
  const found = [path];
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) found.push(path.slice(at + 1));
  return found.filter(Boolean);
}
