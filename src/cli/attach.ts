import { Command, InvalidArgumentError, Option } from 'commander';
import type { AttachAnswer, ProcessInfo } from '../client/index.js';
import type { ListenAddress } from '../daemon.js';
import { chooseProcess } from './choose.js';
import { attachBy, type Connection, connect } from './connect.js';
import type { CliContext } from './context.js';
import { noTerminal } from './errors.js';
import { EXIT } from './exitCode.js';
import { parseListen } from './listenAddress.js';
import { otherLoginUsers } from './loginUsers.js';
import { addMcpFlags, asksForMcp, type McpFlags, mcpOptions } from './mcpFlags.js';
import { splitCommands } from './splitCommands.js';

export interface AttachFlags extends Partial<McpFlags> {
  readonly linger?: number;
  readonly force?: boolean;
  /** Commander's name for `--no-signal`. */
  readonly signal: boolean;
  readonly listen: readonly ListenAddress[];
  readonly command?: string;
}

export function attachCommand(context: CliContext): Command {
  const command = new Command('attach')
    .description('attach to a process and ask it questions at a prompt')
    .argument('[process]', 'pid, name, name#2 or container id; without it you choose from a list')
    .option('-c, --command <commands>', "run these and leave: 'cmd; cmd'")
    .option('--force', 'attach although a check advises against it')
    .option('--no-signal', 'never send SIGUSR1: only join an inspector that is open already')
    .option('--linger <seconds>', 'keep a target this long after its last use', parseSeconds)
    .addOption(
      new Option('--listen <address>', 'also serve the HTTP API on HOST:PORT; may be given several times')
        .argParser(collectListen)
        .default([], 'Unix socket only'),
    );
  return addMcpFlags(command).action(async (selector: string | undefined, flags: AttachFlags) => {
    context.exitCode = await attachTo(context, selector, flags);
  });
}

/** Attaches, then runs the prompt, the batch, or the commands of standard input. Returns the exit code. */
export async function attachTo(
  context: CliContext,
  selector: string | undefined,
  flags: AttachFlags,
): Promise<number> {
  const { terminal, life } = context;
  if (selector === undefined && !terminal.interactive) throw noTerminal();
  const lingerMs = flags.linger === undefined ? undefined : flags.linger * 1000;
  const connection = await connect(context, {
    listen: flags.listen,
    ...(lingerMs === undefined ? {} : { lingerMs }),
    ...(flags.mcpRole === undefined ? {} : { mcp: mcpOptions({ ...flags, mcpRole: flags.mcpRole }) }),
  });
  sayConnection(context, connection, flags);

  const found = await connection.client.processes();
  const chosen = selector === undefined ? await chooseProcess(found, terminal) : undefined;
  if (selector === undefined && !chosen) return EXIT.interrupted;
  const named = chosen ?? namedProcess(found, selector ?? '');
  if (named && !named.attached) sayWhatAttachingDoes(context, named, flags.signal);

  const { client, attached } = await attachBy(context, connection, {
    process: chosen ? String(chosen.pid) : (selector ?? ''),
    force: flags.force,
    noSignal: !flags.signal,
  });
  const session = await client.openSession({ process: String(attached.process.pid) });
  life.defer(() => session.close());
  sayAttached(context, attached);

  // Loaded when they are wanted, with all commands behind them: other subcommands start without.
  const { inputCommands, runBatch } = await import('./batch.js');
  if (flags.command !== undefined) return runBatch(context, session, splitCommands(flags.command));
  if (!terminal.inputIsTerminal || !terminal.outputIsTerminal)
    return runBatch(context, session, inputCommands());
  const { runRepl } = await import('./repl.js');
  terminal.note(terminal.noteStyle.dim('Type help for the commands; Ctrl-D leaves; stop lets go at once.'));
  return runRepl(context, session, attached.process);
}

function sayConnection(context: CliContext, connection: Connection, flags: AttachFlags): void {
  const { terminal } = context;
  if (!connection.own) {
    if (flags.linger !== undefined) {
      terminal.note(
        terminal.noteStyle.yellow(
          '--linger has no effect: an agent runs already, with a linger time of its own.',
        ),
      );
    }
    if (asksForMcp(flags)) {
      terminal.note(
        terminal.noteStyle.yellow(
          '--mcp-role and --mcp-allow-change have no effect: an agent runs already, with its own; --listen starts one for this.',
        ),
      );
    }
    return;
  }
  if (flags.listen.length > 0) {
    const urls = (path: string) => connection.addresses.map((address) => `${address}${path}`).join(' ');
    terminal.note(`HTTP API: ${urls('/api')}; MCP: ${urls('/mcp')}`);
  }
}

/** Before anything is done: the two lines, and the open door. */
function sayWhatAttachingDoes(context: CliContext, process: ProcessInfo, maySignal: boolean): void {
  if (process.inspector.state === 'open' || !maySignal) return;
  const { terminal } = context;
  const { dim, yellow } = terminal.noteStyle;
  terminal.note(
    dim(
      `Attaching to ${process.name} (pid ${process.pid}): it will write "Debugger listening on ..." and a line or ` +
        'two more to its standard error.',
    ),
  );
  const others = otherLoginUsers();
  if (others.length === 0) return;
  const names =
    others.length > 3 ? `${others.slice(0, 3).join(', ')} and ${others.length - 3} more` : others.join(', ');
  terminal.note(
    yellow(
      `For a moment Node's inspector is open to every user of this host (${names}). ` +
        'A connection that is not ours is detected, undone and reported.',
    ),
  );
}

function sayAttached(context: CliContext, { process, channel, notices }: AttachAnswer): void {
  const { terminal } = context;
  const { green, yellow } = terminal.noteStyle;
  const by = channel === 'cdp' ? ', through its inspector port' : '';
  terminal.note(
    green(`Attached to ${process.name} (pid ${process.pid}, Node ${process.nodeVersion || '?'}${by}).`),
  );
  for (const notice of notices) terminal.note(yellow(notice));
}

function namedProcess(found: readonly ProcessInfo[], selector: string): ProcessInfo | undefined {
  const matches = found.filter(
    (process) =>
      String(process.pid) === selector ||
      process.name === selector ||
      (selector.length >= 12 && process.container?.startsWith(selector)),
  );
  return matches.length === 1 ? matches[0] : undefined;
}

export function parseSeconds(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0 || value > 86_400) {
    throw new InvalidArgumentError('Give seconds, 0 to 86400.');
  }
  return value;
}

function collectListen(text: string, before: readonly ListenAddress[]): ListenAddress[] {
  return [...before, parseListen(text)];
}
