/** A word as it may be typed again. */
export function inQuotes(word: string): string {
  if (/^[\w./@:+-]+$/.test(word)) return word;
  return word.includes("'") ? `"${word.replace(/["\\]/g, '\\$&')}"` : `'${word}'`;
}
