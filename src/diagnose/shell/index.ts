export type { Screen, ShellEnd, ShellHistory, ShellOptions, ShellSession } from './ports.js';
export { ResultText } from './resultText.js';
export { Shell } from './shell.js';
export { isKept, SHELL_WORDS, shellWord } from './shellWords.js';
