import { createRequire } from 'node:module';
import type { WorkerFunction } from './functions.js';

interface Resolve {
  /** A file or folder (with a slash at its end) of the target: where the question is asked from. */
  readonly from: string;
  readonly specifiers: readonly string[];
}

const MOST = 1000;

/** Resolves modules as the target's CommonJS loader would, in this thread: its files are looked at, nothing is loaded. */
export function resolveFunctions(): Record<string, WorkerFunction> {
  return {
    /** Resolve → for each the file, or '' */
    resolveModules(params) {
      const { from, specifiers } = params as Resolve;
      const { resolve } = createRequire(from);
      return specifiers.slice(0, MOST).map((specifier) => {
        try {
          return resolve(specifier);
        } catch {
          return '';
        }
      });
    },
  };
}
