import { boundedRegex } from './boundedRegex.js';

/**
 * Tests texts against what an operator typed: a name with `*` for any characters, or (regex) a regular expression that
 * must fit the whole text. Every inner array holds the names of one thing; it fits when one of them does.
 */
export type Matcher = (names: readonly (readonly string[])[]) => boolean[];

/**
 * @throws RemoraError `bad-pattern`; the matcher throws `slow-pattern`
 */
export function matcher(pattern: string, regex: boolean): Matcher {
  if (!regex) return (names) => names.map((each) => each.some((name) => fits(pattern, name)));
  const test = boundedRegex(pattern);
  return (names) => {
    const flat = test(names.flat());
    let at = 0;
    return names.map((each) => {
      const found = flat.slice(at, at + each.length).some(Boolean);
      at += each.length;
      return found;
    });
  };
}

/** Does the text fit, `*` standing for any characters? Takes pattern length times text length at most. */
export function fits(pattern: string, text: string): boolean {
  let at = 0;
  let inText = 0;
  let star = -1;
  let retry = 0;
  while (inText < text.length) {
    if (pattern[at] === '*') {
      star = at;
      at += 1;
      retry = inText;
    } else if (at < pattern.length && pattern[at] === text[inText]) {
      at += 1;
      inText += 1;
    } else if (star >= 0) {
      at = star + 1;
      retry += 1;
      inText = retry;
    } else {
      return false;
    }
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}

/** The longest piece of a pattern that must stand in whatever fits it, '' for regular expressions. */
export function literalOf(pattern: string, regex: boolean): string {
  if (regex) return '';
  return pattern.split('*').reduce((longest, part) => (part.length > longest.length ? part : longest), '');
}
