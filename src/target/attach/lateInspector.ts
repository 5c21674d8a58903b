import { setTimeout as sleep } from 'node:timers/promises';
import { inspectPort, listenSockets, namespacesOf } from '../find/index.js';
import type { ProcessInfo } from '../types.js';
import { isGone } from './gone.js';
import { InspectorClient } from './inspectorClient.js';
import { tryBothTurns } from './portTurn.js';
import { reach } from './reach.js';
import type { SignalMemory } from './signalMemory.js';
import { type Asked, type InspectorPlace, ownInspector } from './waitForPort.js';

/** How long an inspector that did not open in time is waited for, to close it. */
const PATIENCE_MS = 10 * 60_000;
const LOOK_MS = 250;
const LOOKS_AFTER_MS = [300, 2500];
/** The pid, unless a Remora talks to the process by this very inspector. */
const WHOSE = "globalThis[Symbol.for('remora.probe')]?.beat ? 0 : process.pid";

/**
 * A thread in native code opens its inspector when it comes back, long after attach gave up. Nobody would close it
 * then, so this waits in the background and does. Never rejects.
 */
export function closeLateInspector(process: ProcessInfo, at: InspectorPlace, memory: SignalMemory): void {
  const work = async (): Promise<void> => {
    const deadline = Date.now() + PATIENCE_MS;
    const asked: Asked = new Map();
    for (; Date.now() < deadline; await sleep(LOOK_MS)) {
      if (isGone(process)) return memory.forget(process.pid, process.startTicks);
      const found = await ownInspector(process.pid, at, asked);
      if (!found) continue;
      memory.opened(process.pid, process.startTicks);
      if (await closeInspectorAt(process, found)) return memory.forget(process.pid, process.startTicks);
    }
  };
  void work().catch(() => undefined);
}

/**
 * After an inspector was closed: SIGUSR1 asks for it in three ways, and on a machine out of breath the last may come so
 * late that the probe looks no more. Until the last look is done the process stays remembered. Never rejects.
 */
export function keepInspectorClosed(process: ProcessInfo, at: InspectorPlace, memory: SignalMemory): void {
  const work = async (): Promise<void> => {
    for (const ms of LOOKS_AFTER_MS) {
      await sleep(ms, undefined, { ref: false });
      if (isGone(process)) break;
      const giveBack = await tryBothTurns(at.port, process.pid);
      // Another attach is at it: it has its own looks.
      if (!giveBack) return;
      try {
        if (await ownInspector(process.pid, at, new Map())) await closeInspectorAt(process, at);
      } finally {
        giveBack();
      }
    }
    memory.forget(process.pid, process.startTicks);
  };
  void work().catch(() => undefined);
}

/** Closes the inspectors that an agent killed in the middle of an attach left open. Returns the pids closed. */
export async function closeLeftInspectors(
  memory: SignalMemory,
  find: (pid: number) => Promise<ProcessInfo | undefined>,
): Promise<number[]> {
  const closed: number[] = [];
  for (const { pid, startTicks, stage } of await memory.pending()) {
    const info = await find(pid);
    if (info?.startTicks !== startTicks) continue;
    if (info.inspector.state === 'open') {
      // One that does not answer now is looked at again by the next attach, and by the next start.
      if (!(await closeInspectorAt(info, info.inspector))) continue;
      closed.push(pid);
      memory.forget(pid, startTicks);
    } else if (stage === 'opened') {
      memory.forget(pid, startTicks);
    } else {
      closeLateInspector(info, inspectPort(pid), memory);
    }
  }
  return closed;
}

/** False when it could not be closed, or is another process's. */
async function closeInspectorAt(process: ProcessInfo, at: InspectorPlace): Promise<boolean> {
  let reached: Awaited<ReturnType<typeof reach>> | undefined;
  let client: InspectorClient | undefined;
  try {
    reached = await reach(process.pid, at);
    client = await InspectorClient.open(reached.address, () => undefined);
    if ((await client.evaluate(WHOSE)) !== namespacesOf(process.pid).innermostPid) return false;
    await client.closeInspector();
    return (await listenSockets(process.pid)).every((socket) => socket.port !== at.port);
  } catch {
    return false;
  } finally {
    client?.cut();
    await reached?.release();
  }
}
