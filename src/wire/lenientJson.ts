import { RemoraError } from '../base/index.js';

/** A number as it was written: a request may want its text (`process: 4242`, ids beyond 2^53). */
export class JsonNumber {
  constructor(readonly text: string) {}
}

export type LenientValue = string | boolean | null | JsonNumber | LenientValue[] | Map<string, LenientValue>;

const BLANKS = /[\s\uFEFF]*/y;
const STRING_RUN = /[^"\\]*/y;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORDS: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/**
 * Parses JSON as leniently as the reference does (wire/arthas.md 2.2) and no more: commas between members may be
 * missing, a trailing comma and comments are skipped, raw control characters may stand in strings. Names must be
 * double-quoted; nothing but blanks may follow the value.
 *
 * @throws RemoraError `bad-json`, whose message names the line and column.
 */
export function parseLenientJson(text: string, maxDepth: number): LenientValue {
  return new Parser(text, maxDepth).document();
}

class Parser {
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly maxDepth: number,
  ) {}

  document(): LenientValue {
    this.skip();
    const value = this.value(0);
    this.run(BLANKS);
    if (this.at < this.text.length) throw this.error('there is text after the value');
    return value;
  }

  private value(depth: number): LenientValue {
    if (depth > this.maxDepth) throw this.error(`values are nested deeper than ${this.maxDepth}`);
    const char = this.peek();
    if (char === '{') return this.object(depth);
    if (char === '[') return this.array(depth);
    if (char === '"') return this.string();
    const number = this.run(NUMBER);
    if (number !== '') return new JsonNumber(number);
    for (const [word, value] of Object.entries(WORDS)) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    throw this.error(
      char === '' ? 'the text ends where a value should be' : `a value cannot begin with '${char}'`,
    );
  }

  private object(depth: number): Map<string, LenientValue> {
    const members = new Map<string, LenientValue>();
    this.at++;
    for (;;) {
      this.skip();
      if (this.peek() === '}') break;
      if (this.peek() !== '"') throw this.error('a member name in double quotes is expected');
      const name = this.string();
      this.skip();
      if (this.peek() !== ':') throw this.error(`':' is expected after the name '${name.slice(0, 40)}'`);
      this.at++;
      this.skip();
      members.set(name, this.value(depth + 1));
      this.skip();
      if (this.peek() === ',') this.at++;
    }
    this.at++;
    return members;
  }

  private array(depth: number): LenientValue[] {
    const items: LenientValue[] = [];
    this.at++;
    for (;;) {
      this.skip();
      if (this.peek() === ']') break;
      items.push(this.value(depth + 1));
      this.skip();
      if (this.peek() === ',') this.at++;
      else if (this.peek() !== ']') throw this.error("',' or ']' is expected");
    }
    this.at++;
    return items;
  }

  private string(): string {
    const parts: string[] = [];
    let from = ++this.at;
    for (;;) {
      this.run(STRING_RUN);
      if (this.peek() === '') throw this.error('a string has no end');
      if (this.peek() === '"') break;
      parts.push(this.text.slice(from, this.at), this.escape());
      from = this.at;
    }
    parts.push(this.text.slice(from, this.at++));
    return parts.join('');
  }

  private escape(): string {
    const letter = this.text.charAt(this.at + 1);
    if (letter === 'u') {
      const hex = this.text.slice(this.at + 2, this.at + 6);
      if (!/^[0-9a-fA-F]{4}$/.test(hex)) throw this.error('\\u needs four hex digits');
      this.at += 6;
      return String.fromCharCode(Number.parseInt(hex, 16));
    }
    const plain = ESCAPES[letter];
    if (plain === undefined) throw this.error(`'\\${letter}' is no escape`);
    this.at += 2;
    return plain;
  }

  /** Blanks and comments. */
  private skip(): void {
    for (;;) {
      this.run(BLANKS);
      if (this.text.startsWith('//', this.at)) {
        const end = this.text.indexOf('\n', this.at);
        this.at = end < 0 ? this.text.length : end + 1;
      } else if (this.text.startsWith('/*', this.at)) {
        const end = this.text.indexOf('*/', this.at + 2);
        if (end < 0) throw this.error('a comment has no end');
        this.at = end + 2;
      } else return;
    }
  }

  /** Steps over what a sticky pattern matches here. */
  private run(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? '';
    this.at += found.length;
    return found;
  }

  private peek(): string {
    return this.text.charAt(this.at);
  }

  private error(what: string): RemoraError {
    let line = 1;
    let lineStart = 0;
    for (
      let end = this.text.indexOf('\n');
      end >= 0 && end < this.at;
      end = this.text.indexOf('\n', lineStart)
    ) {
      line++;
      lineStart = end + 1;
    }
    const column = this.at - lineStart + 1;
    return new RemoraError('bad-json', `${what} at line ${line}, column ${column}`);
  }
}

/** The value's JSON text without blanks, numbers as they were written. */
export function lenientText(value: LenientValue): string {
  if (value instanceof JsonNumber) return value.text;
  if (Array.isArray(value)) return `[${value.map(lenientText).join(',')}]`;
  if (value instanceof Map) {
    const members = [...value].map(([name, member]) => `${JSON.stringify(name)}:${lenientText(member)}`);
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value);
}
