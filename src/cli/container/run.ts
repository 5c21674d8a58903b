import { constants } from 'node:os';
import { Command } from 'commander';
import { hexId } from '../../base/index.js';
import type { ContainerEnd, ContainersClient } from '../../client/index.js';
import type { CliContext } from '../context.js';
import { addConnectionFlags, type ConnectionFlags, containersClient } from './connection.js';
import { nameTaken } from './errors.js';
import { interact } from './interact.js';
import { exitCodeOf, withOwnExitCode } from './outcome.js';
import { addProcessFlags, checkTerminal, type ProcessFlags, specOf } from './processFlags.js';

type RunFlags = ProcessFlags &
  ConnectionFlags & {
    readonly name?: string;
    readonly in?: string;
    readonly detach?: boolean;
    readonly rm?: boolean;
  };

const NAME_BYTES = 4;
/** What a container gets to end after our own end was asked for. */
const STOP_MS = 5000;

export function runCommand(context: CliContext): Command {
  const command = new Command('run')
    .description('start a program in a container of its own, which outlives the agent')
    .argument('<command>', 'the program')
    .argument('[args...]', 'its arguments')
    .passThroughOptions()
    .option('--name <id>', 'its name (default: a short random one)')
    .option('--in <parent>', 'start it below this container; it ends with it')
    .option('-d, --detach', 'print its name and leave it running')
    .option('--rm', 'remove what is left of it when it has ended');
  addProcessFlags(command);
  addConnectionFlags(command);
  return command
    .addHelpText(
      'after',
      "\nOptions of the program follow after it: remora container run -- sh -c 'echo $HOME'",
    )
    .action(async (program: string, args: readonly string[], flags: RunFlags) => {
      if (!flags.detach) checkTerminal(flags);
      await withOwnExitCode(context, () => run(context, [program, ...args], flags));
    });
}

async function run(context: CliContext, argv: readonly string[], flags: RunFlags): Promise<number> {
  const { terminal } = context;
  const client = containersClient(context, flags);
  const name = flags.name ?? hexId(NAME_BYTES);
  const id = flags.in === undefined ? name : `${flags.in}.${name}`;
  const launched = await client.launch(specOf(id, argv, flags), {
    // One that nobody can come back to writes to its files alone, and needs no agent for that.
    attachable: !flags.detach || flags.interactive === true,
    holdOutput: !flags.detach,
    keepRecord: true,
  });
  if (launched === 'exists') throw nameTaken(id);
  if (flags.detach) {
    await terminal.print(id);
    return 0;
  }
  return await follow(context, client, id, flags);
}

/** Stays with a container that has just been started, and speaks for it. */
async function follow(
  context: CliContext,
  client: ContainersClient,
  id: string,
  flags: RunFlags,
): Promise<number> {
  const ended = client.wait(id);
  ended.catch(() => undefined);
  const letGo = stopWithUs(context, client, id, ended);
  const outcome = await interact(context, {
    output: await client.attachOutput(id),
    openInput: () => client.attachInput(id),
    tty: flags.tty === true,
    interactive: flags.interactive === true,
    detachKeys: flags.detachKeys,
  });
  if (outcome === 'detached') {
    letGo();
    context.terminal.note(`\n${id} goes on; remora container attach ${id} comes back to it.`);
    return 0;
  }
  const end = await ended;
  letGo();
  if (flags.rm) await client.remove(id);
  return exitCodeOf(context, end, id);
}

/**
 * Ctrl-C is passed on; a second one kills. Where we are told to end, or nobody reads our output any more, the container
 * is told to end too; where only our terminal was closed, it goes on.
 */
function stopWithUs(
  context: CliContext,
  client: ContainersClient,
  id: string,
  ended: Promise<ContainerEnd | undefined>,
): () => void {
  const { life } = context;
  let interrupts = 0;
  let hungUp = false;
  let over = false;
  life.onInterrupt = () => {
    interrupts += 1;
    const signal = interrupts === 1 ? constants.signals.SIGINT : constants.signals.SIGKILL;
    client.kill(id, signal).catch(() => undefined);
    // The second one is ours to answer too; the third leaves.
    if (interrupts === 1) life.calm();
    return true;
  };
  process.prependListener('SIGHUP', () => {
    hungUp = true;
  });
  life.defer(async () => {
    if (over || hungUp) return;
    await client.kill(id, constants.signals.SIGTERM).catch(() => undefined);
    const timer = new Promise<'late'>((resolve) => setTimeout(() => resolve('late'), STOP_MS).unref());
    const last = await Promise.race([ended.catch(() => undefined), timer]);
    if (last === 'late') context.terminal.note(`${id} does not end; remora container rm -f ${id} kills it.`);
  });
  return () => {
    over = true;
    life.onInterrupt = undefined;
  };
}
