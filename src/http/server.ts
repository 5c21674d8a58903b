import {
  createServer as createPlain,
  type IncomingMessage,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { createServer as createTls } from 'node:https';
import type { TlsOptions } from 'node:tls';
import { type Audit, type Caller, counters, type Log } from '../base/index.js';
import { builtinRoutes } from './builtin.js';
import { type CertifiedClient, ClientCertificates } from './clientCertificates.js';
import { Connections } from './connection.js';
import { Credentials, type Token } from './credentials.js';
import { Dispatcher } from './dispatcher.js';
import { noCertificate, notLoopback } from './errors.js';
import { Front } from './front.js';
import { Gate } from './gate.js';
import { HostNames } from './host.js';
import { drainMs, headerBytes, headersMs, keepAliveMs } from './limits.js';
import { type Bound, type BoundAddress, type Listener, listenTcp, listenUnix } from './listen.js';
import { PeerFinder } from './peer.js';
import { isLoopback } from './procNet.js';
import type { PathAlias, Route } from './route.js';
import type { TrustMode } from './trustMode.js';

/** Called at shutdown so that a room ends its open streams with their last record; `deadline` aborts when they are cut. */
export type DrainHook = (deadline: AbortSignal) => Promise<void> | void;

/** PEM texts. */
export interface TlsFiles {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /** The authority whose certificates clients may bring in place of a token. */
  readonly clientCa?: string | Buffer;
}

export interface HttpOptions {
  readonly routes: readonly Route[];
  readonly aliases?: readonly PathAlias[];
  readonly listeners: readonly Listener[];
  readonly trust: TrustMode;
  readonly tokens?: readonly Token[];
  /** Names beside localhost and the machine's own that a Host header may have. */
  readonly hosts?: readonly string[];
  /** Listen beyond loopback also without TLS or tokens. */
  readonly insecure?: boolean;
  /** PEM text; used on listeners beyond loopback, and where a listener asks for it. */
  readonly tls?: TlsFiles;
  /** Who is known by a certificate of `tls.clientCa`. */
  readonly clients?: readonly CertifiedClient[];
  /** Is that pid one of our attached targets? Its requests are a stranger's. */
  readonly isTarget?: (pid: number) => boolean;
  readonly log: Log;
  readonly audit?: Audit;
  readonly drain?: readonly DrainHook[];
  /** Shown by the index page and in the OpenAPI document. */
  readonly version?: string;
}

export interface HttpServer {
  /** Where it listens; a listener whose port was taken is missing. */
  readonly addresses: readonly BoundAddress[];
  /** Adds a drain hook. */
  onDrain(hook: DrainHook): void;
  /** Serves a request that came by no listener (a tunnel), for a caller that somebody vouches for. */
  serve(request: IncomingMessage, response: ServerResponse, caller: Caller): void;
  /** Stops accepting, runs the drain hooks, lets open requests end, and cuts what is left after `graceMs`. */
  close(graceMs?: number): Promise<void>;
}

function listensTls(listener: Listener, options: HttpOptions): boolean {
  if (listener.kind !== 'tcp' || !options.tls) return false;
  return listener.tls ?? !(listener.host === 'localhost' || isLoopback(listener.host));
}

/** Refuses an address that others reach, unless it has both TLS and credentials (DESIGN 8). */
function checkOpen(listener: Listener, options: HttpOptions, nobodyKnown: boolean): void {
  if (listener.kind !== 'tcp') return;
  if (listener.tls && !options.tls) throw noCertificate(`${listener.host}:${listener.port}`);
  if (listener.host === 'localhost' || isLoopback(listener.host)) return;
  const missing: string[] = [];
  if (!listensTls(listener, options)) missing.push('TLS');
  if (nobodyKnown || options.trust === 'off') missing.push('credentials');
  if (missing.length === 0) return;
  const where = `${listener.host}:${listener.port}`;
  if (!options.insecure) throw notLoopback(where, missing.join(' and no '));
  options.log.warn(
    { where },
    `--insecure: anyone who reaches ${where} may call what needs no role` +
      (missing.includes('TLS') ? ', and tokens and answers cross the network in clear text' : ''),
  );
}

/** Newer versions of Node ask this before they let go of a connection; the types that we build with are of Node 20. */
interface UpgradeOption {
  readonly shouldUpgradeCallback: (request: IncomingMessage) => boolean;
}

function serverOptions(dispatcher: Dispatcher): ServerOptions & UpgradeOption {
  return {
    shouldUpgradeCallback: (request) => dispatcher.takesUpgrade(request),
    maxHeaderSize: headerBytes.value,
    headersTimeout: headersMs.value,
    // A stream of input may take as long as it likes; bodies that are taken whole have a time of their own.
    requestTimeout: 0,
    connectionsCheckingInterval: Math.max(50, Math.min(1000, headersMs.value / 4)),
    keepAliveTimeout: keepAliveMs.value,
  };
}

function tlsOptions({ cert, key, clientCa }: TlsFiles): TlsOptions {
  // Asked for and not demanded: who brings none may still have a token.
  return { cert, key, ...(clientCa ? { ca: clientCa, requestCert: true, rejectUnauthorized: false } : {}) };
}

/**
 * Opens the listeners of a process; each serves all routes. Rejects with a RemoraError (`port-taken`, `open-address`,
 * `socket-in-use`, `unsafe-folder`, `bad-token`, `cannot-listen`, ...) and then leaves nothing open.
 */
export async function createHttp(options: HttpOptions): Promise<HttpServer> {
  const credentials = new Credentials(options.tokens ?? []);
  const certificates = new ClientCertificates(options.clients ?? []);
  const nobodyKnown = credentials.empty && (certificates.empty || !options.tls?.clientCa);
  for (const listener of options.listeners) checkOpen(listener, options, nobodyKnown);
  const hosts = new HostNames([
    ...(options.hosts ?? []),
    ...options.listeners.flatMap((listener) => (listener.kind === 'tcp' ? [listener.host] : [])),
  ]);
  const gate = new Gate({ trust: options.trust, credentials, hosts, audit: options.audit });
  const connections = new Connections();
  const addresses: BoundAddress[] = [];
  const state = { draining: false };
  const routes = [
    ...options.routes,
    ...builtinRoutes({ routes: options.routes, addresses, version: options.version ?? '', state }),
  ];
  const dispatcher = await Dispatcher.create(routes, options.aliases ?? [], gate, connections, options.log);
  const plain = createPlain(serverOptions(dispatcher));
  const tls = options.tls && createTls({ ...serverOptions(dispatcher), ...tlsOptions(options.tls) });
  const servers = tls ? [plain, tls] : [plain];
  for (const server of servers) {
    server.on('request', dispatcher.onRequest);
    server.on('checkContinue', dispatcher.onCheckContinue);
    server.on('checkExpectation', dispatcher.onCheckExpectation);
    // Node begins to watch header times at this event, and these servers never listen themselves.
    server.emit('listening');
  }
  const finder = new PeerFinder(options.isTarget ?? (() => false), options.log);
  const front = new Front({
    trust: options.trust,
    finder,
    certificates,
    connections,
    dispatcher,
    plain,
    tls,
  });
  const gauges = [
    counters.gauge('http.connections', 'open HTTP connections', () => front.size),
    counters.gauge('http.in-flight', 'HTTP requests being answered', () => dispatcher.inFlight),
  ];
  const hooks = [...(options.drain ?? [])];
  const bound: Bound[] = [];

  const stopListening = (): Promise<unknown> =>
    Promise.all(bound.map(({ server }) => new Promise<void>((resolve) => server.close(() => resolve()))));

  /** Ends what is left, listeners' own promises included: a net server closes when its last connection does. */
  async function finish(listenersClosed: Promise<unknown>): Promise<void> {
    for (const server of servers) {
      server.closeAllConnections();
      // Only stops the header watch; the error that it never listened is no news.
      server.close(() => {});
    }
    front.destroyAll();
    await listenersClosed;
    await dispatcher.close();
    for (const remove of gauges) remove();
  }

  async function drain(graceMs: number): Promise<void> {
    state.draining = true;
    dispatcher.draining = true;
    const closed = stopListening();
    const deadline = AbortSignal.timeout(Math.max(1, graceMs));
    const over = new Promise<void>((resolve) => {
      deadline.addEventListener('abort', () => resolve(), { once: true });
    });
    const run = async (hook: DrainHook): Promise<void> => {
      try {
        await hook(deadline);
      } catch (error) {
        options.log.error({ err: error }, 'a drain hook failed');
      }
    };
    await Promise.race([Promise.all(hooks.map(run)), over]);
    for (const server of servers) server.closeIdleConnections();
    await Promise.race([dispatcher.idle(), over]);
    if (dispatcher.inFlight > 0) options.log.warn({ open: dispatcher.inFlight }, 'open requests were cut');
    await finish(closed);
  }

  try {
    for (const listener of options.listeners) {
      const opened =
        listener.kind === 'unix'
          ? await listenUnix(listener.path, front.accept, options.log)
          : await listenTcp(listener, listensTls(listener, options), front.accept, options.log);
      if (!opened) continue;
      bound.push(opened);
      addresses.push(opened.address);
    }
  } catch (error) {
    await finish(stopListening());
    throw error;
  }

  let closing: Promise<void> | undefined;
  return {
    addresses,
    onDrain: (hook) => {
      hooks.push(hook);
    },
    serve: (request, response, caller) => dispatcher.serve(request, response, caller),
    close: (graceMs = drainMs.value) => {
      closing ??= drain(graceMs);
      return closing;
    },
  };
}
