import { kill } from 'node:process';
import { targetErrors } from '../errors.js';
import { inspectPort, listenSockets, namespacesOf, processStat, signalVerdict } from '../find/index.js';
import { signalWait } from '../limits.js';
import type { AttachOptions, ProcessInfo } from '../types.js';
import type { InspectorAddress } from './inspectorClient.js';
import { InspectorWindow, PortTaken } from './inspectorWindow.js';
import { closeLateInspector } from './lateInspector.js';
import { portOwner } from './portOwner.js';
import { takePortTurn } from './portTurn.js';
import { openRelay } from './relay.js';
import type { SignalMemory } from './signalMemory.js';
import { waitForPort } from './waitForPort.js';

/** An inspector that answers for the process, by our signal or as we found it. */
export interface OpenInspector {
  readonly pid: number;
  readonly address: InspectorAddress;
  /** We opened it, so we close it. */
  readonly signalled: boolean;
  /** The watch on who connects; only for one that we opened. */
  readonly window?: InspectorWindow;
  readonly notices: readonly string[];
  /** Gives back the turn, the relay and the memory of the signal. */
  release(): Promise<void>;
}

/** Finds the open inspector of a process, or opens it by one SIGUSR1 where that is safe (DESIGN 3.1). */
export async function openInspector(
  process: ProcessInfo,
  options: AttachOptions,
  memory: SignalMemory,
): Promise<OpenInspector> {
  const { pid, inspector } = process;
  if (inspector.state === 'open') {
    const reached = await reach(pid, { host: inspector.host, port: inspector.port });
    return {
      pid,
      ...reached,
      signalled: false,
      notices: [`joined the inspector that is open on port ${inspector.port}`],
    };
  }
  await judgeSignal(process, options, memory);
  const at = inspectPort(pid);
  const giveBack = at.port === 0 ? () => undefined : await takePortTurn(at.port, pid, options.signal);
  try {
    return await signalAndFind(process, at, memory, giveBack);
  } catch (error) {
    giveBack();
    throw error;
  }
}

async function judgeSignal(
  process: ProcessInfo,
  options: AttachOptions,
  memory: SignalMemory,
): Promise<void> {
  const { pid } = process;
  if (options.noSignal)
    throw targetErrors.notAttachable(pid, 'its inspector is closed, and --no-signal was asked for');
  if (memory.has(pid, process.startTicks)) throw targetErrors.signalledBefore(pid);
  const { verdict, why } = await signalVerdict(pid);
  if (verdict === 'send' || (verdict === 'unknown' && options.force)) return;
  const hint = verdict === 'unknown' ? '; --force sends SIGUSR1 all the same' : '';
  throw targetErrors.notAttachable(pid, `${why}${hint}`);
}

async function signalAndFind(
  process: ProcessInfo,
  at: { host: string; port: number },
  memory: SignalMemory,
  giveBack: () => void,
): Promise<OpenInspector> {
  const { pid } = process;
  const before = at.port === 0 ? await listeningInodes(pid) : new Set<number>();
  const window = at.port === 0 ? undefined : await windowBefore(pid, at);
  await sameProcess(process);
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
  const found = await waitForPort(process, at, before, signalWait.value, (port) => window?.own(port));
  if (!found) {
    await window?.end();
    closeLateInspector(process, at, before, memory);
    throw targetErrors.noInspector(pid, await whyNone(process));
  }
  // With `--inspect-port=0` nobody could know the port beforehand; the watch starts as soon as we do.
  const watch = window ?? InspectorWindow.late(pid, found.host, found.port);
  watch.watch();
  const reached = await reach(pid, found);
  return {
    pid,
    ...reached,
    signalled: true,
    window: watch,
    notices: [],
    async release() {
      await reached.release();
      giveBack();
      memory.forget(pid, process.startTicks);
    },
  };
}

async function listeningInodes(pid: number): Promise<Set<number>> {
  return new Set((await listenSockets(pid)).map((socket) => socket.inode));
}

/** Throws unless the port is free; nothing was sent yet. */
async function windowBefore(pid: number, at: { host: string; port: number }): Promise<InspectorWindow> {
  try {
    return await InspectorWindow.before(pid, at.host, at.port);
  } catch (error) {
    if (error instanceof PortTaken) throw targetErrors.portTaken(at.port, portOwner(error.row));
    throw error;
  }
}

/** A pid can be reused between listing and signalling. */
async function sameProcess(process: ProcessInfo): Promise<void> {
  const stat = processStat(process.pid);
  if (stat?.startTicks !== process.startTicks) throw targetErrors.gone(process.pid);
}

async function whyNone(process: ProcessInfo): Promise<string> {
  const stat = processStat(process.pid);
  if (!stat) return 'it has exited';
  if (stat.state === 'T') return 'it is stopped (SIGSTOP or a debugger)';
  return 'its main thread is in native code (a synchronous child process, crypto, a native addon)';
}

/** The address to dial: directly, or by a relay into the target's network namespace. */
async function reach(
  pid: number,
  at: { host: string; port: number },
): Promise<{ address: InspectorAddress; release(): Promise<void> }> {
  const host = at.host === '0.0.0.0' ? '127.0.0.1' : at.host === '::' ? '::1' : at.host;
  const namespaces = namespacesOf(pid);
  if (namespaces.net === 'same') return { address: { host, port: at.port }, release: async () => undefined };
  const rootless = namespaces.user === 'other' && globalThis.process.getuid?.() !== 0;
  const relay = await openRelay(pid, { host, port: at.port }, rootless);
  return {
    address: { host, port: at.port, relayPath: relay.path },
    release: async () => relay.close(),
  };
}
