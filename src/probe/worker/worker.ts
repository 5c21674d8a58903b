/**
 * The probe's Worker: the agent's side of the target. It answers the agent on a Unix socket, talks to the main thread
 * over an inspector session of its own, and undoes everything when the agent goes.
 */
import { Session } from 'node:inspector';
import { workerData } from 'node:worker_threads';
import { FLAG } from '../layout.js';
import { AgentLink } from './agentLink.js';
import { AppSessions } from './appSessions.js';
import { DebuggerDomain } from './debuggerDomain.js';
import { workerFunctions } from './functions.js';
import { isOfSnapshot } from './heapSnapshot.js';
import { MainThread } from './mainThread.js';

interface WorkerData {
  readonly folder: string;
  readonly secret: string;
  readonly heartbeatMs: number;
  readonly frameLimit: number;
  readonly shared: SharedArrayBuffer;
}

interface Request {
  readonly id: number;
  readonly op: 'cdp' | 'main' | 'worker' | 'ping' | 'bye';
  readonly method?: string;
  readonly params?: unknown;
  readonly timeoutMs?: number;
}

/** All scripts of a large program are reported at once; a list with holes would be worse than a queue. */
const SCRIPTS_BACKLOG_BYTES = 64 * 1024 * 1024;
const LONGEST_MAP_URL = 1024;
/** How long the agent is kept waiting for this thread to end, once everything is undone. */
const FAREWELL_MS = 1000;

const data = workerData as WorkerData;
const flags = new Int32Array(data.shared);
const main = new MainThread(new Session());
const debuggerDomain = new DebuggerDomain(main);
const appSessions = new AppSessions(main);
const link = new AgentLink(data, { onMessage, onGone: () => void letGo() });
const functions = workerFunctions({
  main,
  debugger: debuggerDomain,
  flags,
  shared: data.shared,
  emit: (event, value, backlog) => link.sendEvent({ event, data: value }, backlog),
});

// A fault of ours must not end the thread in a way that skips the order of `leave`: that aborts the target.
process.on('uncaughtException', () => void letGo());

main.onEvent((method, params) => {
  if (method === 'Debugger.scriptParsed')
    link.sendEvent({ cdp: method, params: brief(params) }, SCRIPTS_BACKLOG_BYTES);
  else if (!isOfSnapshot(method)) link.sendEvent({ cdp: method, params });
});
link.listen();

/** A script's report without what can be megabytes: the map inside it, of which the source has its own copy. */
function brief(params: unknown): object {
  const {
    stackTrace: _,
    sourceMapURL = '',
    ...rest
  } = params as { stackTrace?: unknown; sourceMapURL?: string };
  return {
    ...rest,
    sourceMapURL: sourceMapURL.length > LONGEST_MAP_URL ? sourceMapURL.slice(0, 5) : sourceMapURL,
  };
}

function onMessage(message: unknown): void {
  if (typeof message !== 'object' || message === null) return;
  const request = message as Request;
  void answer(request)
    .then((result) => link.send({ id: request.id, result }))
    .catch((error: unknown) => link.send({ id: request.id, error: errorOf(error) }));
}

async function answer(request: Request): Promise<unknown> {
  switch (request.op) {
    case 'cdp':
      return await evaluating(String(request.method), () =>
        debuggerDomain.forAgent(String(request.method), request.params as object, request.timeoutMs),
      );
    case 'main':
      return await main.call(String(request.method), request.params, request.timeoutMs);
    case 'worker': {
      const fn = functions.get(String(request.method));
      if (!fn) throw new Error(`no worker function '${request.method}'`);
      return await fn(request.params);
    }
    case 'bye':
      // Answered at once: the socket's end tells the agent that it is done.
      setImmediate(() => void letGo());
      return {};
    default:
      return {};
  }
}

/** Says so for as long as a request may run code of the application. */
async function evaluating<T>(method: string, work: () => Promise<T>): Promise<T> {
  if (!/^Runtime\.(evaluate|callFunctionOn|getProperties)$/.test(method)) return await work();
  Atomics.add(flags, FLAG.evaluating, 1);
  try {
    return await work();
  } finally {
    Atomics.sub(flags, FLAG.evaluating, 1);
  }
}

function errorOf(error: unknown): { code: string; message: string } {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return { code: String(code ?? 'probe-error'), message: String(message ?? error) };
}

let leaving: Promise<void> | undefined;

function letGo(): Promise<void> {
  leaving ??= leave();
  return leaving;
}

/**
 * The order is the point: pass-through flag, undo on the other threads and the main one, disconnect, wait until the main thread has
 * destroyed the session, only then exit. An exit right after `disconnect()` aborted targets.
 */
async function leave(): Promise<void> {
  Atomics.store(flags, FLAG.off, 1);
  link.stopListening();
  await functions.get('shutdown')?.(undefined);
  await appSessions.detach();
  main.disconnect(flags, await main.undo());
  // All is undone. A loop that never ends keeps this thread from ending, which harms nobody: the agent need not wait.
  const farewell = setTimeout(() => link.close(), FAREWELL_MS);
  while (Atomics.load(flags, FLAG.drained) === 0) await new Promise((done) => setTimeout(done, 20));
  clearTimeout(farewell);
  link.close();
  setTimeout(() => process.exit(0), 10);
}
