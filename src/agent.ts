/** Wires an agent together: targets, diagnosis, and the HTTP face that serves them (DESIGN 1, 2). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  Audit,
  type Caller,
  createLog,
  epochMs,
  errorText,
  type LogOptions,
  PRODUCT,
  type Risk,
  runtimeFolder,
  stateFolder,
} from './base/index.js';
import { type CommandEvent, diagnoseRoutes, SessionStore } from './diagnose/index.js';
import { createHttp, type HttpServer, type Listener, ownUser, type Route, type Token } from './http/index.js';
import { setLinger, Targets, targetRoutes } from './target/index.js';

/** A TCP address to listen on. */
export interface ListenAddress {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  /** A flag asked for it: a taken port is an error. Otherwise it is a warning that names the owner. */
  readonly required: boolean;
}

export interface AgentOptions {
  /** The Unix socket, in a folder of mode 0700. */
  readonly socketPath: string;
  readonly listen: readonly ListenAddress[];
  /** Who is known on TCP without credentials: processes of this user on loopback, or nobody. */
  readonly trust: 'uid' | 'token';
  readonly tokens: readonly Token[];
  /** Further names that a Host header may hold. */
  readonly hosts: readonly string[];
  /** The agent's ceiling: what it does, whoever asks. */
  readonly allow: readonly Risk[];
  /** Milliseconds for which a target is kept after its last use; undefined = the default. */
  readonly lingerMs?: number;
  /** PEM texts. With them every TCP listener speaks TLS. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Listen beyond loopback without TLS. */
  readonly insecure: boolean;
  readonly log: LogOptions;
}

/** A running agent. */
export interface Agent {
  /** `http://127.0.0.1:8563`; the Unix socket is not among them. */
  readonly addresses: readonly string[];
  /** What its user must know: a classic port that was taken and by whom, ... */
  readonly warnings: readonly string[];
  /** Interrupts all jobs, lets go of every target, closes listeners and removes the socket. */
  close(reason: string): Promise<void>;
}

/** Remora's version, from its package.json. */
export function productVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

const MAX_ANCESTORS = 20;
const AGENT_CALLER: Caller = { kind: 'internal', user: PRODUCT, role: 'admin', address: 'internal' };

/** Starts an agent. Rejects with RemoraError where a required port is taken or an address is too open. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const version = productVersion();
  const log = createLog(options.log);
  const audit = new Audit(stateFolder(), log);
  if (options.lingerMs !== undefined) setLinger(options.lingerMs);
  const targets = new Targets({
    owner: `${PRODUCT} ${version}, pid ${process.pid}, user ${ownUser()}`,
    folder: runtimeFolder(),
    ownPids: ancestors,
    ownScripts: ownScripts(),
    onForeignPeer: (info, peers) => {
      log.warn({ pid: info.pid, peers }, 'somebody else connected to the inspector while it was open');
      audit.write({
        caller: AGENT_CALLER,
        action: 'target.foreign-inspector-peer',
        process: `${info.pid} ${info.name}`,
        outcome: 'undone',
        detail: { peers },
      });
    },
    onChange: (what, target, reason) => {
      log.info({ pid: target.process.pid, channel: target.channel, reason }, `target ${what}`);
      audit.write({
        caller: AGENT_CALLER,
        action: `target.${what}`,
        process: `${target.process.pid} ${target.process.name}`,
        outcome: 'ok',
        detail: { reason },
      });
    },
  });
  const store = new SessionStore({
    targets,
    version,
    allow: options.allow,
    onCommand: (event) => auditCommand(audit, event),
    onFault: (error, where) => log.error({ err: error }, `fault in ${where}`),
  });
  const started = epochMs();
  const routes: Route[] = [...diagnoseRoutes(store), ...targetRoutes(targets)];
  let http: HttpServer | undefined;
  routes.push(
    infoRoute(() => ({ version, pid: process.pid, startTime: started, addresses: tcpUrls(http), options })),
  );
  const closeRooms = async (reason: string): Promise<void> => {
    await store.close();
    await targets.close(reason);
  };
  try {
    http = await createHttp({
      routes,
      listeners: listeners(options),
      trust: options.trust,
      tokens: options.tokens,
      hosts: options.hosts,
      insecure: options.insecure,
      tls: options.tls,
      isTarget: (pid) => targets.isTarget(pid),
      log,
      audit,
      version,
    });
  } catch (error) {
    await closeRooms('the agent did not start');
    throw error;
  }
  const server = http;
  targets
    .closeLeftInspectors()
    .then((pids) => pids.length && log.warn({ pids }, 'closed inspectors that a killed agent had left open'))
    .catch((error: unknown) => log.warn(`looking for inspectors left open: ${errorText(error)}`));
  return {
    addresses: tcpUrls(server),
    warnings: missingPorts(options, server),
    async close(reason) {
      await closeRooms(reason);
      await server.close();
      audit.close();
    },
  };
}

/** Scripts that are Remora itself, as a command line may name them: the real path, and the link in a bin folder. */
function ownScripts(): Set<string> {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const scripts = ['start', 'test', 'bench', 'docs'].map((name) => join(root, 'scripts', `${name}.mjs`));
  const [, started = ''] = process.argv;
  return new Set([...scripts, join(root, 'build', 'src', 'main.js'), started]);
}

/** The `npm start` that we run under is not what anybody wants to diagnose; an application that started us may be. */
function ancestors(): number[] {
  const pids: number[] = [];
  for (let pid = process.ppid; pid > 1 && pids.length < MAX_ANCESTORS; pid = parentOf(pid)) pids.push(pid);
  return pids.filter(isNpm);
}

function isNpm(pid: number): boolean {
  try {
    return /^(npm|npx)[ \0]|\/npm-cli\.js\0/.test(readFileSync(`/proc/${pid}/cmdline`, 'latin1'));
  } catch {
    return false;
  }
}

function parentOf(pid: number): number {
  try {
    return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function listeners(options: AgentOptions): Listener[] {
  return [
    { kind: 'unix', path: options.socketPath },
    ...options.listen.map(
      (address): Listener => ({ kind: 'tcp', ...address, tls: options.tls ? true : undefined }),
    ),
  ];
}

function tcpUrls(http: HttpServer | undefined): string[] {
  return (http?.addresses ?? []).flatMap((address) => (address.kind === 'tcp' ? [address.url] : []));
}

function missingPorts(options: AgentOptions, http: HttpServer): string[] {
  const bound = new Set(
    http.addresses.flatMap((each) => (each.kind === 'tcp' ? [new URL(each.url).port] : [])),
  );
  return options.listen
    .filter(({ port }) => port !== 0 && !bound.has(String(port)))
    .map(({ host, port }) => `${host}:${port} is taken; the agent does without it (the log names its owner)`);
}

function auditCommand(audit: Audit, event: CommandEvent): void {
  if (event.risk === 'read' && event.outcome !== 'refused') return;
  if (event.outcome === 'started') return;
  audit.write({
    caller: event.caller,
    action: `arthas.${event.command}`,
    process: event.process ? `${event.process.pid} ${event.process.name}` : undefined,
    command: event.line,
    outcome: event.outcome,
    detail: { risk: event.risk, reason: event.reason, statusCode: event.statusCode, jobId: event.jobId },
  });
}

interface AgentInfo {
  readonly version: string;
  readonly pid: number;
  readonly startTime: number;
  readonly addresses: readonly string[];
  readonly options: AgentOptions;
}

function infoRoute(info: () => AgentInfo): Route {
  return {
    method: 'GET',
    path: '/remora/info',
    summary: 'This agent: version, pid, addresses, trust, ceiling',
    tag: 'system',
    role: 'viewer',
    handle() {
      const { options, ...facts } = info();
      const body = { ...facts, trust: options.trust, allow: options.allow };
      return { status: 200, body: JSON.stringify(body) };
    },
  };
}

/** The folder and socket of this user's agent. */
export function defaultSocketPath(runtime: string): string {
  return join(runtime, 'agent.sock');
}
