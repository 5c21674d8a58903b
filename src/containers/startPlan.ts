/** What a container runs, as whom, where and with which environment (wire/mesos-agent.md 3.4, 3.5). */
import { redactArgv } from '../base/index.js';
import type { CommandInfo, ContainerInfo } from '../wire/index.js';
import { badContainer, overLimit, unsupportedContainer } from './errors.js';
import { commandBytes } from './limits.js';
import { DEFAULT_PATH } from './tools.js';

export type Environment = Readonly<Record<string, string>>;

/** `failure`: the line that the sheet wants on the container's stderr, before exit status 256. */
export type Program =
  | { readonly file: string; readonly argv: readonly string[] }
  | { readonly failure: string };

export interface ResourceLimit {
  /** Name of prlimit(1)'s option. */
  readonly option: string;
  readonly soft: string;
  readonly hard: string;
}

/** Never throws: what is wrong with a command is the container's own output. */
export function programOf(command: CommandInfo | undefined): Program {
  const value = command?.value;
  if (command?.shell ?? true) {
    if (value === undefined) return { failure: 'Shell command is not specified' };
    return { file: 'sh', argv: ['sh', '-c', value] };
  }
  if (value === undefined || value === '') return { failure: 'Executable path is not specified' };
  const argv = command?.arguments ?? [];
  // An empty argv breaks most programs (the kernel itself puts an empty argv[0] there now).
  return { file: value, argv: argv.length > 0 ? argv : [value] };
}

/** As given, for people: secrets masked, one line. */
export function commandText(command: CommandInfo | undefined): string {
  const value = command?.value ?? '';
  const given = command?.arguments ?? [];
  const words = (command?.shell ?? true) || given.length === 0 ? [value] : [value, ...given.slice(1)];
  const masked = words.length === 1 ? redactArgv(value.split(' ')) : redactArgv(words);
  return masked.join(' ').replace(/\s+/g, ' ').slice(0, MAX_TEXT);
}

const MAX_TEXT = 1000;

export interface EnvironmentPlan {
  readonly environment: Environment;
  /** Variables that the command sets twice with different values. */
  readonly overwritten: readonly string[];
}

/** Lowest to highest: `inherited` (a session's parent), `own` (MESOS_SANDBOX), the command's; then a PATH if there is none. */
export function environmentOf(
  command: CommandInfo | undefined,
  inherited: Environment,
  own: Environment,
): EnvironmentPlan {
  const given: Record<string, string> = Object.create(null);
  const overwritten = new Set<string>();
  for (const variable of command?.environment?.variables ?? []) {
    const { name } = variable;
    if (name === '' || /[=\0]/.test(name)) throw badContainer(`'${name}' cannot be the name of a variable`);
    const value = variableValue(variable.name, variable.value, variable.secret?.value?.data);
    if (given[name] !== undefined && given[name] !== value) overwritten.add(name);
    given[name] = value;
  }
  const environment = { ...inherited, ...own, ...given };
  environment.PATH ??= DEFAULT_PATH;
  return { environment, overwritten: [...overwritten] };
}

function variableValue(name: string, text: string | undefined, secret: Buffer | undefined): string {
  const value = text ?? secret?.toString('utf8');
  if (value === undefined) {
    throw badContainer(
      `Environment variable '${name}' has no value that this agent could read`,
      'It resolves no secret references',
    );
  }
  if (value.includes('\0')) throw badContainer(`Environment variable '${name}' contains null bytes`);
  return value;
}

/** Throws `container-limit` and `bad-container`: bytes that no program can be given. */
export function checkSize(program: Program, environment: Environment): void {
  if ('failure' in program) return;
  const words = [program.file, ...program.argv, ...Object.entries(environment).map((pair) => pair.join('='))];
  if (program.argv.some((word) => word.includes('\0')) || program.file.includes('\0')) {
    throw badContainer('the command contains null bytes');
  }
  const bytes = words.reduce((sum, word) => sum + Buffer.byteLength(word) + 1, 0);
  if (bytes > commandBytes.value) {
    throw overLimit(
      `command and environment have ${bytes} bytes, the limit is ${commandBytes.value}`,
      commandBytes.name,
    );
  }
}

interface Restrictions {
  readonly capability_info?: unknown;
  readonly bounding_capabilities?: unknown;
  readonly effective_capabilities?: unknown;
  readonly seccomp?: unknown;
}

/** Refuses what a plain process cannot be given, rather than leave it out (sheet 3.4). Throws `bad-container`. */
export function checkSupported(
  id: string,
  command: CommandInfo | undefined,
  info: ContainerInfo | undefined,
  debug: boolean,
): void {
  if (info && info.type !== 'MESOS') throw unsupportedContainer();
  if (command?.uris?.length) {
    throw badContainer(
      `Failed to fetch all URIs for container '${id}': exited with status 1`,
      'This agent fetches no URIs: let the command fetch what it needs',
    );
  }
  if (debug && info?.mesos?.image) throw badContainer("A 'rootfs' cannot be set for DEBUG containers");
  if (debug && info?.volumes?.length) throw badContainer('Volumes not supported for DEBUG containers');
  const linux = info?.linux_info as
    | (ContainerInfo['linux_info'] & { ipc_mode?: string } & Restrictions)
    | undefined;
  if (debug && linux?.ipc_mode === 'PRIVATE') {
    throw badContainer('Private IPC mode is not supported for DEBUG containers');
  }
  const hint = 'It starts plain processes: leave that out';
  if (info?.mesos?.image) throw badContainer("the runtime 'process' has no images", hint);
  if (info?.volumes?.length) throw badContainer("the runtime 'process' has no volumes", hint);
  if (
    linux?.capability_info ??
    linux?.bounding_capabilities ??
    linux?.effective_capabilities ??
    linux?.seccomp
  ) {
    throw badContainer("the runtime 'process' cannot set capabilities or seccomp", hint);
  }
}

const OPTIONS: Readonly<Record<string, string>> = {
  RLMT_AS: 'as',
  RLMT_CORE: 'core',
  RLMT_CPU: 'cpu',
  RLMT_DATA: 'data',
  RLMT_FSIZE: 'fsize',
  RLMT_LOCKS: 'locks',
  RLMT_MEMLOCK: 'memlock',
  RLMT_MSGQUEUE: 'msgqueue',
  RLMT_NICE: 'nice',
  RLMT_NOFILE: 'nofile',
  RLMT_NPROC: 'nproc',
  RLMT_RSS: 'rss',
  RLMT_RTPRIO: 'rtprio',
  RLMT_RTTIME: 'rttime',
  RLMT_SIGPENDING: 'sigpending',
  RLMT_STACK: 'stack',
};

/** Neither limit set = unlimited. Throws `bad-container`. */
export function resourceLimits(info: ContainerInfo | undefined): ResourceLimit[] {
  return (info?.rlimit_info?.rlimits ?? []).map(({ type, soft, hard }) => {
    const option = OPTIONS[type ?? ''];
    if (!option) throw badContainer(`unknown resource limit '${type ?? 'UNKNOWN'}'`);
    if ((soft === undefined) !== (hard === undefined)) {
      throw badContainer(`the resource limit ${type} needs both 'soft' and 'hard', or neither`);
    }
    const text = (value: number | undefined): string => {
      if (value === undefined) return 'unlimited';
      if (!(value >= 0 && value < 2 ** 64))
        throw badContainer(`${value} is no value of the resource limit ${type}`);
      return String(BigInt(Math.trunc(value)));
    };
    return { option, soft: text(soft), hard: text(hard) };
  });
}
