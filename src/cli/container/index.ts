import { Command } from 'commander';
import { PRODUCT } from '../../base/index.js';
import type { CliContext } from '../context.js';
import { attachCommand } from './attach.js';
import { execCommand } from './exec.js';
import { logsCommand } from './logs.js';
import { psCommand } from './ps.js';
import { rmCommand } from './rm.js';
import { runCommand } from './run.js';
import { stopCommand } from './stop.js';

/** One line here is a subcommand of `remora container`. */
const SUBCOMMANDS = [runCommand, execCommand, attachCommand, logsCommand, psCommand, stopCommand, rmCommand];

export function containerCommand(context: CliContext): Command {
  const group = new Command('container')
    .alias('c')
    .description('run programs in containers of this host, and look inside')
    .enablePositionalOptions()
    .helpCommand('help [command]', 'explain a subcommand');
  for (const subcommand of SUBCOMMANDS) {
    const command = subcommand(context).exitOverride();
    group.addCommand(
      command.showHelpAfterError(`'${PRODUCT} container ${command.name()} --help' explains it.`),
    );
  }
  return group;
}
