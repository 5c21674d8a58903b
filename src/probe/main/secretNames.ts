import { isArray } from './captured.js';

/** What a name is searched for, as src/base/redact.ts has it: passed in as data, so that there is one list. */
export interface SecretNames {
  readonly words: readonly string[];
  /** Two words with a blank. */
  readonly pairs: readonly string[];
  /** Source of a regular expression for names that are run together. */
  readonly parts: string;
}

const KNOWN_NAMES = 4096;

/** The rule of `isSecretName` of src/base/redact.ts; a test holds the two together. */
export function secretNameTest(names: SecretNames | undefined): (name: string) => boolean {
  if (!names || !isArray(names.words) || !isArray(names.pairs)) return () => false;
  const words = new Set(names.words);
  const pairs = new Set(names.pairs);
  const parts = new RegExp(names.parts);
  const known = new Map<string, boolean>();
  return (name) => {
    const cached = known.get(name);
    if (cached !== undefined) return cached;
    const secret = search(name, words, pairs, parts);
    if (known.size >= KNOWN_NAMES) known.clear();
    if (name.length <= 100) known.set(name, secret);
    return secret;
  };
}

function search(name: string, words: Set<string>, pairs: Set<string>, parts: RegExp): boolean {
  const found = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  let previous = '';
  for (let index = 0; index < found.length; index++) {
    const word = found[index] as string;
    if (word === '') continue;
    if (words.has(word) || parts.test(word) || (previous && pairs.has(`${previous} ${word}`))) return true;
    previous = word;
  }
  return false;
}
