import { processStat } from '../find/index.js';
import type { ProcessInfo } from '../types.js';
import { InspectorClient } from './inspectorClient.js';
import type { SignalMemory } from './signalMemory.js';
import { type InspectorPlace, waitForPort } from './waitForPort.js';

/** How long an inspector that did not open in time is waited for, to close it. */
const PATIENCE_MS = 10 * 60_000;

/**
 * A thread in native code opens its inspector when it comes back, long after attach gave up. Nobody would close it
 * then, so this waits in the background and does. Never rejects.
 */
export function closeLateInspector(
  process: ProcessInfo,
  at: InspectorPlace,
  before: ReadonlySet<number>,
  memory: SignalMemory,
): void {
  const work = async (): Promise<void> => {
    const found = await waitForPort(process, at, before, PATIENCE_MS);
    if (!found) return;
    const client = await InspectorClient.open(found, () => undefined);
    await client.closeInspector();
    client.cut();
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
  for (const { pid, startTicks } of await memory.pending()) {
    const info = await find(pid);
    if (info?.startTicks !== startTicks || info.inspector.state !== 'open') continue;
    try {
      const client = await InspectorClient.open(info.inspector, () => undefined);
      await client.closeInspector();
      client.cut();
      memory.forget(pid, startTicks);
      closed.push(pid);
    } catch {
      // It has just been closed, or does not answer: the next start looks again.
    }
    if (!processStat(pid)) memory.forget(pid, startTicks);
  }
  return closed;
}
