import { badExpression } from './errors.js';
import { parseExpression } from './parse.js';
import { nameOf, type RewriteOptions, Rewriter } from './rewrite.js';

/** An expression that was checked and rewritten. */
export interface CompiledExpression {
  readonly text: string;
  /**
   * JavaScript of one expression. Free names: `_$r` (a Runtime of src/probe/main/evaluate.ts), `_$m` (the files of
   * `modules`, in their order) and `roots`.
   */
  readonly source: string;
  /** The patterns of `module('...')`, which the caller finds files for. */
  readonly modules: readonly string[];
  /** Names that nothing in the expression binds (globals, and whatever the caller puts in scope), and where they stand. */
  readonly roots: ReadonlyMap<string, number>;
  /** The name the result is read from, for redaction; '' when it is computed. */
  readonly name: string;
  readonly unsafe: boolean;
}

export interface Spelling {
  /** Turns another spelling into JavaScript, each place of which is the same place of the text. */
  readonly spelled?: (text: string) => string;
}

/**
 * Checks and rewrites one JavaScript expression (DESIGN 3.7).
 * @throws RemoraError `bad-expression` (details.at = offset), `expression-too-long`
 */
export function compileExpression(
  text: string,
  { unsafe = false, redact = true, spelled }: Partial<RewriteOptions> & Spelling = {},
): CompiledExpression {
  const node = parseExpression(text, spelled);
  const rewriter = new Rewriter(text, { unsafe, redact });
  const source = written(text, () => rewriter.value(node));
  return {
    text,
    source,
    modules: rewriter.modules,
    roots: rewriter.roots,
    name: redact ? nameOf(node) : '',
    unsafe,
  };
}

function written(text: string, write: () => string): string {
  try {
    return write();
  } catch (error) {
    // A chain of thousands of members nests as deep as parentheses do.
    if (error instanceof RangeError) throw badExpression(text, 'the expression nests too deep', 0);
    throw error;
  }
}
