import { parseLine } from '../commandLine/parseLine.js';
import { PLAIN_STYLE } from '../render/index.js';
import { renderResult } from '../renderResult.js';
import { buildPipeline } from './index.js';
import type { Pipeline } from './pipeline.js';

/** Columns of the text that goes into a pipe: wide, so that a table's row stays one line. */
export const PIPE_WIDTH = 160;

/**
 * The pipes of a command line, for a client that shows what passes as it comes and not only at the end, when the job's
 * `text` result does. Undefined without pipes, and where the line is wrong: the job says what is.
 */
export function pipesOf(line: string): Pipeline | undefined {
  try {
    return buildPipeline(parseLine(line).pipes, (result) => renderResult(result, PLAIN_STYLE, PIPE_WIDTH));
  } catch {
    return undefined;
  }
}
