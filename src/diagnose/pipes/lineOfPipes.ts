import { parseLine } from '../commandLine/parseLine.js';
import { PLAIN_STYLE } from '../render/index.js';
import { renderResult } from '../renderResult.js';
import { buildPipeline } from './index.js';
import type { Pipeline } from './pipeline.js';

/** Columns of the text that goes into a pipe: wide, so that a table's row stays one line. */
export const PIPE_WIDTH = 160;

/** What a client that shows results has to know of the line that they answer. */
export interface LinePipes {
  /** Undefined without pipes, and where the line is wrong: the job says what is. */
  readonly pipeline: Pipeline | undefined;
  /** The text goes into a file: nothing of it is shown. */
  readonly toFile: boolean;
}

/**
 * The pipes of a command line, for a client that shows what passes as it comes and not only at the end, when the job's
 * `text` result does.
 */
export function pipesOf(line: string): LinePipes {
  const { pipes, redirect } = parseLine(line);
  try {
    const pipeline = buildPipeline({ pipes }, (result) => renderResult(result, PLAIN_STYLE, PIPE_WIDTH));
    return { pipeline, toFile: redirect !== undefined };
  } catch {
    return { pipeline: undefined, toFile: redirect !== undefined };
  }
}
