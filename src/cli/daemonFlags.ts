import { readFileSync, statSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { RemoraError, ROLES, type Role, setLimit } from '../base/index.js';
import type { DaemonOptions, ListenAddress } from '../daemon.js';
import type { CertifiedClient, Token } from '../http/index.js';
import { usage } from './errors.js';
import { parseListen } from './listenAddress.js';

const LOOPBACK = '127.0.0.1';
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'];

/** What `agent`, `server` and `up` share: who may reach them, and what they log. */
export interface DaemonFlags {
  readonly listen: readonly ListenAddress[];
  readonly classicPorts?: boolean;
  readonly trust: 'uid' | 'token';
  readonly token: readonly Token[];
  readonly host: readonly string[];
  readonly limit: readonly string[];
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsClientCa?: string;
  readonly tlsClient: readonly CertifiedClient[];
  readonly insecure?: boolean;
  readonly logLevel: string;
}

/** For an option that may be given several times. */
export function several<T>(parse: (text: string) => T): (text: string, before?: readonly T[]) => T[] {
  return (text, before = []) => [...before, parse(text)];
}

export function addDaemonFlags(
  command: Command,
  defaults: { trust: 'uid' | 'token'; logLevel: string; listens?: string },
): Command {
  return command
    .addOption(
      new Option('--listen <address>', 'listen on HOST:PORT (several times for several)')
        .argParser(several(parseListen))
        .default([], defaults.listens ?? 'Unix socket only'),
    )
    .addOption(
      new Option('--trust <mode>', "who may call on TCP: this user's processes on loopback, or tokens only")
        .choices(['uid', 'token'])
        .default(defaults.trust),
    )
    .addOption(
      new Option(
        '--token <name:role:file>',
        `a token: its name, its role (${roleList()}), and the file that holds the secret`,
      )
        .argParser(several(parseToken))
        .default([], 'none'),
    )
    .addOption(
      new Option('--host <name>', 'a further name that callers may use for this host')
        .argParser(several((text) => text))
        .default([], 'localhost and the listen addresses'),
    )
    .addOption(
      new Option('--limit <name=value>', 'set a limit; docs/limits.md lists them')
        .argParser(several((text) => text))
        .default([], 'none'),
    )
    .option('--tls-cert <file>', 'PEM certificate: speak TLS')
    .option('--tls-key <file>', 'PEM private key of the certificate')
    .option('--tls-client-ca <file>', 'PEM certificate of the authority whose clients are let in')
    .addOption(
      new Option(
        '--tls-client <name:role>',
        `a client known by its certificate: the common name and the role (${roleList()})`,
      )
        .argParser(several(parseClient))
        .default([], 'none'),
    )
    .option('--insecure', 'listen beyond loopback without TLS: everybody on the way can read and act')
    .addOption(
      new Option('--log-level <level>', 'what is logged on standard error')
        .choices(LEVELS)
        .default(defaults.logLevel),
    );
}

/**
 * The process's options from its flags, its roles left out. `classicPorts`: what unmodified clients and the documented
 * examples expect; each is taken where it is free. Call `applyLimits` after the rooms are loaded: they define them.
 */
export function daemonOptions(
  flags: DaemonFlags,
  socketPath: string,
  classicPorts: readonly number[],
): DaemonOptions {
  const classic = flags.classicPorts
    ? classicPorts.map((port) => ({ host: LOOPBACK, port, required: false }))
    : [];
  const asked = new Set(flags.listen.map(({ host, port }) => `${host}:${port}`));
  return {
    socketPath,
    listen: [...flags.listen, ...classic.filter(({ host, port }) => !asked.has(`${host}:${port}`))],
    trust: flags.trust,
    tokens: flags.token,
    hosts: flags.host,
    ...tls(flags),
    clients: flags.tlsClient,
    insecure: flags.insecure === true,
    log: { level: flags.logLevel, pretty: process.stderr.isTTY === true },
  };
}

export function applyLimits(flags: DaemonFlags): void {
  for (const assignment of flags.limit) setLimit(assignment);
}

function tls(flags: DaemonFlags): Pick<DaemonOptions, 'tls'> {
  const { tlsCert, tlsKey, tlsClientCa, tlsClient } = flags;
  if (tlsClient.length > 0 && !tlsClientCa) {
    throw usage(
      '--tls-client needs --tls-client-ca',
      'Give the certificate of the authority that signed theirs',
    );
  }
  if (!tlsCert && !tlsKey && !tlsClientCa) return {};
  if (!tlsCert || !tlsKey) throw usage('--tls-cert and --tls-key belong together', 'Give both');
  return {
    tls: {
      cert: readText('--tls-cert', tlsCert),
      key: readText('--tls-key', tlsKey),
      ...(tlsClientCa ? { clientCa: readText('--tls-client-ca', tlsClientCa) } : {}),
    },
  };
}

function readText(flag: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new RemoraError(
      'usage',
      `${flag}: ${path} cannot be read (${(cause as NodeJS.ErrnoException).code})`,
      {
        hint: 'Check the path and its permissions',
        cause,
      },
    );
  }
}

function parseClient(text: string): CertifiedClient {
  const [, name = '', role = ''] = /^(.+):([^:]+)$/.exec(text) ?? [];
  if (!isTokenRole(role)) throw new InvalidArgumentError(`Give NAME:ROLE, the role one of ${roleList()}.`);
  return { name, role };
}

function parseToken(text: string): Token {
  const [, name = '', role = '', file = ''] = /^([^:]+):([^:]+):(.+)$/.exec(text) ?? [];
  if (!isTokenRole(role))
    throw new InvalidArgumentError(`Give NAME:ROLE:FILE, the role one of ${roleList()}.`);
  const secret = readSecret(file);
  return { name, role, secret };
}

/** The secret stands in a file, since arguments can be read by every user of the host. */
export function readSecret(file: string): string {
  let text: string;
  let mode: number;
  try {
    text = readFileSync(file, 'utf8').trim();
    mode = statSync(file).mode;
  } catch (error) {
    throw new InvalidArgumentError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
  if ((mode & 0o077) !== 0) throw new InvalidArgumentError(`Others may read ${file}: chmod 600 it.`);
  if (text === '') throw new InvalidArgumentError(`${file} is empty.`);
  // An Authorization header ends at a blank.
  if (/\s/.test(text)) throw new InvalidArgumentError(`The secret in ${file} must be one word.`);
  return text;
}

function isTokenRole(text: string): text is Role {
  return text !== 'none' && (ROLES as readonly string[]).includes(text);
}

function roleList(): string {
  return ROLES.filter((role) => role !== 'none').join(', ');
}
