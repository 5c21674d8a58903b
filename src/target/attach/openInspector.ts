import { kill } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { targetErrors } from '../errors.js';
import {
  type InspectSettings,
  inspectPort,
  listenSockets,
  processStat,
  signalVerdict,
  type TcpRow,
  type TcpState,
  tcpRows,
} from '../find/index.js';
import { signalWait } from '../limits.js';
import type { AttachOptions, ProcessInfo } from '../types.js';
import { isGone } from './gone.js';
import type { InspectorAddress } from './inspectorClient.js';
import { InspectorWindow, PortTaken } from './inspectorWindow.js';
import { closeLateInspector, keepInspectorClosed } from './lateInspector.js';
import { portOwner } from './portOwner.js';
import { takeTurn } from './portTurn.js';
import { type Reached, reach } from './reach.js';
import type { SignalMemory } from './signalMemory.js';
import { waitForPort } from './waitForPort.js';

/** Main thread, signal watcher, and at least one of V8's. */
const LEAST_THREADS = 3;

/**
 * A process whose inspector has opened for us before may be signalled once more: the probe of an earlier attach, made
 * in a loop that has ended this moment, can close what our signal opens before we see it.
 */
const QUICK_WAIT_MS = 1000;

/** States of a connection that is there; in any other it is over, or will be. */
const HERE: ReadonlySet<TcpState> = new Set([
  'LISTEN',
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'NEW_SYN_RECV',
]);

/** How often, and how long apart, a port that seems to be the target's own is looked at again. */
const PASSING_LOOKS = 10;
const PASSING_MS = 50;

/** An inspector that answers for the process, by our signal or as we found it. */
export interface OpenInspector {
  readonly pid: number;
  readonly address: InspectorAddress;
  /** We opened it, so we close it. */
  readonly signalled: boolean;
  /** The watch on who connects; only for one that we opened. */
  readonly window?: InspectorWindow;
  readonly notices: readonly string[];
  /** Lets the next attach have the port's turn: the port itself tells it from now on. */
  giveTurnBack(): void;
  /**
   * Gives back the turn and the relay; of one that we opened, closes in the background what is still open. `closed`: it was
   * seen to be.
   */
  release(closed: boolean): Promise<void>;
}

/** Finds the open inspector of a process, or opens it by one SIGUSR1 where that is safe (DESIGN 3.1). */
export async function openInspector(
  process: ProcessInfo,
  options: AttachOptions,
  memory: SignalMemory,
  lastTry: boolean,
): Promise<OpenInspector> {
  const { pid } = process;
  const at = inspectPort(pid);
  if (at.publishUid !== undefined && !at.publishUid.includes('http')) {
    // Its address is only on its standard error: an inspector that we could open, and then neither use nor close.
    throw targetErrors.notAttachable(pid, `--inspect-publish-uid=${at.publishUid} hides its inspector`);
  }
  const seen = seenOpen(process, at, memory);
  if (!seen) await judgeSignal(process, options, memory);
  const giveBack = await takeTurn(pid, at.port, options.signal);
  try {
    // While the turn was waited for, its holder may have closed it.
    if (seen && (await listenSockets(pid)).some((socket) => socket.port === seen.port)) {
      return await join(process, seen, memory, giveBack);
    }
    if (seen) await judgeSignal(process, options, memory);
    return await signalAndFind(process, at, memory, giveBack, lastTry);
  } catch (error) {
    giveBack();
    throw error;
  }
}

/** Where the inspector is open, as far as anybody has seen: it may not have answered in time when we asked. */
function seenOpen(
  process: ProcessInfo,
  at: InspectSettings,
  memory: SignalMemory,
): { host: string; port: number } | undefined {
  if (process.inspector.state === 'open') return process.inspector;
  const port = memory.note(process.pid, process.startTicks)?.port;
  return port === undefined || port === 0 ? undefined : { host: at.host, port };
}

/** An inspector that is open already: as its user left it, or left open by an agent that was killed. */
async function join(
  process: ProcessInfo,
  at: { host: string; port: number },
  memory: SignalMemory,
  giveTurnBack: () => void,
): Promise<OpenInspector> {
  const { pid, startTicks } = process;
  const note = memory.note(pid, startTicks);
  // At another port than the one that our signal opened it is somebody's who closed and opened it himself.
  if (!note || (note.port && note.port !== at.port)) {
    const reached = await reach(pid, at);
    return {
      pid,
      address: reached.address,
      signalled: false,
      notices: [`joined the inspector that is open on port ${at.port}`],
      giveTurnBack,
      async release() {
        await reached.release();
        giveTurnBack();
      },
    };
  }
  const ended = await endedConnections(pid, at);
  const window = InspectorWindow.late(pid, process.uid, at, ended);
  return await ours(process, at, window, memory, giveTurnBack, [
    `the inspector on port ${at.port} had been left open by an attach that was interrupted`,
    ...(ended.length > 0
      ? [`of ${ended.length} connections to it that have ended nobody can tell whose they were`]
      : []),
  ]);
}

/** What earlier attaches left on that port, and whoever came while nobody watched: rows of it carry no uid any more. */
async function endedConnections(
  pid: number,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<readonly TcpRow[]> {
  const rows = await tcpRows(pid, { port, family: host.includes(':') ? 6 : 4 });
  return rows.filter(({ state }) => !HERE.has(state));
}

/** An inspector that our signal opened. */
async function ours(
  process: ProcessInfo,
  found: { host: string; port: number },
  window: InspectorWindow,
  memory: SignalMemory,
  giveTurnBack: () => void,
  notices: readonly string[],
): Promise<OpenInspector> {
  const { pid, startTicks } = process;
  memory.opened(pid, startTicks, found.port);
  window.watch();
  let reached: Reached;
  try {
    reached = await reach(pid, found, (port) => window.own(port));
  } catch (error) {
    await window.end();
    keepInspectorClosed(process, found, memory, false);
    throw error;
  }
  return {
    pid,
    address: reached.address,
    signalled: true,
    window,
    notices,
    giveTurnBack,
    async release(closed) {
      await window.end();
      await reached.release();
      giveTurnBack();
      keepInspectorClosed(process, found, memory, closed);
    },
  };
}

async function judgeSignal(
  process: ProcessInfo,
  options: AttachOptions,
  memory: SignalMemory,
): Promise<void> {
  const { pid } = process;
  if (options.noSignal)
    throw targetErrors.notAttachable(pid, 'its inspector is closed, and --no-signal was asked for');
  const note = memory.note(pid, process.startTicks);
  if (note && note.port === undefined) throw targetErrors.signalledBefore(pid);
  const { verdict, why } = await signalVerdict(pid);
  if (verdict === 'send' || (verdict === 'unknown' && options.force)) return;
  const hint = verdict === 'unknown' ? '; --force sends SIGUSR1 all the same' : '';
  throw targetErrors.notAttachable(pid, `${why}${hint}`);
}

async function signalAndFind(
  process: ProcessInfo,
  at: InspectSettings,
  memory: SignalMemory,
  giveBack: () => void,
  lastTry: boolean,
): Promise<OpenInspector> {
  const { pid, startTicks } = process;
  const before = await listeningInodes(pid);
  // Node keeps the port it was given once, also one that the application moved to: what an attach before this one left there
  // (TIME_WAIT) is nobody's attempt.
  const rows = await tcpRows(pid);
  const window = at.port === 0 ? undefined : await windowBefore(process, at);
  stillItself(process);
  memory.remember(pid, process.startTicks);
  try {
    kill(pid, 'SIGUSR1');
  } catch (error) {
    memory.forget(pid, process.startTicks);
    throw (error as NodeJS.ErrnoException).code === 'EPERM'
      ? targetErrors.notPermitted(pid, process.user)
      : targetErrors.gone(pid);
  }
  window?.watch();
  const ownPorts: number[] = [];
  const again = !lastTry && memory.hasOpened(pid, startTicks);
  const patience = again ? Math.min(QUICK_WAIT_MS, signalWait.value) : signalWait.value;
  const found = await waitForPort(process, at, before, patience, (port) => ownPorts.push(port)).catch(
    async (error: unknown) => {
      await window?.end();
      throw error;
    },
  );
  if (!found) {
    await window?.end();
    if (again) {
      memory.opened(pid, startTicks, at.port);
      keepInspectorClosed(process, at, memory, false);
      throw targetErrors.inspectorClosed('before it was seen');
    }
    closeLateInspector(process, at, memory);
    throw targetErrors.noInspector(pid, await whyNone(process));
  }
  if ('inode' in found && before.has(found.inode)) {
    // The application had opened it itself, where nobody would look: it is left as found.
    await window?.end();
    memory.forget(pid, startTicks);
    return await join(process, found, memory, giveBack);
  }
  // With `--inspect-port=0` nobody could know the port beforehand; the watch starts as soon as we do.
  const known =
    window && found.port === at.port ? window : InspectorWindow.late(pid, process.uid, found, rows);
  for (const port of ownPorts) known.own(port);
  if (known !== window) await window?.end();
  return await ours(process, found, known, memory, giveBack, []);
}

/** Of everybody's sockets: to look up which are the process's own would take milliseconds on a busy server. */
async function listeningInodes(pid: number): Promise<Set<number>> {
  return new Set((await tcpRows(pid, { listening: true, quick: true })).map((row) => row.inode));
}

/** Throws unless the port is free; nothing was sent yet. */
async function windowBefore(
  process: ProcessInfo,
  at: { host: string; port: number },
): Promise<InspectorWindow> {
  for (let look = 1; ; look += 1) {
    try {
      return await InspectorWindow.before(process.pid, process.uid, at);
    } catch (error) {
      if (!(error instanceof PortTaken)) throw error;
      const owner = portOwner(error.row);
      // A loop that an earlier attach was made in has just ended, and the inspector is about to be closed again.
      const passing = owner.pid === undefined || owner.pid === process.pid;
      if (!passing || look === PASSING_LOOKS) throw targetErrors.portTaken(at.port, owner.text);
      await sleep(PASSING_MS);
    }
  }
}

/** A pid can be reused between listing and signalling, and a process may have begun to exit. */
function stillItself(process: ProcessInfo): void {
  if (isGone(process)) throw targetErrors.gone(process.pid);
  // Node's exit ends all threads but two before it frees what its signal handler uses: SIGUSR1 would abort it then.
  if ((processStat(process.pid)?.threads ?? 0) < LEAST_THREADS) {
    throw targetErrors.notAttachable(process.pid, 'it is just starting or exiting');
  }
}

async function whyNone(process: ProcessInfo): Promise<string> {
  if (processStat(process.pid)?.state === 'T') return 'it is stopped (SIGSTOP or a debugger)';
  return 'its main thread is in native code (a synchronous child process, crypto, a native addon)';
}
