import { matcher, namesOf } from '../scripts/index.js';
import type { ObservableFunction } from './types.js';

/**
 * Which functions `reset PATTERN` means: modules and classes as elsewhere (`cart.js`, `Cart`, `*Cart`, `cart.js:Cart`).
 * @throws RemoraError `bad-pattern`; what is returned throws `slow-pattern`
 */
export function resetMatcher(
  pattern: { readonly text: string; readonly regex: boolean } | undefined,
): (functions: readonly ObservableFunction[]) => boolean[] {
  if (pattern === undefined) return (functions) => functions.map(() => true);
  const fits = matcher(pattern.text, pattern.regex);
  return (functions) => fits(functions.map(namesToReset));
}

function namesToReset({ found, className }: ObservableFunction): string[] {
  const [, owner = ''] = /:([^:/]*)$/.exec(className) ?? [];
  if (!found) return [className];
  const modules = namesOf(found.script, found.original ? [found.original] : []);
  const classes = owner === '' ? [] : [owner, className, ...modules.map((name) => `${name}:${owner}`)];
  return [...modules, ...classes];
}
