import { COMMANDS } from '../diagnose/index.js';

const HELP = /\s(?:-h|--help)(?=\s|$)/;

/** False for a command line that needs nobody's process (`help`, `version`, `watch --help`): then nothing is attached for it. */
export function needsTarget(line: string): boolean {
  const name = /^\s*(\S+)/.exec(line)?.[1];
  const command = COMMANDS.find((each) => each.name === name || each.aliases?.includes(name ?? ''));
  // An unknown name is the agent's to refuse, and no reason to attach.
  return command?.needs === 'target' && !HELP.test(line);
}
