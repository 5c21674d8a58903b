import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { type ContainerEncoding, ContainersClient } from '../../client/index.js';
import { sharedSocket } from '../connect.js';
import type { CliContext } from '../context.js';
import { usage } from '../errors.js';

/** Which agent a subcommand talks to. */
export interface ConnectionFlags {
  readonly agent?: string;
  readonly tokenFile?: string;
  readonly encoding: ContainerEncoding;
}

export function addConnectionFlags(command: Command): Command {
  return command
    .option('--agent <url>', "the agent's address, http://HOST:PORT (default: this user's agent)")
    .option('--token-file <file>', 'file that holds the token for --agent')
    .addOption(
      new Option('--encoding <name>', 'how calls are written')
        .choices(['protobuf', 'json'])
        .default('protobuf'),
    );
}

/** A client that is closed when we leave. Nothing is sent yet. */
export function containersClient(context: CliContext, flags: ConnectionFlags): ContainersClient {
  if (flags.tokenFile !== undefined && flags.agent === undefined) {
    throw usage('--token-file belongs to --agent', 'Give both, or neither for the agent of this user');
  }
  const address =
    flags.agent === undefined
      ? { socketPath: sharedSocket() }
      : { url: flags.agent, ...(flags.tokenFile === undefined ? {} : { token: readToken(flags.tokenFile) }) };
  const client = new ContainersClient(address, { encoding: flags.encoding });
  context.life.defer(() => client.close());
  return client;
}

function readToken(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw usage(
      `--token-file: ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`,
      'Check the path and its permissions',
    );
  }
  if (!/^[\x21-\x7e]+$/.test(text))
    throw usage(`--token-file: ${file} does not hold one word`, 'Write the token alone');
  return text;
}
