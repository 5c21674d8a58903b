import { Command } from 'commander';
import type { CliContext } from '../context.js';
import { addConnectionFlags, type ConnectionFlags, containersClient } from './connection.js';
import { hasEnded, noSuchContainer, notAttachable, wantsTerminal } from './errors.js';
import { interact } from './interact.js';
import { exitCodeOf, withOwnExitCode } from './outcome.js';
import { detachKeysOption } from './processFlags.js';

interface AttachFlags extends ConnectionFlags {
  /** Commander's name for `--no-stdin`. */
  readonly stdin: boolean;
  readonly detachKeys: Buffer;
}

export function attachCommand(context: CliContext): Command {
  const command = new Command('attach')
    .description('connect this terminal with a running container; leaving it lets it go on')
    .argument('<container>', 'the container, ROOT or ROOT.CHILD')
    .option('--no-stdin', 'look on: pass no input')
    .addOption(detachKeysOption());
  return addConnectionFlags(command).action(async (id: string, flags: AttachFlags) => {
    await withOwnExitCode(context, () => attach(context, id, flags));
  });
}

async function attach(context: CliContext, id: string, flags: AttachFlags): Promise<number> {
  const { terminal, life } = context;
  const client = containersClient(context, flags);
  const entry = (await client.list()).find((each) => each.id === id);
  if (!entry) throw noSuchContainer(id);
  if (entry.end) throw hasEnded(id);
  if (entry.attachable === false) throw notAttachable(id);
  const tty = entry.tty ?? process.stdin.isTTY === true;
  if (flags.stdin && tty && !process.stdin.isTTY) throw wantsTerminal(id);
  const ended = client.wait(id);
  ended.catch(() => undefined);
  const output = await client.attachOutput(id);
  let left = false;
  life.onInterrupt = () => {
    left = true;
    output.close();
    return true;
  };
  const outcome = await interact(context, {
    output,
    ...(flags.stdin ? { openInput: () => client.attachInput(id) } : {}),
    tty,
    interactive: flags.stdin,
    detachKeys: flags.detachKeys,
    redraw: true,
  });
  life.onInterrupt = undefined;
  if (left || outcome === 'detached') {
    terminal.note(`${left ? '' : '\n'}Left; ${id} goes on.`);
    return 0;
  }
  return exitCodeOf(context, await ended, id);
}
