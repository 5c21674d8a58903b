import { tokenize } from './tokenize.js';

/** One command line, taken apart but not yet matched with a command. */
export interface ParsedLine {
  /** The command's name; undefined for a line without words. */
  readonly name: string | undefined;
  readonly words: readonly string[];
  /** What follows each `|`: name and words of a pipe. */
  readonly pipes: readonly { readonly name: string | undefined; readonly words: readonly string[] }[];
  /** `>` or `>>` and, where given, the file. */
  readonly redirect?: { readonly append: boolean; readonly file: string | undefined };
  /** The last word is `&`. */
  readonly background: boolean;
}

/** Takes a line apart by wire/arthas.md 2.15. Never throws. */
export function parseLine(line: string): ParsedLine {
  let tokens = tokenize(line);
  const background = tokens.at(-1) === '&';
  if (background) tokens = tokens.slice(0, -1);
  const redirectAt = tokens.findIndex((token) => token === '>' || token === '>>');
  const redirect =
    redirectAt < 0 ? undefined : { append: tokens[redirectAt] === '>>', file: tokens[redirectAt + 1] };
  if (redirectAt >= 0) tokens = tokens.slice(0, redirectAt);

  const segments: string[][] = [[]];
  for (const token of tokens) {
    if (token === '|') segments.push([]);
    else segments.at(-1)?.push(token);
  }
  const [command, ...pipes] = segments.map(([name, ...words]) => ({ name, words }));
  return { name: command?.name, words: command?.words ?? [], pipes, redirect, background };
}
