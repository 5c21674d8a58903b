import { type Caller, type Risk, roleForRisk, roleIncludes } from '../base/index.js';
import type { Command, CommandArguments } from './command.js';
import { aboveCeiling, roleTooLow } from './errors.js';

/** What a line does to a process. Help does nothing; a line that will not run counts as its command does. */
export function riskOfLine(command: Command, args: CommandArguments | 'help' | Error): Risk {
  if (args === 'help') return 'read';
  if (args instanceof Error) return command.risk;
  return command.riskOf?.(args) ?? command.risk;
}

/**
 * Two gates (DESIGN 4 and 8): the caller's role, and the agent's own ceiling whatever the caller's role.
 * @throws RemoraError `role-too-low` or `above-ceiling`.
 */
export function checkAccess(command: Command, risk: Risk, caller: Caller, allow: readonly Risk[]): void {
  if (!roleIncludes(caller.role, roleForRisk(risk))) throw roleTooLow(command.name, risk, caller.role);
  if (!allow.includes(risk)) throw aboveCeiling(command.name, risk);
}
