import type { Style } from '../command.js';
import { renderTable } from '../render/index.js';

/** While a command runs, and at the prompt (those of Node's line editor). */
const KEYS: readonly (readonly [keys: string, what: string])[] = [
  ['Ctrl-C', 'a command runs: interrupt it, twice leaves; at the prompt: drop the line, twice leaves'],
  ['Ctrl-Z', 'a command runs: stop it until `fg` or `bg`'],
  ['q', 'a command runs: interrupt it'],
  ['other keys', 'a command runs: typed ahead for the next prompt'],
  ['Ctrl-D', 'leave, on an empty line; else delete the character under the cursor'],
  ['Tab', 'complete; once more shows the choices'],
  ['Up, Ctrl-P / Down, Ctrl-N', 'the line before / after in the history that begins like this one'],
  ['Ctrl-A, Home / Ctrl-E, End', 'to the beginning / end of the line'],
  ['Ctrl-B, Left / Ctrl-F, Right', 'one character back / forth'],
  ['Alt-B, Ctrl-Left / Alt-F, Ctrl-Right', 'one word back / forth'],
  ['Ctrl-W, Alt-Backspace / Alt-D', 'delete the word before / behind the cursor'],
  ['Ctrl-U / Ctrl-K', 'delete to the beginning / end of the line'],
  ['Ctrl-Y / Alt-Y', 'put back what was deleted / what was deleted before it'],
  ['Ctrl-L', 'clear the screen'],
];

export function keymapText(style: Style, width: number): string {
  const columns = [
    { title: 'KEYS', min: 16, paint: style.cyan },
    { title: 'WHAT THEY DO', min: 20 },
  ];
  return renderTable(columns, KEYS, style, width);
}
