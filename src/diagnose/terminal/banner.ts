import type { Result, Style } from '../command.js';
import { renderKeyValue } from '../render/index.js';

const LETTERS = [
  ' ____                               ',
  '|  _ \\ ___ _ __ ___   ___  _ __ __ _ ',
  "| |_) / _ \\ '_ ` _ \\ / _ \\| '__/ _` |",
  '|  _ <  __/ | | | | | (_) | | | (_| |',
  '|_| \\_\\___|_| |_| |_|\\___/|_|  \\__,_|',
];

/** The greeting of a terminal: the name, and what `welcome` says in two columns (wire/arthas.md 4.1). */
export function banner(welcome: Result, style: Style, width: number): string {
  const { wiki, tutorials, version, mainClass, pid, time } = welcome;
  const facts = Object.entries({ wiki, tutorials, version, main_class: mainClass, pid, current_time: time })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, String(value)] as const);
  const letters = LETTERS.every((line) => line.length < width) ? LETTERS : ['Remora'];
  return `${letters.map((line) => style.cyan(line.trimEnd())).join('\n')}\n\n${renderKeyValue(facts, style, width)}\n`;
}
