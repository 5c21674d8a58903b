import type { ArgumentSpec, CommandArguments, OptionSpec } from '../command.js';
import {
  ambiguousOption,
  argumentRequired,
  badChoice,
  badOptionValue,
  optionNeedsValue,
  optionOutOfRange,
  optionsRequired,
} from '../errors.js';

type OptionValue = string | number | boolean;

/** What can be parsed: a command, or a pipe. */
export interface Grammar {
  readonly options: readonly OptionSpec[];
  readonly args: readonly ArgumentSpec[];
}

const HELP: OptionSpec = { short: 'h', long: 'help', kind: 'flag', summary: 'Show help for this command' };

/** What nobody means as an argument; `-a.b` may be an expression. */
const OPTION_WORD = /^--?[A-Za-z][\w-]*(?:=.*)?$/s;

/** `include-no-appender` → `includeNoAppender`. */
export function optionKey(long: string): string {
  return long.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * Matches words with a command's options and arguments by wire/arthas.md 2.15. `-h` and `--help` win over every
 * error. An unknown option is a positional argument; surplus positional arguments are left out.
 *
 * @throws CommandFailure with status -10 (1 for a value of the wrong type) and the sheet's texts.
 */
export function parseArguments(
  grammar: Grammar,
  words: readonly string[],
  line: string,
): CommandArguments | 'help' {
  const matched = new Matcher(grammar).match(words);
  if (matched === 'help') return 'help';
  return argumentsOf(grammar, matched, line);
}

/** What was told of a command, still as texts: the values of its options, and its words in order. */
export interface Told {
  readonly values: ReadonlyMap<OptionSpec, readonly string[]>;
  readonly positional: readonly string[];
  readonly strays?: readonly string[];
}

/**
 * Typed arguments, defaults filled in: the same for a line that was taken apart and for a caller who names each argument.
 *
 * @throws CommandFailure with status -10 (1 for a value of the wrong type) and the sheet's texts.
 */
export function argumentsOf(grammar: Grammar, told: Told, line: string): CommandArguments {
  const options: Record<string, OptionValue | readonly (string | number)[] | undefined> = {};
  for (const spec of grammar.options) {
    const texts = told.values.get(spec);
    options[optionKey(spec.long)] = texts === undefined ? spec.default : convertAll(spec, texts);
  }
  const missing = grammar.options.filter((spec) => spec.required && !told.values.has(spec));
  if (missing.length > 0) throw optionsRequired(missing.map((spec) => spec.long));

  const required = grammar.args.filter((arg) => arg.required);
  const absent = required[told.positional.length];
  if (absent) throw argumentRequired(absent.name);
  const open = grammar.args.at(-1)?.multiple === true;
  const positional = open ? told.positional : told.positional.slice(0, grammar.args.length);
  const mayDash = grammar.args.some(({ dashed }) => dashed);
  const strays = told.strays?.length && !mayDash ? told.strays : undefined;
  return { options, positional, strays, line };
}

class Matcher {
  private readonly specs: readonly OptionSpec[];
  private readonly values = new Map<OptionSpec, string[]>();
  private readonly positional: string[] = [];
  private readonly strays: string[] = [];
  private help = false;
  private failure: Error | undefined;

  constructor(grammar: Grammar) {
    // A command may have an `-h` of its own; then only `--help` is help.
    const own = grammar.options.some((spec) => spec.short === 'h');
    this.specs = [...grammar.options, own ? { ...HELP, short: undefined } : HELP];
  }

  match(words: readonly string[]): Told | 'help' {
    const end = words.indexOf('--');
    const optionWords = end < 0 ? words.length : end;
    for (let i = 0; i < optionWords; ) {
      i += this.word(words[i] as string, words[i + 1]);
    }
    // A loop: a spread of very many words would overflow the stack.
    if (end >= 0) for (const word of words.slice(end + 1)) this.positional.push(word);
    if (this.help) return 'help';
    if (this.failure) throw this.failure;
    return { values: this.values, positional: this.positional, strays: this.strays };
  }

  /** Takes one word, and the next one where it is this option's value. Returns how many were taken. */
  private word(word: string, next: string | undefined): number {
    if (!this.looksLikeOption(word)) {
      this.positional.push(word);
      return 1;
    }
    const found = word.startsWith('--') ? this.long(word) : this.short(word);
    if (found === undefined) {
      if (OPTION_WORD.test(word)) this.strays.push(word);
      this.positional.push(word);
      return 1;
    }
    for (const flag of found.flags) this.set(flag, 'true');
    if (!found.option) return 1;
    if (found.value !== undefined) {
      this.set(found.option, found.value);
      return 1;
    }
    if (next === undefined || this.isOption(next)) {
      this.failure ??= optionNeedsValue(found.option.long);
      return 1;
    }
    this.set(found.option, next);
    return 2;
  }

  private set(spec: OptionSpec, value: string): void {
    if (spec.long === HELP.long) this.help = true;
    else if (spec.multiple && this.values.has(spec)) this.values.get(spec)?.push(value);
    else this.values.set(spec, [value]);
  }

  private long(word: string): Found | undefined {
    const equals = word.indexOf('=');
    const name = word.slice(2, equals < 0 ? undefined : equals);
    if (name === '') return undefined;
    const exact = this.specs.find((spec) => spec.long === name);
    const candidates = exact ? [exact] : this.specs.filter((spec) => spec.long.startsWith(name));
    if (candidates.length > 1) {
      this.failure ??= ambiguousOption(
        `--${name}`,
        candidates.map((spec) => spec.long),
      );
      return { flags: [] };
    }
    const spec = candidates[0];
    if (spec === undefined) return undefined;
    if (spec.kind === 'flag') return equals < 0 ? { flags: [spec] } : undefined;
    return { flags: [], option: spec, value: equals < 0 ? undefined : word.slice(equals + 1) };
  }

  private short(word: string): Found | undefined {
    const text = word.slice(1);
    const whole = this.specs.find((spec) => spec.short === text);
    if (whole) return whole.kind === 'flag' ? { flags: [whole] } : { flags: [], option: whole };
    const equals = text.indexOf('=');
    if (equals > 0) {
      const named = this.specs.find((spec) => spec.short === text.slice(0, equals));
      if (named && named.kind !== 'flag') return { flags: [], option: named, value: text.slice(equals + 1) };
    }
    const flags: OptionSpec[] = [];
    for (let i = 0; i < text.length; i++) {
      const spec = this.specs.find((candidate) => candidate.short === text.charAt(i));
      if (spec === undefined) return undefined;
      if (spec.kind !== 'flag') return { flags, option: spec, value: text.slice(i + 1) || undefined };
      flags.push(spec);
    }
    return { flags };
  }

  private looksLikeOption(word: string): boolean {
    return word.length > 1 && word.startsWith('-') && !isNegativeNumber(word);
  }

  private isOption(word: string): boolean {
    if (word === '--') return true;
    if (!this.looksLikeOption(word)) return false;
    return (word.startsWith('--') ? this.long(word) : this.short(word)) !== undefined;
  }
}

/** Flags that a word sets, then perhaps one option that takes a value, given in the word or still to come. */
interface Found {
  readonly flags: readonly OptionSpec[];
  readonly option?: OptionSpec;
  readonly value?: string;
}

function isNegativeNumber(word: string): boolean {
  return /^-\d*\.?\d+(?:[eE][+-]?\d+)?$/.test(word);
}

function convertAll(spec: OptionSpec, texts: readonly string[]): OptionValue | readonly (string | number)[] {
  const values = texts.map((text) => convert(spec, text));
  // Repeatable options are strings or numbers; a repeatable boolean would mean nothing.
  return spec.multiple ? (values as (string | number)[]) : (values.at(-1) as OptionValue);
}

function convert(spec: OptionSpec, text: string): OptionValue {
  switch (spec.kind) {
    case 'flag':
      return true;
    case 'boolean':
      if (text !== 'true' && text !== 'false') throw badOptionValue(spec.long, text, 'true or false');
      return text === 'true';
    case 'integer':
    case 'number':
      return number(spec, text);
    case 'string':
      if (spec.choices && !spec.choices.includes(text)) throw badChoice(spec.long, text, spec.choices);
      return text;
  }
}

function number(spec: OptionSpec, text: string): number {
  const value = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) throw badOptionValue(spec.long, text, 'a number');
  if (spec.kind === 'integer' && !Number.isSafeInteger(value)) {
    throw badOptionValue(spec.long, text, 'a whole number');
  }
  if ((spec.min !== undefined && value < spec.min) || (spec.max !== undefined && value > spec.max)) {
    throw optionOutOfRange(spec.long, text, spec.min, spec.max);
  }
  return value;
}
