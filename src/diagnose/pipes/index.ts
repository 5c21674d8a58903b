import type { CommandArguments, Result } from '../command.js';
import { type Grammar, parseArguments } from '../commandLine/parseArguments.js';
import type { ParsedLine } from '../commandLine/parseLine.js';
import { pipeHelp, pipeUnknown } from '../errors.js';
import { GREP_ARGS, GREP_OPTIONS, Grep } from './grep.js';
import { LineCount, WC_OPTIONS } from './lineCount.js';
import { type LineFilter, Pipeline } from './pipeline.js';

export { GREP_ARGS, GREP_OPTIONS } from './grep.js';
export { Pipeline } from './pipeline.js';

interface Pipe extends Grammar {
  make(args: CommandArguments): LineFilter;
}

const PIPES: ReadonlyMap<string, Pipe> = new Map<string, Pipe>([
  ['grep', { options: GREP_OPTIONS, args: GREP_ARGS, make: (args) => new Grep(args) }],
  ['wc', { options: WC_OPTIONS, args: [], make: () => new LineCount() }],
  // Rendered text has no colours here, so there is nothing left to strip.
  ['plaintext', { options: [], args: [], make: () => ({ lines: (lines) => [...lines], end: () => [] }) }],
]);

export const PIPE_NAMES: readonly string[] = [...PIPES.keys()];

/**
 * The pipeline behind a command line; undefined without a pipe.
 * @throws RemoraError `no-pipe` for a word that is no pipe; CommandFailure for its arguments.
 */
export function buildPipeline(
  pipes: ParsedLine['pipes'],
  render: (result: Result) => string | undefined,
): Pipeline | undefined {
  if (pipes.length === 0) return undefined;
  const filters = pipes.map(({ name, words }) => {
    const pipe = PIPES.get(name ?? '');
    if (!pipe) throw pipeUnknown(name);
    const args = parseArguments(pipe, words, '');
    if (args === 'help') throw pipeHelp(name ?? '');
    return pipe.make(args);
  });
  return new Pipeline(render, filters);
}
