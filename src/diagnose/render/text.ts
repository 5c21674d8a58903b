import { stripVTControlCharacters } from 'node:util';

const SGR = /^\u001b\[[0-9;]*m/;
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

/** Columns that text takes on a terminal; colour codes take none, East Asian wide characters two. */
export function textWidth(text: string): number {
  let width = 0;
  for (const char of stripVTControlCharacters(text)) width += charWidth(char.codePointAt(0) ?? 0);
  return width;
}

/**
 * Makes control characters visible (`\x1b`), so that text from somebody's process cannot steer the reader's terminal.
 * Newlines and tabs stay; so do colour codes where `keepColors`.
 */
export function visible(text: string, keepColors = false): string {
  if (!CONTROL.test(text)) return text;
  let out = '';
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    const color = keepColors && char === '\u001b' ? SGR.exec(text.slice(i, i + 32))?.[0] : undefined;
    if (color !== undefined) {
      out += color;
      i += color.length - 1;
    } else {
      out += CONTROL.test(char) ? escaped(char) : char;
    }
  }
  return out;
}

/** Breaks text into lines of at most `width` columns: at blanks where it can, inside a word where it must. */
export function fold(text: string, width: number): string[] {
  const room = Math.max(1, width);
  return text.split('\n').flatMap((line) => foldLine(line, room));
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)));
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - textWidth(text))) + text;
}

function foldLine(line: string, width: number): string[] {
  if (textWidth(line) <= width) return [line];
  const lines: string[] = [];
  let current = '';
  let used = 0;
  let blank = -1;
  for (const char of line) {
    const columns = charWidth(char.codePointAt(0) ?? 0);
    if (used + columns > width && char === ' ') {
      lines.push(current);
      current = '';
      used = 0;
      blank = -1;
      continue;
    }
    if (used + columns > width) {
      const [head, tail] = blank > 0 ? [current.slice(0, blank), current.slice(blank + 1)] : [current, ''];
      lines.push(head);
      current = tail;
      used = textWidth(tail);
      blank = -1;
    }
    if (char === ' ') blank = current.length;
    current += char;
    used += columns;
  }
  if (current !== '') lines.push(current);
  return lines;
}

function charWidth(code: number): number {
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return 0;
  if (
    (code >= 0x300 && code <= 0x36f) ||
    code === 0x200b ||
    code === 0x200d ||
    (code >= 0xfe00 && code <= 0xfe0f)
  ) {
    return 0;
  }
  return isWide(code) ? 2 : 1;
}

function isWide(code: number): boolean {
  return (
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    (code >= 0x1f300 && code <= 0x1faff) ||
    (code >= 0x20000 && code <= 0x3fffd)
  );
}

function escaped(char: string): string {
  const code = char.charCodeAt(0);
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`;
}
