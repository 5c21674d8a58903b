/** What Node was told on its command line and in NODE_OPTIONS, as far as it matters to attaching. */
import { basename } from 'node:path';
import { readCommand, readEnvironment } from './proc.js';

export interface InspectSettings {
  /** Where SIGUSR1 would open the inspector. */
  readonly host: string;
  /** The port that SIGUSR1 would open; 0 = any free one. Node's default is 9229. */
  readonly port: number;
  /** `--inspect`, `--inspect-brk`, `--inspect-wait`: the inspector was opened at the start. */
  readonly inspectAtStart: boolean;
  /** `--inspect-publish-uid` as given, e.g. `stderr,http`; without `http` the port does not answer /json. */
  readonly publishUid?: string;
  readonly disableSigusr1: boolean;
  /** `--permission` or `--experimental-permission`. */
  readonly permission: boolean;
  readonly allowInspector: boolean;
  readonly allowWorker: boolean;
  /**
   * False when part of it could not be read (environment refused, or `process.title` has overwritten the command
   * line): then a flag may be there all the same.
   */
  readonly complete: boolean;
}

/** Node options that take their value as the next argument. */
const WITH_VALUE = new Set(
  `-r --require --import --loader --experimental-loader -C --conditions --title --env-file --icu-data-dir
  --openssl-config --dns-result-order --diagnostic-dir --redirect-warnings --trace-event-categories
  --trace-event-file-pattern --unhandled-rejections --input-type --experimental-default-type --inspect-port
  --debug-port --inspect-publish-uid --report-dir --report-directory --report-filename --report-signal
  --stack-trace-limit --tls-cipher-list --tls-keylog --disable-proto --disable-warning --heapsnapshot-signal
  --heapsnapshot-near-heap-limit --max-http-header-size --secure-heap --secure-heap-min --localstorage-file
  --cpu-prof-dir --cpu-prof-name --cpu-prof-interval --heap-prof-dir --heap-prof-name --heap-prof-interval
  --watch-path --test-name-pattern --test-reporter --test-reporter-destination --test-concurrency --test-timeout
  --allow-fs-read --allow-fs-write --snapshot-blob --build-snapshot-config --experimental-sea-config --policy
  --experimental-policy --policy-integrity --network-family-autoselection-attempt-timeout --v8-pool-size
  --max-old-space-size --max-semi-space-size --stack-size`
    .split(/\s+/)
    .filter(Boolean),
);

const EVAL = new Set(['-e', '--eval', '-p', '--print', '-pe', '-ep']);

export interface SplitCommand {
  /** Node's own options, each value joined by `=`. */
  readonly options: readonly string[];
  /** The script as typed; undefined for a prompt, standard input, or `--eval`. */
  readonly script?: string;
  readonly evaluates: boolean;
  /** Set when the command line is a `process.title`. */
  readonly title?: string;
}

const NODE_NAME = /^(node|nodejs)([-_.]?v?\d[\w.]*)?$/;

export function isNodeName(name: string): boolean {
  return NODE_NAME.test(name);
}

/** Takes a command line of a Node process apart. `exe` is the executable's path, '' when unknown. */
export function splitCommand(command: readonly string[], exe = ''): SplitCommand {
  const [first = '', ...rest] = command;
  const program = basename(first);
  // A title is one string in the place of all arguments; a bare `node` or the executable's own name is no title.
  if (rest.length === 0 && first !== '' && !isNodeName(program) && program !== basename(exe)) {
    return { options: [], evaluates: false, title: first };
  }
  const options: string[] = [];
  for (let at = 0; at < rest.length; at++) {
    const argument = rest[at] ?? '';
    if (EVAL.has(argument)) {
      return { options: [...options, argument], evaluates: true };
    }
    if (argument === '--') return withScript(options, rest[at + 1]);
    if (!argument.startsWith('-') || argument === '-') {
      // `node inspect app.js` is a debugger's own process; its first word is the script as much as any.
      return withScript(options, argument === '-' ? undefined : argument);
    }
    const value = rest[at + 1];
    if (WITH_VALUE.has(argument) && value !== undefined) {
      options.push(`${argument}=${value}`);
      at++;
    } else {
      options.push(argument);
    }
  }
  return withScript(options, undefined);
}

function withScript(options: readonly string[], script: string | undefined): SplitCommand {
  return script === undefined ? { options, evaluates: false } : { options, evaluates: false, script };
}

/** Splits NODE_OPTIONS as Node does: blanks part, double quotes join, a backslash inside quotes escapes. */
export function splitNodeOptions(text: string): string[] {
  const parts: string[] = [];
  let part = '';
  let quoted = false;
  let started = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? '';
    if (char === '\\' && quoted && at + 1 < text.length) {
      part += text[++at];
    } else if (char === '"') {
      quoted = !quoted;
      started = true;
    } else if (char === ' ' && !quoted) {
      if (started) parts.push(part);
      part = '';
      started = false;
    } else {
      part += char;
      started = true;
    }
  }
  if (started) parts.push(part);
  return parts;
}

/** `9230`, `host`, `host:9230`, `[::1]:9230`; what is not named stays undefined. */
export function parseHostPort(text: string): { host?: string; port?: number } {
  const bracket = /^\[([^\]]*)\](?::(\d+))?$/.exec(text);
  const plain = bracket ?? /^([^:]*?)(?::(\d+))?$/.exec(text);
  if (!plain) return {};
  const [, host = '', port] = plain;
  if (port === undefined && /^\d+$/.test(host)) return portOf(host);
  return { ...(host === '' ? {} : { host }), ...(port === undefined ? {} : portOf(port)) };
}

function portOf(text: string): { port?: number } {
  const port = Number(text);
  return port <= 65_535 ? { port } : {};
}

/** Reads the settings out of a command line and NODE_OPTIONS; the command line comes last and wins. */
export function parseInspectSettings(
  command: readonly string[],
  nodeOptions: string | undefined,
  environmentKnown: boolean,
  exe = '',
): InspectSettings {
  const split = splitCommand(command, exe);
  const fromEnvironment = splitCommand(['node', ...splitNodeOptions(nodeOptions ?? '')]).options;
  let host = '127.0.0.1';
  let port = 9229;
  let inspectAtStart = false;
  let publishUid: string | undefined;
  const flags = new Map<string, boolean>();
  for (const option of [...fromEnvironment, ...split.options]) {
    const at = option.indexOf('=');
    // Node takes underscores for dashes.
    const name = (at < 0 ? option : option.slice(0, at)).replace(/(?!^)_/g, '-');
    const value = at < 0 ? undefined : option.slice(at + 1);
    if (/^--inspect(-brk|-wait)?$/.test(name)) inspectAtStart = true;
    if (/^--(inspect(-brk|-wait)?|inspect-port|debug-port)$/.test(name) && value !== undefined) {
      const named = parseHostPort(value);
      host = named.host ?? host;
      port = named.port ?? port;
    }
    if (name === '--no-inspect') inspectAtStart = false;
    if (name === '--inspect-publish-uid' && value !== undefined) publishUid = value;
    if (value === undefined) flags.set(name.replace(/^--no-/, '--'), !name.startsWith('--no-'));
  }
  return {
    host: host === 'localhost' ? '127.0.0.1' : host,
    port,
    inspectAtStart,
    ...(publishUid === undefined ? {} : { publishUid }),
    disableSigusr1: flags.get('--disable-sigusr1') ?? false,
    permission: (flags.get('--permission') ?? false) || (flags.get('--experimental-permission') ?? false),
    allowInspector: flags.get('--allow-inspector') ?? false,
    allowWorker: flags.get('--allow-worker') ?? false,
    complete: environmentKnown && split.title === undefined && command.length > 0,
  };
}

/** Settings of a live process, from its command line and environment; defaults when it is gone. */
export function inspectPort(pid: number): InspectSettings {
  const environment = readEnvironment(pid);
  return parseInspectSettings(readCommand(pid), environment?.get('NODE_OPTIONS'), environment !== undefined);
}
