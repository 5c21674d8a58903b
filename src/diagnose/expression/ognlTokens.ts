/** Words and signs of an expression that may be JavaScript or OGNL: as much as it takes to tell braces apart. */
export interface OgnlToken {
  readonly kind: 'name' | 'number' | 'text' | 'regex' | 'sign';
  readonly text: string;
  readonly start: number;
}

const BLANK = /(?:\s|\/\/[^\n\r]*|\/\*[\s\S]*?\*\/)*/y;
const NAME = /[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/uy;
const NUMBER = /(?:0[xXoObB][\da-fA-F_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?)n?/y;
const TEXT = /"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'/y;
const REGEX = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const SIGN = /=>|===|!==|==|!=|<=|>=|&&|\|\||\?\?|\?\.(?!\d)|\.\.\.|[\s\S]/uy;

const CLOSING = new Set([')', ']', '}']);
/** Words after which an operand comes, so that `/` begins a regular expression. */
const OPERATORS = new Set(
  'in instanceof typeof void delete new return and or not eq neq lt lte gt gte'.split(' '),
);
const DOTS = new Set(['.', '?.']);

/** Cuts a text into tokens. Never fails: what it does not know is a sign of one character. */
export function ognlTokens(text: string): OgnlToken[] {
  const tokens: OgnlToken[] = [];
  let at = after(BLANK, text, 0);
  while (at < text.length) {
    const token = tokenAt(text, at, endsOperand(tokens, tokens.length - 1));
    tokens.push(token);
    at = after(BLANK, text, at + token.text.length);
  }
  return tokens;
}

/** Does an operand end with this token? */
export function endsOperand(tokens: readonly OgnlToken[], index: number): boolean {
  const token = tokens[index];
  if (token === undefined) return false;
  if (token.kind === 'sign') return CLOSING.has(token.text);
  if (token.kind !== 'name' || !OPERATORS.has(token.text)) return true;
  return DOTS.has(tokens[index - 1]?.text ?? '');
}

function tokenAt(text: string, start: number, afterOperand: boolean): OgnlToken {
  const kinds = [
    ['name', NAME],
    ['number', NUMBER],
    ['text', TEXT],
  ] as const;
  for (const [kind, pattern] of kinds) {
    const end = after(pattern, text, start);
    if (end > start) return { kind, text: text.slice(start, end), start };
  }
  if (text[start] === '`') return { kind: 'text', text: text.slice(start, templateEnd(text, start)), start };
  const regexEnd = afterOperand ? start : after(REGEX, text, start);
  if (regexEnd > start) return { kind: 'regex', text: text.slice(start, regexEnd), start };
  return { kind: 'sign', text: text.slice(start, after(SIGN, text, start)), start };
}

/** A template is one token: what is inside is JavaScript. */
function templateEnd(text: string, start: number): number {
  let depth = 0;
  for (let at = start + 1; at < text.length; at++) {
    const char = text[at];
    const opens = depth === 0 && char === '$' && text[at + 1] === '{';
    if (opens) depth = 1;
    if (char === '\\' || opens) at += 1;
    else if (depth === 0 && char === '`') return at + 1;
    else if (depth > 0 && char === '{') depth += 1;
    else if (depth > 0 && char === '}') depth -= 1;
  }
  return text.length;
}

function after(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  const found = pattern.exec(text);
  return found ? at + found[0].length : at;
}
