/** Places in a script's text where V8 counts other than a parser does. Measured: test/target/scripts/v8Places.test.ts. */
import type { AnyNode, Node } from 'acorn';

const SPACE = /(?:\s|\/\*[\s\S]*?\*\/|\/\/[^\n\r\u2028\u2029]*)*/y;

/** Where the parameters of a function begin, an arrow itself: V8's [[FunctionLocation]]. */
export function parametersAt(source: string, node: Node): number {
  const { type, id } = node as AnyNode as { type: string; id?: Node | null };
  // A method's node begins with its parameters.
  if (type === 'ArrowFunctionExpression' || source[node.start] === '(') return node.start;
  if (id) return skipSpace(source, id.end);
  let at = node.start;
  if (source.startsWith('async', at)) at = skipSpace(source, at + 'async'.length);
  at = skipSpace(source, at + 'function'.length);
  return source[at] === '*' ? skipSpace(source, at + 1) : at;
}

/** Where a member's own text begins, as `Function.prototype.toString` gives it: after `static`. */
export function textStart(source: string, member: AnyNode): number {
  if (member.type !== 'MethodDefinition' || !member.static) return member.start;
  return skipSpace(source, member.start + 'static'.length);
}

function skipSpace(source: string, at: number): number {
  SPACE.lastIndex = at;
  return SPACE.test(source) ? SPACE.lastIndex : at;
}

/** Offsets as V8 counts: lines and columns from 0, and every line terminator of the language ends a line. */
export class V8Lines {
  readonly #starts: number[] = [0];
  readonly #startLine: number;
  readonly #startColumn: number;

  constructor(text: string, { startLine = 0, startColumn = 0 } = {}) {
    this.#startLine = startLine;
    this.#startColumn = startColumn;
    for (const { index, 0: end } of text.matchAll(/\r\n|[\n\r\u2028\u2029]/g)) {
      this.#starts.push(index + end.length);
    }
  }

  /** Undefined for a place that is not in the text. */
  offset({ line, column }: { readonly line: number; readonly column: number }): number | undefined {
    const at = line - this.#startLine;
    const start = this.#starts[at];
    return start === undefined ? undefined : start + column - (at === 0 ? this.#startColumn : 0);
  }

  place(offset: number): { readonly line: number; readonly column: number } {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    const column = offset - (this.#starts[low] as number) + (low === 0 ? this.#startColumn : 0);
    return { line: low + this.#startLine, column };
  }
}
