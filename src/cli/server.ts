import { Command } from 'commander';
import { serverSocket } from './connect.js';
import type { CliContext } from './context.js';
import { addDaemonFlags, type DaemonFlags, daemonOptions } from './daemonFlags.js';
import { addServerFlags, SERVER_PORTS, type ServerFlags, serverOptions } from './serverFlags.js';
import { startShared } from './shared.js';

export function serverCommand(context: CliContext): Command {
  const command = new Command('server')
    .description('run the config server and cluster views until it is told to stop (SIGTERM or Ctrl-C)')
    .option(
      '--classic-ports',
      `also listen on the ports that clients expect (${SERVER_PORTS.join(', ')}) on loopback`,
    );
  addDaemonFlags(command, { trust: 'token', logLevel: 'info' });
  addServerFlags(command);
  return command.action(async (flags: DaemonFlags & ServerFlags) => {
    const daemon = await startShared(context, flags, {
      ...daemonOptions(flags, serverSocket(), SERVER_PORTS),
      server: serverOptions(flags),
    });
    context.terminal.note(
      `Server ${process.pid} listens on ${[serverSocket(), ...daemon.addresses].join(', ')}`,
    );
    await context.life.serve();
  });
}
