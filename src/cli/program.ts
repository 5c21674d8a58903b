import { Command } from 'commander';
import { PRODUCT } from '../base/index.js';
import { agentCommand } from './agent.js';
import { agentsCommand } from './agents.js';
import { alarmsCommand } from './alarms.js';
import { attachCommand } from './attach.js';
import { completionCommand } from './completion.js';
import { configCommand } from './config.js';
import { containerCommand } from './container/index.js';
import type { CliContext } from './context.js';
import { execCommand } from './exec.js';
import { groupCommand } from './group.js';
import { profileCommand } from './profile.js';
import { psCommand } from './ps.js';
import { serverCommand } from './server.js';
import { upCommand } from './up.js';
import { versionCommand } from './version.js';

/** One line here is a subcommand. */
const SUBCOMMANDS = [
  psCommand,
  attachCommand,
  execCommand,
  profileCommand,
  containerCommand,
  upCommand,
  agentCommand,
  serverCommand,
  agentsCommand,
  alarmsCommand,
  groupCommand,
  configCommand,
  versionCommand,
  completionCommand,
];

export function makeProgram(context: CliContext): Command {
  const program = new Command(PRODUCT)
    .description('Attach to a running Node.js process, diagnose it, and let go without a trace.')
    .usage('[command] [options]')
    .version(context.version, '-V, --version', 'print the version')
    .helpCommand('help [command]', 'explain a subcommand')
    .addHelpText('after', `\nWithout a subcommand, ${PRODUCT} lets you choose a process and attaches to it.`)
    .showHelpAfterError(`'${PRODUCT} --help' lists the subcommands.`)
    // What stands after a program's name in `container run` and `exec` is the program's.
    .enablePositionalOptions()
    .exitOverride();
  for (const subcommand of SUBCOMMANDS) {
    const command = subcommand(context).exitOverride();
    program.addCommand(command.showHelpAfterError(`'${PRODUCT} ${command.name()} --help' explains it.`));
  }
  return program;
}
