import { Command } from 'commander';
import { PRODUCT } from '../base/index.js';

/** A subcommand that has subcommands of its own: `remora config list`. */
export function family(name: string, description: string, members: readonly Command[]): Command {
  const command = new Command(name).description(description).helpCommand(false);
  for (const member of members) {
    const help = `'${PRODUCT} ${name} ${member.name()} --help' explains it.`;
    command.addCommand(member.exitOverride().showHelpAfterError(help));
  }
  return command;
}
