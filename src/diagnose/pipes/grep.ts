import type { ArgumentSpec, CommandArguments, OptionSpec } from '../command.js';
import { boundedRegex } from './boundedRegex.js';
import type { LineFilter } from './pipeline.js';

export const GREP_OPTIONS: readonly OptionSpec[] = [
  { short: 'e', long: 'regex', kind: 'flag', summary: 'The pattern is a regular expression' },
  { short: 'i', long: 'ignore-case', kind: 'flag', summary: 'Upper and lower case are the same' },
  { short: 'v', long: 'invert-match', kind: 'flag', summary: 'Take the lines that do not match' },
  { short: 'n', long: 'line-number', kind: 'flag', summary: 'Put the number of the line before it' },
  { short: 'c', long: 'count', kind: 'flag', summary: 'Only the number of matching lines' },
  { short: 'm', long: 'max-count', kind: 'integer', min: 0, summary: 'Stop after this many matching lines' },
  {
    short: 'A',
    long: 'after-context',
    kind: 'integer',
    min: 0,
    max: 1000,
    summary: 'Lines after each match',
  },
  {
    short: 'B',
    long: 'before-context',
    kind: 'integer',
    min: 0,
    max: 1000,
    summary: 'Lines before each match',
  },
  {
    short: 'C',
    long: 'context',
    kind: 'integer',
    min: 0,
    max: 1000,
    summary: 'Lines before and after each match',
  },
  { long: 'trim-end', kind: 'boolean', default: true, summary: 'Take blanks off the end of each line' },
];

export const GREP_ARGS: readonly ArgumentSpec[] = [
  { name: 'pattern', required: true, summary: 'Text, or with -e a regular expression' },
];

/** `| grep`: wire/arthas.md 3.1. */
export class Grep implements LineFilter {
  private readonly matches: (lines: readonly string[]) => readonly boolean[];
  private readonly invert: boolean;
  private readonly numbered: boolean;
  private readonly counting: boolean;
  private readonly most: number;
  private readonly before: number;
  private readonly after: number;
  private readonly trim: boolean;
  private lineNumber = 0;
  private matched = 0;
  private following = 0;
  private previous: string[] = [];

  constructor({ options, positional }: CommandArguments) {
    const number = (name: string, fallback: number) => Number(options[name] ?? options.context ?? fallback);
    this.matches = matcher(positional[0] ?? '', options.regex === true, options.ignoreCase === true);
    this.invert = options.invertMatch === true;
    this.numbered = options.lineNumber === true;
    this.counting = options.count === true;
    this.most = Number(options.maxCount ?? Number.POSITIVE_INFINITY);
    this.before = number('beforeContext', 0);
    this.after = number('afterContext', 0);
    this.trim = options.trimEnd !== false;
  }

  lines(lines: readonly string[]): string[] {
    const matches = this.matches(lines);
    const out: string[] = [];
    lines.forEach((line, index) => {
      this.line(line, matches[index] !== this.invert, out);
    });
    return out;
  }

  end(): string[] {
    return this.counting ? [String(this.matched)] : [];
  }

  private line(line: string, matches: boolean, out: string[]): void {
    this.lineNumber++;
    const trimmed = this.trim ? line.trimEnd() : line;
    const shown = this.numbered ? `${this.lineNumber}:${trimmed}` : trimmed;
    if (matches && this.matched < this.most) {
      this.matched++;
      if (!this.counting) out.push(...this.previous, shown);
      this.previous = [];
      this.following = this.after;
    } else if (this.following > 0) {
      this.following--;
      if (!this.counting) out.push(shown);
    } else if (this.before > 0) {
      this.previous.push(shown);
      if (this.previous.length > this.before) this.previous.shift();
    }
  }
}

function matcher(
  pattern: string,
  regex: boolean,
  ignoreCase: boolean,
): (lines: readonly string[]) => readonly boolean[] {
  if (regex) return boundedRegex(pattern, ignoreCase ? 'i' : '');
  const wanted = ignoreCase ? pattern.toLowerCase() : pattern;
  return (lines) => lines.map((line) => (ignoreCase ? line.toLowerCase() : line).includes(wanted));
}
