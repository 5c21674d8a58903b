import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ContainerSpec } from '../../client/index.js';
import { several } from '../daemonFlags.js';
import { usage } from '../errors.js';
import { DEFAULT_DETACH_KEYS, parseDetachKeys } from './detachKeys.js';
import { windowSize } from './rawTerminal.js';

/** What `run` and `exec` say about the process that they start, and how it is talked to. */
export interface ProcessFlags {
  readonly env: readonly Variable[];
  readonly user?: string;
  readonly tty?: boolean;
  readonly interactive?: boolean;
  readonly detachKeys: Buffer;
}

interface Variable {
  readonly name: string;
  readonly value: string;
}

export function addProcessFlags(command: Command): Command {
  return command
    .addOption(
      new Option(
        '-e, --env <name=value>',
        'set an environment variable; NAME alone takes ours (several times)',
      )
        .argParser(several(parseVariable))
        .default([], 'none'),
    )
    .option('-u, --user <user>', 'run as this user')
    .option('-t, --tty', 'give it a terminal')
    .option('-i, --interactive', 'pass our standard input on')
    .addOption(detachKeysOption());
}

export function detachKeysOption(): Option {
  return new Option('--detach-keys <keys>', "keys that leave a terminal; '' for none")
    .argParser(parseDetachKeys)
    .default(parseDetachKeys(DEFAULT_DETACH_KEYS), DEFAULT_DETACH_KEYS);
}

/** A terminal there wants one here: its keys would not get through whole otherwise. */
export function checkTerminal({ tty, interactive }: Pick<ProcessFlags, 'tty' | 'interactive'>): void {
  if (!tty || !interactive || process.stdin.isTTY) return;
  throw usage('-t with -i needs a terminal on standard input', 'Leave -t out to pass a pipe or a file on');
}

export function specOf(container: string, argv: readonly string[], flags: ProcessFlags): ContainerSpec {
  const environment = Object.fromEntries(flags.env.map(({ name, value }) => [name, value]));
  if (flags.tty && environment.TERM === undefined) environment.TERM = process.env.TERM ?? 'xterm';
  return {
    container,
    command: argv,
    environment,
    ...(flags.user === undefined ? {} : { user: flags.user }),
    ...(flags.tty ? { tty: windowSize() } : {}),
  };
}

function parseVariable(text: string): Variable {
  const [, name = '', given] = /^([^=\0]+)(?:=([^\0]*))?$/s.exec(text) ?? [];
  if (name === '') throw new InvalidArgumentError('Give NAME=VALUE, or NAME for the value that it has here.');
  const value = given ?? process.env[name];
  if (value === undefined) throw new InvalidArgumentError(`${name} has no value here: give ${name}=VALUE.`);
  return { name, value };
}
