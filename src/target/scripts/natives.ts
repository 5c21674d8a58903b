import { isBuiltin } from 'node:module';
import type { Target } from '../types.js';

/** Paths listed of one module. */
const MOST = 5000;

/** `globalThis` or a module of Node.js by its whole name; `fs` alone may be a file or a package. */
export function isNative(module: string): boolean {
  return module === 'globalThis' || (module.startsWith('node:') && isBuiltin(module));
}

/**
 * Functions of the language or of Node.js by their paths: `JSON.stringify`, `readFile`. None when the program has not
 * loaded that module.
 */
export async function natives(target: Target, module: string): Promise<string[]> {
  return (await target.main<string[] | null>('natives', { module, most: MOST })) ?? [];
}
