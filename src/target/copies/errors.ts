import { RemoraError } from '../../base/index.js';

export const copyErrors = {
  cannotReplace: (name: string, why: string, hint?: string) =>
    new RemoraError('cannot-replace', `${name} cannot be replaced: ${why}`, { hint, details: { why } }),
  badSource: (why: string) => new RemoraError('bad-source', `the new source cannot be used: ${why}`, {}),
  tooLong: (length: number, most: number) =>
    new RemoraError('source-too-long', `the new source has ${length} characters, ${most} are the most`, {
      hint: 'Name the function, and give its source alone',
    }),
  unknownNames: (name: string, names: readonly string[]) =>
    new RemoraError(
      'unknown-names',
      `${name}: the new source uses ${names.join(', ')}, which neither the module nor globalThis has: its calls would throw a ReferenceError`,
      { hint: 'Only functions that are there can be replaced: put what is new inside them, or say --force' },
    ),
  severalModules: (pattern: string, all: readonly string[]) =>
    new RemoraError('several-modules', `${pattern} fits several modules: ${all.join(', ')}`, {
      hint: 'Name one of them by its path',
    }),
  noOriginal: (path: string) =>
    new RemoraError('no-original', `what ${path} was when it was compiled is not in its source map`, {
      hint: 'Name the function that is to be replaced, and give its source alone',
    }),
  noModule: (path: string) =>
    new RemoraError('no-module', `no module that runs was made of ${path}`, {
      hint: '`sc` lists the modules; a function is named by its module and its own name',
    }),
};
