import { RemoraError } from '../../base/index.js';
import type { ContainerEnd, ContainersClient } from '../../client/index.js';
import type { CliContext } from '../context.js';
import { EXIT } from '../exitCode.js';

/** The exit code of our own process for a container's end; says on standard error what a code alone does not. */
export function exitCodeOf(context: CliContext, end: ContainerEnd | undefined, container: string): number {
  const { terminal } = context;
  if (end?.message) terminal.note(terminal.noteStyle.yellow(`${container}: ${end.message}`));
  if (end?.exitCode !== undefined) return end.exitCode;
  terminal.note(terminal.noteStyle.yellow(`${container} has ended; its exit code could not be learned`));
  return EXIT.remora;
}

/** Runs what has an exit code of a container's program: a failure of ours must not look like one of the program's. */
export async function withOwnExitCode(context: CliContext, action: () => Promise<number>): Promise<void> {
  try {
    context.exitCode = await action();
  } catch (error) {
    if (!(error instanceof RemoraError) || context.life.isLeaving) throw error;
    const { terminal } = context;
    terminal.note(terminal.noteStyle.red(`remora: ${error.message}`));
    if (error.hint) terminal.note(terminal.noteStyle.dim(error.hint));
    context.exitCode = EXIT.remora;
  }
}

/** Sends a signal on Ctrl-C in place of leaving; a second Ctrl-C leaves at once. Returns the way back. */
export function forwardInterrupt(
  context: CliContext,
  client: ContainersClient,
  container: string,
  signal: number,
): () => void {
  context.life.onInterrupt = () => {
    client.kill(container, signal).catch(() => undefined);
    return true;
  };
  return () => {
    context.life.onInterrupt = undefined;
  };
}
