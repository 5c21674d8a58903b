import { readFileSync, statSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { AgentOptions, ListenAddress } from '../agent.js';
import { RemoraError, type Risk, ROLES, type Role, setLimit } from '../base/index.js';
import type { Token } from '../http/index.js';
import { parseSeconds } from './attach.js';
import { parseListen } from './listenAddress.js';

/** Ports that unmodified clients and the documented examples expect; each is taken where it is free. */
const CLASSIC_PORTS = [8563];
const LOOPBACK = '127.0.0.1';
const RISKS: readonly Risk[] = ['read', 'observe', 'change'];
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'];

export interface AgentFlags {
  readonly listen: readonly ListenAddress[];
  readonly classicPorts?: boolean;
  readonly trust: 'uid' | 'token';
  readonly token: readonly Token[];
  readonly host: readonly string[];
  readonly allow: readonly Risk[];
  readonly linger?: number;
  readonly limit: readonly string[];
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly insecure?: boolean;
  readonly logLevel: string;
}

/** Adds the options that `agent` and `up` share. */
export function addAgentFlags(
  command: Command,
  defaults: { trust: 'uid' | 'token'; logLevel: string },
): Command {
  const several =
    <T>(parse: (text: string) => T) =>
    (text: string, before: readonly T[] = []) => [...before, parse(text)];
  return command
    .addOption(
      new Option('--listen <address>', 'listen on HOST:PORT (several times for several)')
        .argParser(several(parseListen))
        .default([], 'Unix socket only'),
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
      new Option('--allow <risks>', 'what this agent does, whoever asks: read, observe, change')
        .argParser(parseAllow)
        .default(['read', 'observe'], 'read,observe'),
    )
    .option('--linger <seconds>', 'keep a target this long after its last use', parseSeconds)
    .addOption(
      new Option('--limit <name=value>', 'set a limit; docs/limits.md lists them')
        .argParser(several((text) => text))
        .default([], 'none'),
    )
    .option('--tls-cert <file>', 'PEM certificate: speak TLS')
    .option('--tls-key <file>', 'PEM private key of the certificate')
    .option('--insecure', 'listen beyond loopback without TLS: everybody on the way can read and act')
    .addOption(
      new Option('--log-level <level>', 'what is logged on standard error')
        .choices(LEVELS)
        .default(defaults.logLevel),
    );
}

/** The agent's options from its flags. Call `applyLimits` after the agent's code is loaded: its rooms define them. */
export function agentOptions(flags: AgentFlags, socketPath: string): AgentOptions {
  const classic = flags.classicPorts
    ? CLASSIC_PORTS.map((port) => ({ host: LOOPBACK, port, required: false }))
    : [];
  const asked = new Set(flags.listen.map(({ host, port }) => `${host}:${port}`));
  return {
    socketPath,
    listen: [...flags.listen, ...classic.filter(({ host, port }) => !asked.has(`${host}:${port}`))],
    trust: flags.trust,
    tokens: flags.token,
    hosts: flags.host,
    allow: flags.allow,
    ...(flags.linger === undefined ? {} : { lingerMs: flags.linger * 1000 }),
    ...tls(flags),
    insecure: flags.insecure === true,
    log: { level: flags.logLevel, pretty: process.stderr.isTTY === true },
  };
}

export function applyLimits(flags: AgentFlags): void {
  for (const assignment of flags.limit) setLimit(assignment);
}

function tls(flags: AgentFlags): Pick<AgentOptions, 'tls'> {
  if (!flags.tlsCert && !flags.tlsKey) return {};
  if (!flags.tlsCert || !flags.tlsKey) {
    throw new RemoraError('usage', '--tls-cert and --tls-key belong together', { hint: 'Give both' });
  }
  return { tls: { cert: readText('--tls-cert', flags.tlsCert), key: readText('--tls-key', flags.tlsKey) } };
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

function parseToken(text: string): Token {
  const [, name = '', role = '', file = ''] = /^([^:]+):([^:]+):(.+)$/.exec(text) ?? [];
  if (!isTokenRole(role))
    throw new InvalidArgumentError(`Give NAME:ROLE:FILE, the role one of ${roleList()}.`);
  const secret = readSecret(file);
  return { name, role, secret };
}

/** The secret stands in a file, since arguments can be read by every user of the host. */
function readSecret(file: string): string {
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

function parseAllow(text: string): Risk[] {
  const wanted = text.split(',').map((each) => each.trim());
  const unknown = wanted.find((each) => !(RISKS as readonly string[]).includes(each));
  if (unknown !== undefined) throw new InvalidArgumentError(`'${unknown}' is none of ${RISKS.join(', ')}.`);
  return RISKS.filter((risk) => wanted.includes(risk));
}
