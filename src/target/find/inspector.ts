/** Is the inspector of a process open already? */
import { get } from 'node:http';
import { isTurnTaken } from '../attach/portTurn.js';
import type { InspectorState } from '../types.js';
import { Cache } from './cache.js';
import { INSPECTOR_PROBE_MS } from './limits.js';
import type { InspectSettings } from './nodeOptions.js';
import { type ListenSocket, ownListeners, socketInodes, type TcpRow } from './tcp.js';

export interface InspectorFinding {
  readonly inspector: InspectorState;
  /** Node's version as the inspector told it, '' when it was not asked. */
  readonly version: string;
}

export interface InspectorQuestion {
  readonly pid: number;
  readonly startTicks: number;
  readonly settings: InspectSettings;
  /** Listening sockets of its network namespace. */
  readonly rows: readonly TcpRow[];
  /** It is in our own network namespace, so loopback there is loopback here. */
  readonly ourNetwork: boolean;
}

const CLOSED: InspectorFinding = { inspector: { state: 'closed' }, version: '' };
const DEFAULT_PORT = 9229;
const MAX_PROBES = 8;
const BODY_BYTES = 16_384;

/** How long silence counts as "no": a stopped process, or a machine out of breath, may answer later. */
const SILENCE_MS = 10_000;

export interface InspectorAnswer {
  /** Node's version; undefined when it is no inspector, or silent. */
  readonly version?: string;
  /** No answer in time. */
  readonly silent: boolean;
}

/** By process and socket: one that has answered stays what it is. */
const probed = new Cache<{ readonly at: number; readonly answer: Promise<InspectorAnswer> }>();

/**
 * A listener of the process itself counts when its command line or NODE_OPTIONS say so, or when it answers
 * GET /json/version as Node does. Only plausible ports are asked: 9229 and the one that is named.
 */
export async function inspectorState(question: InspectorQuestion): Promise<InspectorFinding> {
  const { pid, settings, rows } = question;
  const anyPort = settings.port === 0;
  const plausible = rows.filter((row) => {
    const { port, host } = row.local;
    return port === DEFAULT_PORT || port === settings.port || (anyPort && host === settings.host);
  });
  // Reading a busy server's open files costs milliseconds: only when there is something to find.
  if (plausible.length === 0) return CLOSED;
  const inodes = socketInodes(pid);
  if (!inodes) return CLOSED;
  const own = ownListeners(plausible, inodes);
  const named =
    settings.inspectAtStart && !anyPort ? own.find((each) => each.port === settings.port) : undefined;
  if (named) return openAt(named, '');
  if (own.some((each) => isTurnTaken(pid, each.port))) return CLOSED;
  if (question.ourNetwork) {
    const answers = await Promise.all(
      own
        .slice(0, MAX_PROBES)
        .map(async (socket) => ({ socket, version: await versionAt(question, socket) })),
    );
    const found = answers.find((each) => each.version !== undefined);
    return found ? openAt(found.socket, found.version ?? '') : CLOSED;
  }
  // We do not go into another network to ask. A server for others does not bind loopback:9229; Node's inspector does.
  const likely = own.filter(
    (each) => isLoopback(each.host) && (each.port === DEFAULT_PORT || each.port === settings.port || anyPort),
  );
  return likely.length === 1 && likely[0] ? openAt(likely[0], '') : CLOSED;
}

function openAt(socket: ListenSocket, version: string): InspectorFinding {
  return { inspector: { state: 'open', host: socket.host, port: socket.port }, version };
}

function isLoopback(host: string): boolean {
  return host.startsWith('127.') || host === '::1';
}

async function versionAt(question: InspectorQuestion, socket: ListenSocket): Promise<string | undefined> {
  const key = `${question.pid}:${question.startTicks}:${socket.inode}`;
  const known = probed.get(key);
  if (known) {
    const { version, silent } = await known.answer;
    if (!silent || performance.now() - known.at < SILENCE_MS) return version;
  }
  const answer = askInspector(socket.host, socket.port);
  probed.set(key, { at: performance.now(), answer });
  return (await answer).version;
}

/** Asks GET /json/version, as a debugger would. Never rejects. */
export function askInspector(
  host: string,
  port: number,
  onOwnPort?: (port: number) => void,
): Promise<InspectorAnswer> {
  return new Promise((resolve) => {
    const headers = { Host: `localhost:${port}`, Connection: 'close' };
    const options = { host: connectable(host), port, path: '/json/version', agent: false, headers };
    const request = get(options, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
        if (body.length > BODY_BYTES) done(false);
      });
      response.on('end', () => done(false, response.statusCode === 200 ? versionIn(body) : undefined));
      response.on('error', () => done(false));
    });
    request.once('socket', (socket) => {
      socket.once('connect', () => socket.localPort !== undefined && onOwnPort?.(socket.localPort));
    });
    const timer = setTimeout(() => done(true), INSPECTOR_PROBE_MS.value);
    const done = (silent: boolean, version?: string) => {
      clearTimeout(timer);
      request.destroy();
      resolve(version === undefined ? { silent } : { version, silent });
    };
    request.on('error', () => done(false));
  });
}

function connectable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

/** `{"Browser": "node.js/v22.23.3", "Protocol-Version": "1.1"}` */
export function versionIn(body: string): string | undefined {
  try {
    const answer: unknown = JSON.parse(body);
    if (typeof answer !== 'object' || answer === null || !('Browser' in answer)) return undefined;
    const match = /^node\.js\/v(\d+\.\d+\.\d+\S{0,40})$/.exec(String(answer.Browser));
    return match?.[1];
  } catch {
    return undefined;
  }
}
