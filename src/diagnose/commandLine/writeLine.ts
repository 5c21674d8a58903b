import type { Grammar, Told } from './parseArguments.js';

/**
 * The command line of what was told by name, for people: history, `jobs`, audit. Read back it comes to the same
 * arguments, unless a word begins or ends with `|`, is a redirect, or is a last `&`, which no quoting protects
 * (wire/arthas.md 2.15).
 */
export function writeLine(name: string, grammar: Grammar, told: Told): string {
  const options = grammar.options.flatMap((spec) =>
    (told.values.get(spec) ?? []).map((value) =>
      spec.kind === 'flag' ? `--${spec.long}` : quoted(`--${spec.long}=`, value),
    ),
  );
  const words = told.positional.map((word) => quoted('', word));
  // A word with a dash in front is taken for an option, unless options have ended.
  const guarded = told.positional.some((word) => word.startsWith('-'));
  const parts = guarded ? [...options, '--', ...words] : [...words, ...options];
  return [name, ...parts].join(' ');
}

const PLAIN = /^[\w@%+=:,./*#^~!?[\]{}()-]+$/;

function quoted(head: string, text: string): string {
  if (PLAIN.test(text)) return head + text;
  return `${head}'${text.replaceAll("'", "'\\''")}'`;
}
