/**
 * OGNL as the documents of Arthas use it, turned into JavaScript where it has a plain meaning there. Every replacement is
 * as long as what it replaces, so that a place in the one text is the same place in the other.
 */
import { badExpression } from './errors.js';
import { endsOperand, type OgnlToken, ognlTokens } from './ognlTokens.js';

/** Words that stand for operators between two operands. */
const WORDS: Readonly<Record<string, string>> = {
  and: '&&',
  or: '||',
  eq: '==',
  neq: '!=',
  lt: '<',
  lte: '<=',
  gt: '>',
  gte: '>=',
};

/** Methods of Java that JavaScript spells otherwise. */
const JAVA: Readonly<Record<string, string>> = {
  size: '.length (of a Map or Set: .size)',
  length: '.length',
  isEmpty: '.length == 0',
  equals: '==',
  equalsIgnoreCase: '.toLowerCase() ==',
  contains: '.includes(...)',
  containsKey: '.has(...)',
  getClass: 'clazz',
  getMessage: '.message',
};

const LETTER = /^[lLdDfF]$/;

interface Bracket {
  readonly open: number;
  readonly close: number;
  /** The bracket around it. */
  readonly parent: Bracket | undefined;
}

/**
 * `#cost`, `#{"p": params}`, `{params[0], target}` (a list in OGNL, an array here), `and`, `or`, `not`, `eq`, ..., `100L`.
 * @throws RemoraError `bad-expression` for OGNL that has no plain meaning, with the JavaScript to write instead
 */
export function fromOgnl(text: string, variables: readonly string[], unsafe = false): string {
  const tokens = ognlTokens(text);
  const out = text.split('');
  const put = (token: OgnlToken, word: string): void => {
    for (let at = 0; at < token.text.length; at++) out[token.start + at] = word[at] ?? ' ';
  };
  const brackets = bracketsOf(tokens);
  for (const [index, token] of tokens.entries()) {
    const before = tokens[index - 1];
    const next = tokens[index + 1];
    refuseForeign(text, tokens, index, unsafe);
    if (token.text === '#' && !isMember(before, undefined)) {
      hash(text, token, next, variables);
      put(token, ' ');
    } else if (token.text === '{') {
      const bracket = brackets.get(index);
      if (bracket && before?.text !== '#' && isList(tokens, bracket, brackets)) {
        put(token, '[');
        put(tokens[bracket.close] as OgnlToken, ']');
      }
    } else if (token.kind === 'name' && !isMember(before, next)) {
      if (token.text === 'not' && !endsOperand(tokens, index - 1) && beginsOperand(next)) put(token, '!');
      const word = Object.hasOwn(WORDS, token.text) ? WORDS[token.text] : undefined;
      if (word !== undefined && endsOperand(tokens, index - 1) && beginsOperand(next)) put(token, word);
    } else if (token.kind === 'number' && next && touches(token, next) && LETTER.test(next.text)) {
      put(next, ' ');
    }
  }
  return out.join('');
}

/** What has no plain meaning in JavaScript. */
function refuseForeign(text: string, tokens: readonly OgnlToken[], index: number, unsafe: boolean): void {
  const [token, next, third] = [tokens[index], tokens[index + 1], tokens[index + 2]];
  if (!token) return;
  const no = (what: string, write: string): Error =>
    badExpression(text, `${what} is OGNL: write ${write}`, token.start);
  if (token.text === '@') {
    throw no(
      '@class@member',
      "module('file.js').member for a loaded CommonJS module, or the name of a global",
    );
  }
  if (token.text === '.' && next?.text === '{') throw no(...projection(third));
  if (
    token.text === ':' &&
    next?.text === '[' &&
    touches(token, next) &&
    tokens[index - 1]?.kind !== 'text'
  ) {
    if (!isTernary(tokens, index)) throw no(':[lambda]', 'an arrow function, as the argument of a call');
  }
  if (token.text === 'in' && next?.text === '{' && endsOperand(tokens, index - 1)) {
    throw no('in {list}', '[list].includes(value)');
  }
  if (token.text === '.' && next?.kind === 'name' && third?.text === '(' && !unsafe) {
    const write = Object.hasOwn(JAVA, next.text) ? JAVA[next.text] : undefined;
    if (write !== undefined) {
      throw badExpression(text, `.${next.text}() is a method of Java: write ${write}`, token.start);
    }
  }
}

function projection(sign: OgnlToken | undefined): [string, string] {
  switch (sign?.text) {
    case '?':
      return ['.{? selection}', '.filter((each) => ...)'];
    case '^':
      return ['.{^ first}', '.find((each) => ...)'];
    case '$':
      return ['.{$ last}', '.filter((each) => ...).at(-1)'];
    default:
      return ['.{projection}', '.map((each) => each.name)'];
  }
}

function hash(
  text: string,
  token: OgnlToken,
  next: OgnlToken | undefined,
  variables: readonly string[],
): void {
  if (next && touches(token, next)) {
    if (next.text === '{' || variables.includes(next.text)) return;
    if (next.text === 'this' || next.text === 'root') {
      throw badExpression(
        text,
        `#${next.text} is OGNL: write an arrow function with a parameter`,
        token.start,
      );
    }
    if (next.kind === 'name') {
      throw badExpression(text, `there is no variable #${next.text}`, token.start, variablesHint(variables));
    }
  }
  throw badExpression(text, "'#' stands before a variable (#cost) or a map (#{'a': 1})", token.start);
}

export function variablesHint(variables: readonly string[]): string {
  return `The variables are ${variables.join(', ')}; an application's own globals are read as globalThis.NAME`;
}

/** A brace without `name:` is a list in OGNL; patterns and bodies of functions are JavaScript's own. */
function isList(
  tokens: readonly OgnlToken[],
  bracket: Bracket,
  brackets: ReadonlyMap<number, Bracket>,
): boolean {
  const before = tokens[bracket.open - 1];
  if (before && (before.text === '=>' || before.text === 'class' || endsOperand(tokens, bracket.open - 1)))
    return false;
  for (let around: Bracket | undefined = bracket; around; around = around.parent) {
    if (tokens[around.close + 1]?.text === '=>') return false;
  }
  if (bracket.close === bracket.open + 1) return false;
  let ternaries = 0;
  for (let at = bracket.open + 1; at < bracket.close; at++) {
    const token = tokens[at] as OgnlToken;
    if (token.text === '...' && at === bracket.open + 1) return false;
    if (token.text === ',') break;
    if (token.text === '?') ternaries += 1;
    if (token.text === ':' && ternaries-- === 0) return false;
    at = brackets.get(at)?.close ?? at;
  }
  return true;
}

/** Does this colon belong to a `?` before it? */
function isTernary(tokens: readonly OgnlToken[], index: number): boolean {
  return tokens.slice(0, index).some(({ text }) => text === '?' || text === '{');
}

/** Matching brackets by the index of the opening one; those without a partner are left to the parser. */
function bracketsOf(tokens: readonly OgnlToken[]): Map<number, Bracket> {
  const pairs = new Map<number, number>();
  const open: number[] = [];
  for (const [index, { kind, text }] of tokens.entries()) {
    if (kind !== 'sign') continue;
    if (text === '(' || text === '[' || text === '{') open.push(index);
    if (text !== ')' && text !== ']' && text !== '}') continue;
    const from = open.pop();
    if (from !== undefined && `${tokens[from]?.text}${text}`.match(/^(\(\)|\[\]|\{\})$/))
      pairs.set(from, index);
  }
  const brackets = new Map<number, Bracket>();
  const around: Bracket[] = [];
  for (const [from, close] of [...pairs].sort(([a], [b]) => a - b)) {
    while (around.length > 0 && (around.at(-1) as Bracket).close < from) around.pop();
    const bracket = { open: from, close, parent: around.at(-1) };
    brackets.set(from, bracket);
    around.push(bracket);
  }
  return brackets;
}

/** A property or a key is no operator, whatever its name. */
function isMember(before: OgnlToken | undefined, next: OgnlToken | undefined): boolean {
  if (before?.text === '.' || before?.text === '?.' || before?.text === '#') return true;
  return next?.text === ':' && (before?.text === '{' || before?.text === ',');
}

function beginsOperand(token: OgnlToken | undefined): boolean {
  if (token === undefined) return false;
  return token.kind !== 'sign' || ['(', '[', '{', '!', '-', '+', '~', '#'].includes(token.text);
}

function touches(token: OgnlToken, next: OgnlToken): boolean {
  return next.start === token.start + token.text.length;
}
