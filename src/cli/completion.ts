import { Argument, Command } from 'commander';
import { completionScript, SHELLS, type Shell } from './completionScript.js';
import type { CliContext } from './context.js';
import { EXIT } from './exitCode.js';

export function completionCommand(context: CliContext): Command {
  return new Command('completion')
    .description('print a completion script for a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .action(async (shell: Shell, _flags: unknown, command: Command) => {
      await context.terminal.print(completionScript(shell, command.parent ?? command).trimEnd());
      context.exitCode = EXIT.ok;
    });
}
