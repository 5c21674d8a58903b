import { type Expression as Node, parseExpressionAt, tokenizer, tokTypes } from 'acorn';
import { badExpression, expressionErrors } from './errors.js';
import { expressionLength } from './limits.js';

const OPTIONS = { ecmaVersion: 'latest', sourceType: 'module' } as const;

/**
 * Parses text that must be one JavaScript expression, and nothing after it.
 * @throws RemoraError `bad-expression`, `expression-too-long`
 */
export function parseExpression(text: string): Node {
  if (text.length > expressionLength.value) {
    throw expressionErrors.tooLong(text.length, expressionLength.value);
  }
  if (text.trim() === '') throw badExpression(text, 'the expression is empty', 0);
  const node = attempt(text, () => parseExpressionAt(text, 0, OPTIONS));
  const rest = attempt(text, () => tokenizer(text.slice(node.end), OPTIONS).getToken());
  if (rest.type !== tokTypes.eof) {
    throw badExpression(text, 'only one expression is taken', node.end + rest.start);
  }
  return node;
}

function attempt<T>(text: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof RangeError) throw badExpression(text, 'the expression nests too deep', 0);
    const { pos = 0, message } = error as { pos?: number; message: string };
    throw badExpression(text, message.replace(/ \(\d+:\d+\)$/, ''), pos);
  }
}
