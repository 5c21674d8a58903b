/** A name as a shell takes it back: names are other people's text, and a hint is there to be copied. */
export function shellWord(text: string): string {
  return /^[\w.,:@%+=/][\w.,:@%+=/-]*$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
