import { type Command, Option } from 'commander';
import { RemoraError } from '../base/index.js';
import { FleetClient } from '../client/index.js';
import { running, serverSocket, sharedSocket } from './connect.js';
import type { CliContext } from './context.js';
import { readSecret } from './daemonFlags.js';
import { noServer, usage } from './errors.js';
import { EXIT } from './exitCode.js';

/** Which config server, and how its answers are printed. */
export interface FleetFlags {
  readonly server?: string;
  readonly tokenFile?: string;
  readonly json?: boolean;
}

export function addFleetFlags(command: Command): Command {
  return command
    .option('--server <url>', 'a server elsewhere, as http://HOST:PORT (default: the one of this user)')
    .addOption(
      new Option('--token-file <file>', 'the token for it: a file of mode 0600').argParser(readSecret),
    )
    .option('--json', 'JSON on standard output');
}

/** Runs a subcommand against the server. What the server refuses is said with the way out, and ends with code 1. */
export async function withServer(
  context: CliContext,
  flags: FleetFlags,
  work: (client: FleetClient) => Promise<void>,
): Promise<void> {
  const client = await connectServer(flags);
  context.life.defer(() => client.close());
  try {
    await work(client);
    context.exitCode = EXIT.ok;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const { red, dim } = context.terminal.noteStyle;
    context.terminal.note(red(error.message));
    if (error.hint) context.terminal.note(dim(error.hint));
    context.exitCode = EXIT.failed;
  }
}

/** Says what was done; with `--json` shows the thing as it is now. */
export async function sayDone(
  { terminal }: CliContext,
  flags: FleetFlags,
  text: string,
  now: () => Promise<unknown>,
): Promise<void> {
  if (flags.json) await terminal.print(jsonText(await now()));
  else await terminal.printForeign(text);
}

/** The server answered, and said no. */
export function isRefusal(error: unknown): error is RemoraError {
  if (!(error instanceof RemoraError)) return false;
  return typeof error.details.code === 'string' || typeof error.details.requestId === 'string';
}

/** The same refusal with a hint that knows more. */
export function withHint(error: RemoraError, hint: string): RemoraError {
  return new RemoraError(error.code, error.message, { hint, details: { ...error.details }, cause: error });
}

async function connectServer({ server, tokenFile }: FleetFlags): Promise<FleetClient> {
  if (server !== undefined)
    return new FleetClient({ url: server, ...(tokenFile ? { token: tokenFile } : {}) });
  if (tokenFile !== undefined) {
    throw usage(
      '--token-file is for a server that --server names',
      'Give --server too; the own server needs no token',
    );
  }
  for (const socketPath of [serverSocket(), sharedSocket()]) {
    const found = await running(socketPath);
    found?.client.close();
    if (found?.info.roles?.includes('server')) return new FleetClient({ socketPath });
  }
  throw noServer();
}

/** JSON text; numbers too large for JavaScript as text. */
export function jsonText(value: unknown): string {
  return JSON.stringify(
    value,
    (_, each: unknown) =>
      typeof each === 'bigint' ? (Number.isSafeInteger(Number(each)) ? Number(each) : String(each)) : each,
    2,
  );
}
