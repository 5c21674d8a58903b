/**
 * Splits a command line into words (wire/arthas.md 2.15): only blank and tab separate; `'…'` is literal; in `"…"` a
 * `\"` is a quote and every other backslash stays; outside quotes a backslash makes the next character literal. An
 * open quote runs to the end of the line. A `|` that stands alone, or first or last in a word, is a word of its own,
 * also inside quotes: that is how the reference reads it.
 */
export function tokenize(line: string): string[] {
  return splitWords(line).flatMap(splitPipes);
}

function splitWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let i = 0; i < line.length; i++) {
    const char = line.charAt(i);
    if (quote) {
      if (char === quote) {
        quote = '';
      } else if (quote === '"' && char === '\\') {
        const next = line.charAt(++i);
        word += next === '"' ? next : char + next;
      } else {
        word += char;
      }
    } else if (char === ' ' || char === '\t') {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (char === '\\') {
      word = (word ?? '') + line.charAt(++i);
    } else {
      word = (word ?? '') + char;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

function splitPipes(word: string): string[] {
  if (word.length < 2) return [word];
  let from = 0;
  let to = word.length;
  while (from < to && word.charAt(from) === '|') from++;
  while (to > from && word.charAt(to - 1) === '|') to--;
  const middle = from < to ? [word.slice(from, to)] : [];
  return [...Array<string>(from).fill('|'), ...middle, ...Array<string>(word.length - to).fill('|')];
}
