import type { Daemon, DaemonOptions } from '../daemon.js';
import { running } from './connect.js';
import type { CliContext } from './context.js';
import { applyLimits, type DaemonFlags } from './daemonFlags.js';
import { alreadyRunning } from './errors.js';

/** Starts the one process of its kind that everybody of this user shares. */
export async function startShared(
  context: CliContext,
  flags: DaemonFlags,
  options: DaemonOptions,
): Promise<Daemon> {
  const other = await running(options.socketPath);
  other?.client.close();
  if (other) throw alreadyRunning(other.info.pid, options.socketPath);
  const { startDaemon } = await import('../daemon.js');
  applyLimits(flags);
  const daemon = await startDaemon(options);
  context.life.defer(() => daemon.close('it was told to stop'));
  return daemon;
}
