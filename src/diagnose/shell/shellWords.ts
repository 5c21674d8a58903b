/** Words that the prompt itself understands; agents know them not, or only to say no. */
export const SHELL_WORDS = [
  { text: 'quit', summary: 'Leave the prompt' },
  { text: 'exit', summary: 'Leave the prompt' },
  { text: 'q', summary: 'Leave the prompt' },
  { text: 'logout', summary: 'Leave the prompt' },
  { text: 'cls', summary: 'Clear the screen' },
  { text: 'clear', summary: 'Clear the screen' },
  { text: 'keymap', summary: 'Show what the keys do' },
] as const;

export type ShellWord = 'leave' | 'clear' | 'keymap';

const MEANINGS: ReadonlyMap<string, ShellWord> = new Map<string, ShellWord>([
  ['quit', 'leave'],
  ['exit', 'leave'],
  ['q', 'leave'],
  ['logout', 'leave'],
  ['cls', 'clear'],
  ['clear', 'clear'],
  ['keymap', 'keymap'],
]);

/** What a line means to the prompt itself; undefined: it is for the agent. */
export function shellWord(line: string): ShellWord | undefined {
  return MEANINGS.get(line.trim());
}

/** Clears the screen and what has scrolled off it. */
export const CLEAR_SCREEN = '\x1b[H\x1b[2J\x1b[3J';

/** A line that begins with a blank is not kept, as in shells; nor is a credential, nor the way out. */
export function isKept(line: string): boolean {
  return line.trim() !== '' && !/^\s/.test(line) && !/^auth\b/.test(line) && shellWord(line) !== 'leave';
}
