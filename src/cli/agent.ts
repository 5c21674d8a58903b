import { Command } from 'commander';
import { AGENT_PORTS, type AgentFlags, addAgentFlags, agentOptions } from './agentFlags.js';
import { sharedSocket } from './connect.js';
import type { CliContext } from './context.js';
import { addDaemonFlags, type DaemonFlags, daemonOptions } from './daemonFlags.js';
import { startShared } from './shared.js';

export function agentCommand(context: CliContext): Command {
  const command = new Command('agent')
    .description("run this host's agent until it is told to stop (SIGTERM or Ctrl-C)")
    .option(
      '--classic-ports',
      `also listen on the ports that clients expect (${AGENT_PORTS.join(', ')}) on loopback`,
    );
  addDaemonFlags(command, { trust: 'token', logLevel: 'info' });
  addAgentFlags(command, ['read', 'observe']);
  return command.action(async (flags: DaemonFlags & AgentFlags) => {
    const daemon = await startShared(context, flags, {
      ...daemonOptions(flags, sharedSocket(), AGENT_PORTS),
      agent: agentOptions(flags),
    });
    context.terminal.note(
      `Agent ${process.pid} listens on ${[sharedSocket(), ...daemon.addresses].join(', ')}`,
    );
    await context.life.serve();
  });
}
