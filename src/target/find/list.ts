/** Every Node.js process of the host that we can see. */
import { basename, resolve } from 'node:path';
import { PRODUCT } from '../../base/index.js';
import type { ProcessInfo } from '../types.js';
import { attachability } from './attachable.js';
import { containerId } from './cgroup.js';
import { type Executable, nodeExecutable } from './executable.js';
import { inspectorState } from './inspector.js';
import { nameOf, numberNames } from './name.js';
import { namespaceInode } from './namespaces.js';
import { isNodeName, parseInspectSettings } from './nodeOptions.js';
import { hostUnits, readCommand, readEnvironment, readProcLink, readProcNumbers } from './proc.js';
import { bootTime, processStat } from './stat.js';
import { processStatus } from './status.js';
import { type TcpRow, tcpRows } from './tcp.js';
import { userName } from './users.js';

export interface ListContext {
  /** Remora's own processes: listed with `own`, never attachable. */
  readonly ownPids: ReadonlySet<number>;
  readonly attachedPids: ReadonlySet<number>;
  /** Absolute paths of scripts that are Remora's: a process that runs one is our own, whoever started it. */
  readonly ownScripts?: ReadonlySet<string>;
}

/** One reading of /proc/PID/net/tcp{,6} per network namespace, however many processes share it. */
class Networks {
  readonly #rows = new Map<string, Promise<TcpRow[]>>();
  readonly #ours = namespaceInode('self', 'net');

  isOurs(pid: number): boolean {
    return this.#ours !== undefined && namespaceInode(pid, 'net') === this.#ours;
  }

  listening(pid: number): Promise<TcpRow[]> {
    const key = String(namespaceInode(pid, 'net') ?? `pid ${pid}`);
    let rows = this.#rows.get(key);
    if (!rows) {
      rows = tcpRows(pid, { listening: true, quick: true });
      this.#rows.set(key, rows);
    }
    return rows;
  }
}

/** Ascending by pid. Never rejects: a process that ends meanwhile is left out, one that refuses is listed with why. */
export async function listProcesses(context: ListContext): Promise<ProcessInfo[]> {
  const networks = new Networks();
  const found = await Promise.all(
    readProcNumbers('/proc').map((pid) => describeProcess(pid, context, networks).catch(() => undefined)),
  );
  return numberNames(found.filter((each): each is ProcessInfo => each !== undefined));
}

/**
 * One process; undefined when it is gone or not Node.js. Its name has no `#n`: that needs the list.
 */
export async function readProcess(pid: number, context: ListContext): Promise<ProcessInfo | undefined> {
  return await describeProcess(pid, context, new Networks());
}

async function describeProcess(
  pid: number,
  context: ListContext,
  networks: Networks,
): Promise<ProcessInfo | undefined> {
  const executable = await recognise(pid);
  if (!executable) return undefined;
  const stat = processStat(pid);
  const status = processStatus(pid);
  if (!stat || !status) return undefined;
  const command = readCommand(pid);
  const environment = readEnvironment(pid);
  const cwd = readProcLink(`/proc/${pid}/cwd`).text ?? '';
  const settings = parseInspectSettings(
    command,
    environment?.get('NODE_OPTIONS'),
    environment !== undefined,
    executable.path,
  );
  const { inspector, version } = await inspectorState({
    pid,
    startTicks: stat.startTicks,
    settings,
    rows: await networks.listening(pid),
    ourNetwork: networks.isOurs(pid),
  });
  const remora = runsOneOf(context.ownScripts, command, cwd);
  const own = remora || context.ownPids.has(pid);
  const attached = context.attachedPids.has(pid);
  const attach = await attachability({ pid, status, inspector, own, attached });
  const startTime = bootTime() + (stat.startTicks * 1000) / hostUnits().ticksPerSecond;
  const uptimeMs = Math.max(0, Date.now() - startTime);
  const container = containerId(pid);
  return {
    pid,
    startTicks: stat.startTicks,
    startTime: Math.round(startTime),
    uid: status.uids[1],
    user: userName(status.uids[1]),
    name: remora ? PRODUCT : nameOf(command, cwd, executable.path),
    command,
    cwd,
    exe: executable.path,
    nodeVersion: executable.version || version,
    uptimeMs: Math.round(uptimeMs),
    cpuPercent: uptimeMs > 0 ? Math.round(((stat.utimeMs + stat.stimeMs) / uptimeMs) * 1000) / 10 : 0,
    rssBytes: stat.rssBytes,
    ...(container === undefined ? {} : { container }),
    inspector,
    ...attach,
    own,
    attached,
  };
}

function runsOneOf(
  scripts: ReadonlySet<string> | undefined,
  command: readonly string[],
  cwd: string,
): boolean {
  const [, script] = command;
  return script !== undefined && scripts?.has(resolve(cwd || '/', script)) === true;
}

/** Main threads call themselves this on Node up to 23, 24, and 25 and newer. */
const NODE_THREADS = new Set(['node', 'nodejs', 'MainThread', 'node-MainThread']);

async function recognise(pid: number): Promise<Executable | undefined> {
  const link = readProcLink(`/proc/${pid}/exe`);
  if (!link.denied) return link.text === undefined ? undefined : await nodeExecutable(pid);
  // Another user's: the executable is hidden, the command line and the thread's name are not.
  const [first = ''] = readCommand(pid);
  const named = isNodeName(basename(first)) || NODE_THREADS.has(processStat(pid)?.comm ?? '');
  return named ? { path: '', node: true, version: '' } : undefined;
}
