import { constants } from 'node:os';
import { Command } from 'commander';
import { hexId, RemoraError } from '../../base/index.js';
import type { ContainerEnd, ContainersClient } from '../../client/index.js';
import type { CliContext } from '../context.js';
import { addConnectionFlags, type ConnectionFlags, containersClient } from './connection.js';
import { interact } from './interact.js';
import { exitCodeOf, forwardInterrupt, withOwnExitCode } from './outcome.js';
import { addProcessFlags, checkTerminal, type ProcessFlags, specOf } from './processFlags.js';

type ExecFlags = ProcessFlags & ConnectionFlags;

const NAME_BYTES = 6;
/** The agent has ended the stream, so that the container's end is a matter of moments. */
const END_MS = 30_000;
/** What the agent gets to end a session that we leave. */
const LEFT_MS = 2000;

export function execCommand(context: CliContext): Command {
  const command = new Command('exec')
    .description('run a program inside a running container; it ends when we do')
    .argument('<container>', 'the container, ROOT or ROOT.CHILD')
    .argument('<command>', 'the program')
    .argument('[args...]', 'its arguments')
    .passThroughOptions();
  addProcessFlags(command);
  addConnectionFlags(command);
  return command
    .addHelpText('after', '\nA shell in a container: remora container exec -it CONTAINER sh')
    .action(async (parent: string, program: string, args: readonly string[], flags: ExecFlags) => {
      checkTerminal(flags);
      await withOwnExitCode(context, () => exec(context, parent, [program, ...args], flags));
    });
}

async function exec(
  context: CliContext,
  parent: string,
  argv: readonly string[],
  flags: ExecFlags,
): Promise<number> {
  const client = containersClient(context, flags);
  const id = `${parent}.exec-${hexId(NAME_BYTES)}`;
  const output = await client.session(specOf(id, argv, flags));
  // However we leave: nobody else knows the name of what is left of it.
  let taken = false;
  const cleanUp = context.life.defer(async () => {
    output.close();
    if (!taken) await takeEnd(client, id, LEFT_MS).catch(() => undefined);
  });
  const stopForwarding = forwardInterrupt(context, client, id, constants.signals.SIGINT);
  const outcome = await interact(context, {
    output,
    openInput: () => client.attachInput(id),
    tty: flags.tty === true,
    interactive: flags.interactive === true,
    detachKeys: flags.detachKeys,
  }).finally(stopForwarding);
  if (outcome === 'detached') {
    context.terminal.note('\nLeft; what ran here ends with its connection.');
    await cleanUp();
    return 0;
  }
  taken = true;
  return exitCodeOf(context, await takeEnd(client, id, END_MS), id);
}

/** How it ended; what is left of it is removed, since nobody else knows its name. */
async function takeEnd(
  client: ContainersClient,
  id: string,
  timeoutMs: number,
): Promise<ContainerEnd | undefined> {
  const end = await client.wait(id, { timeoutMs });
  await client.remove(id).catch((error: unknown) => {
    if (!(error instanceof RemoraError)) throw error;
  });
  return end;
}
