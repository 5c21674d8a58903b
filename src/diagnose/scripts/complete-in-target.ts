import { completeFunctions, completeModules, type Target } from '../../target/index.js';

/** The `completeModule` of a session store: modules, and functions of the module typed before. */
export async function completeInTarget(
  target: Target,
  prefix: string,
  kind: 'module' | 'function',
  words: readonly string[],
): Promise<string[]> {
  if (kind === 'module') return completeModules(target, prefix);
  const module = words.find((word) => !word.startsWith('-'));
  return module === undefined ? [] : completeFunctions(target, module, prefix);
}
