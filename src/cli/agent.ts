import { Command } from 'commander';
import type { Agent } from '../agent.js';
import { type AgentFlags, addAgentFlags, agentOptions, applyLimits } from './agentFlags.js';
import { runningAgent, sharedSocket } from './connect.js';
import type { CliContext } from './context.js';
import { alreadyRunning } from './errors.js';

export function agentCommand(context: CliContext): Command {
  const command = new Command('agent')
    .description("run this host's agent until it is told to stop (SIGTERM or Ctrl-C)")
    .option('--classic-ports', 'also listen on the ports that clients expect (8563) on loopback');
  return addAgentFlags(command, { trust: 'token', logLevel: 'info' }).action(async (flags: AgentFlags) => {
    const agent = await startShared(context, flags);
    const { terminal } = context;
    terminal.note(`Agent ${process.pid} listens on ${[sharedSocket(), ...agent.addresses].join(', ')}`);
    await context.life.serve();
  });
}

/** Starts the one agent of this user that everybody shares. */
export async function startShared(context: CliContext, flags: AgentFlags): Promise<Agent> {
  const socketPath = sharedSocket();
  const running = await runningAgent();
  running?.client.close();
  if (running) throw alreadyRunning(running.info.pid, socketPath);
  const { startAgent } = await import('../agent.js');
  applyLimits(flags);
  const agent = await startAgent(agentOptions(flags, socketPath));
  context.life.defer(() => agent.close('the agent was told to stop'));
  return agent;
}
