import { redactArgv, redactText } from '../../base/index.js';

/** Masks a text that may be a command line, as in NODE_OPTIONS: what `redactText` knows, and options with secrets. */
export function redactLine(text: string): string {
  const whole = redactText(text);
  if (!/(?:^|\s)-/.test(whole)) return whole;
  const parts = whole.split(/(\s+)/);
  const words = redactArgv(parts.filter((_, at) => at % 2 === 0));
  return parts.map((part, at) => (at % 2 === 0 ? (words[at / 2] ?? '') : part)).join('');
}

/** Masks a command line of several words, each of which may again be one (a process title is a single word). */
export function redactCommand(words: readonly string[]): string[] {
  return redactArgv(words).map(redactLine);
}
