/** The process that runs an agent, a server or both behind one HTTP face that serves all their routes (DESIGN 1). */
import { readFileSync } from 'node:fs';
import { type AgentOptions, createAgent } from './agent.js';
import {
  Audit,
  createLog,
  epochMs,
  type Log,
  type LogOptions,
  type Role,
  stateFolder,
} from './base/index.js';
import {
  type CertifiedClient,
  createHttp,
  type DrainHook,
  type HttpServer,
  type Listener,
  type PathAlias,
  type Route,
  type TlsFiles,
  type Token,
  tokenOwners,
} from './http/index.js';
import { insightAliases, insightRoutes, type ProfileTargets } from './insight/index.js';
import { createServer, type ServerOptions } from './server.js';

/** A TCP address to listen on. */
export interface ListenAddress {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  /** A flag asked for it: a taken port is an error. Otherwise it is a warning that names the owner. */
  readonly required: boolean;
}

export interface DaemonOptions {
  /** The Unix socket, in a folder of mode 0700. */
  readonly socketPath: string;
  readonly listen: readonly ListenAddress[];
  /** Who is known on TCP without credentials: processes of this user on loopback, or nobody. */
  readonly trust: 'uid' | 'token';
  readonly tokens: readonly Token[];
  /** Further names that a Host header may hold. */
  readonly hosts: readonly string[];
  /** PEM texts. With them every TCP listener speaks TLS. */
  readonly tls?: TlsFiles;
  /** Who is known by a certificate of `tls.clientCa`. */
  readonly clients?: readonly CertifiedClient[];
  /** Listen beyond loopback without TLS. */
  readonly insecure: boolean;
  readonly log: LogOptions;
  /** With it this process is an agent. */
  readonly agent?: AgentOptions;
  /** With it this process is a server. */
  readonly server?: ServerOptions;
}

/** What a role (`agent.ts`, `server.ts`) is given. */
export interface Services {
  readonly version: string;
  readonly log: Log;
  readonly audit: Audit;
  /** Whose token that is. */
  identify(secret: string): { readonly user: string; readonly role: Role } | undefined;
  /** Where this process listens on TCP (`http://127.0.0.1:8563`), once it does. */
  addresses(): readonly string[];
}

/** What a role puts behind the HTTP face. */
export interface Rooms {
  readonly routes: readonly Route[];
  readonly aliases?: readonly PathAlias[];
  /** Members that /version has besides those of Pegasus. */
  readonly extraVersion?: Readonly<Record<string, unknown>>;
  /** Other processes that can be profiled. */
  readonly profileTargets?: ProfileTargets;
  readonly drain?: readonly DrainHook[];
  /** Is that pid one of our attached targets? */
  isTarget?(pid: number): boolean;
  /** Once the listeners are open. */
  started?(): void;
  close(reason: string): Promise<void>;
}

/** A running agent, server or both. */
export interface Daemon {
  /** `http://127.0.0.1:8563`; the Unix socket is not among them. */
  readonly addresses: readonly string[];
  /** What its user must know: a classic port that was taken and by whom, ... */
  readonly warnings: readonly string[];
  /** Interrupts all jobs, lets go of every target, closes listeners and tables and removes the socket. */
  close(reason: string): Promise<void>;
}

/** Remora's version, from its package.json. */
export function productVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** Starts the roles. Rejects with RemoraError where a required port is taken or an address is too open. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const version = productVersion();
  const log = createLog(options.log);
  const audit = new Audit(stateFolder(), log);
  let http: HttpServer | undefined;
  const services: Services = {
    version,
    log,
    audit,
    identify: tokenOwners(options.tokens),
    addresses: () => tcpUrls(http),
  };
  const rooms: Rooms[] = [];
  const close = async (reason: string): Promise<void> => {
    for (const room of rooms) await room.close(reason);
    await http?.close();
    audit.close();
  };
  try {
    if (options.agent) rooms.push(createAgent(options.agent, services));
    if (options.server) rooms.push(await createServer(options.server, services));
    rooms.push(createInsight(options, services, rooms));
    http = await createHttp({
      routes: [...rooms.flatMap(({ routes }) => routes), infoRoute(options, services)],
      aliases: rooms.flatMap(({ aliases = [] }) => aliases),
      drain: rooms.flatMap(({ drain = [] }) => drain),
      listeners: listeners(options),
      trust: options.trust,
      tokens: options.tokens,
      hosts: options.hosts,
      insecure: options.insecure,
      tls: options.tls,
      clients: options.clients,
      isTarget: (pid) => rooms.some((room) => room.isTarget?.(pid)),
      log,
      audit,
      version,
    });
  } catch (error) {
    await close('it did not start');
    throw error;
  }
  for (const room of rooms) room.started?.();
  return { addresses: tcpUrls(http), warnings: missingPorts(options, http), close };
}

/** What every process of ours tells of itself, and an agent of its targets. */
function createInsight(options: DaemonOptions, { version, audit }: Services, rooms: readonly Rooms[]): Rooms {
  const routes = insightRoutes({
    version,
    extraVersion: Object.assign({}, ...rooms.map(({ extraVersion }) => extraVersion)),
    targets: rooms.find(({ profileTargets }) => profileTargets)?.profileTargets,
    mayObserve: options.agent?.allow.includes('observe') ?? false,
    onProfile: ({ kind, caller, process, outcome, seconds }) =>
      audit.write({
        caller,
        action: `pprof.${kind}`,
        process,
        outcome,
        detail: { seconds },
      }),
  });
  return { routes, aliases: [insightAliases()], close: async () => undefined };
}

function listeners(options: DaemonOptions): Listener[] {
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

function missingPorts(options: DaemonOptions, http: HttpServer): string[] {
  const bound = new Set(
    http.addresses.flatMap((each) => (each.kind === 'tcp' ? [new URL(each.url).port] : [])),
  );
  return options.listen
    .filter(({ port }) => port !== 0 && !bound.has(String(port)))
    .map(({ host, port }) => `${host}:${port} is taken; we do without it (the log names its owner)`);
}

function infoRoute(options: DaemonOptions, services: Services): Route {
  const startTime = epochMs();
  return {
    method: 'GET',
    path: '/remora/info',
    summary: 'This process: version, pid, roles, addresses, trust, ceiling',
    tag: 'system',
    role: 'viewer',
    handle() {
      const body = {
        version: services.version,
        pid: process.pid,
        startTime,
        addresses: services.addresses(),
        roles: [...(options.agent ? ['agent'] : []), ...(options.server ? ['server'] : [])],
        trust: options.trust,
        allow: options.agent?.allow ?? [],
      };
      return { status: 200, body: JSON.stringify(body) };
    },
  };
}
