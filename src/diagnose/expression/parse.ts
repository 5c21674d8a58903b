import { type Expression as Node, parseExpressionAt, type Token, tokenizer, tokTypes } from 'acorn';
import { badExpression, expressionErrors } from './errors.js';
import { expressionLength } from './limits.js';

const OPTIONS = { ecmaVersion: 'latest', sourceType: 'module' } as const;

/**
 * Parses text that must be one JavaScript expression, and nothing after it.
 * @throws RemoraError `bad-expression`, `expression-too-long`
 */
export function parseExpression(text: string, spelled: (text: string) => string = (same) => same): Node {
  if (text.length > expressionLength.value) {
    throw expressionErrors.tooLong(text.length, expressionLength.value);
  }
  if (text.trim() === '') throw badExpression(text, 'the expression is empty', 0);
  // The node's own end leaves out closing parentheses around it; the last token does not.
  const script = spelled(text);
  let end = 0;
  const onToken = (token: Token): void => {
    end = token.end;
  };
  const node = attempt(text, () => parseExpressionAt(script, 0, { ...OPTIONS, onToken }));
  const rest = attempt(text, () => tokenizer(script.slice(end), OPTIONS).getToken());
  if (rest.type !== tokTypes.eof) throw badExpression(text, 'only one expression is taken', end + rest.start);
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
