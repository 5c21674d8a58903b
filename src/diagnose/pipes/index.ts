import type { CommandArguments, Result } from '../command.js';
import { type Grammar, parseArguments } from '../commandLine/parseArguments.js';
import type { ParsedLine } from '../commandLine/parseLine.js';
import { noFileAfterRedirect, pipeHelp, pipeUnknown } from '../errors.js';
import { GREP_ARGS, GREP_OPTIONS, Grep } from './grep.js';
import { LineCount, WC_OPTIONS } from './lineCount.js';
import type { FileWish, LineFile } from './lineFile.js';
import { type LineFilter, Pipeline } from './pipeline.js';
import { TEE_ARGS, TEE_OPTIONS, Tee } from './tee.js';

export { GREP_ARGS, GREP_OPTIONS } from './grep.js';
export { WC_OPTIONS } from './lineCount.js';
export { LineFile } from './lineFile.js';
export { Pipeline } from './pipeline.js';
export { TEE_ARGS, TEE_OPTIONS } from './tee.js';

/** Makes the files of a line; undefined for a client that only wants to show what passes. */
export type FileMaker = ((wish: Omit<FileWish, 'risk'>) => LineFile) | undefined;

interface Pipe extends Grammar {
  make(args: CommandArguments, file: FileMaker): LineFilter;
}

const PIPES: ReadonlyMap<string, Pipe> = new Map<string, Pipe>([
  ['grep', { options: GREP_OPTIONS, args: GREP_ARGS, make: (args) => new Grep(args) }],
  ['wc', { options: WC_OPTIONS, args: [], make: () => new LineCount() }],
  ['tee', { options: TEE_OPTIONS, args: TEE_ARGS, make: makeTee }],
  // Rendered text has no colours here, so there is nothing left to strip.
  ['plaintext', { options: [], args: [], make: () => ({ lines: (lines) => [...lines], end: () => [] }) }],
]);

export const PIPE_NAMES: readonly string[] = [...PIPES.keys()];

function makeTee({ options, positional: [name] }: CommandArguments, file: FileMaker): LineFilter {
  return new Tee(name === undefined ? undefined : file?.({ name, append: options.append === true }));
}

/**
 * The pipeline behind a command line; undefined without a pipe or a redirect.
 * @throws RemoraError `no-pipe` for a word that is no pipe; CommandFailure for its arguments.
 */
export function buildPipeline(
  { pipes, redirect }: Pick<ParsedLine, 'pipes' | 'redirect'>,
  render: (result: Result) => string | undefined,
  file?: FileMaker,
): Pipeline | undefined {
  if (pipes.length === 0 && !redirect) return undefined;
  const filters = pipes.map(({ name, words }) => {
    const pipe = PIPES.get(name ?? '');
    if (!pipe) throw pipeUnknown(name);
    const args = parseArguments(pipe, words, '');
    if (args === 'help') throw pipeHelp(name ?? '');
    return pipe.make(args, file);
  });
  return new Pipeline(render, filters, redirect && goalOf(redirect, file));
}

function goalOf(redirect: NonNullable<ParsedLine['redirect']>, file: FileMaker): LineFile | undefined {
  if (redirect.file === '') throw noFileAfterRedirect();
  const { append } = redirect;
  return file?.(
    redirect.file === undefined ? { name: '', append, anyName: true } : { name: redirect.file, append },
  );
}
