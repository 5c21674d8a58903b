import { setTimeout as sleep } from 'node:timers/promises';
import { inspectPort, listenSockets, namespacesOf, processStat } from '../find/index.js';
import type { ProcessInfo } from '../types.js';
import { isGone } from './gone.js';
import { InspectorClient } from './inspectorClient.js';
import { isTurnTaken, tryTurn } from './portTurn.js';
import { reach } from './reach.js';
import type { SignalMemory } from './signalMemory.js';
import { type Asked, type InspectorPlace, ownInspector } from './waitForPort.js';

/** How often it is looked whether an inspector has opened, or answers: at first, ... */
const LOOK_MS = 250;
/** ... and after so long: a process can be frozen for days, and opens it when it goes on. */
const PATIENCE_MS = 10 * 60_000;
const RARE_LOOK_MS = 10_000;
/**
 * Looks by which nothing may be open, so much after one another. SIGUSR1 asks for the inspector in three ways, and on a
 * machine out of breath the last may come so late that the probe looks no more.
 */
const LOOKS_MS = [300, 2200];
const ANSWER_MS = 5000;
/** The pid, unless a Remora talks to the process by this very inspector. */
const WHOSE = "globalThis[Symbol.for('remora.probe')]?.beat ? 0 : process.pid";

/** `other`: what answers is held by a Remora. `unseen`: somebody has the turn, or the process is stopped. */
type Look = 'none' | 'closed' | 'open' | 'other' | 'unseen';

/**
 * A thread in native code opens its inspector when it comes back, long after attach gave up. Nobody would close it
 * then, so this waits in the background and does. Never rejects.
 */
export function closeLateInspector(process: ProcessInfo, at: InspectorPlace, memory: SignalMemory): void {
  const { pid, startTicks } = process;
  const isMine = memory.beginLooks(pid, startTicks);
  const work = async (): Promise<void> => {
    const nextLook = looks();
    const asked: Asked = new Map();
    for (; isMine(); await nextLook()) {
      if (isGone(process)) return memory.forget(pid, startTicks);
      const found = isTurnTaken(pid, at.port) ? undefined : await listener(pid, at, asked);
      if (!found) continue;
      memory.opened(pid, startTicks, found.port);
      return keepInspectorClosed(process, found, memory, false);
    }
  };
  void work().catch(() => undefined);
}

/**
 * Closes in the background what is open of an inspector that our signal opened, and what opens of it afterwards. Until
 * the last look the process stays remembered. `closed`: it was seen closed just now. Never rejects.
 */
export function keepInspectorClosed(
  process: ProcessInfo,
  at: InspectorPlace,
  memory: SignalMemory,
  closed: boolean,
): void {
  const { pid, startTicks } = process;
  const isMine = memory.beginLooks(pid, startTicks);
  const work = async (): Promise<void> => {
    const nextLook = looks();
    let quiet = 0;
    let look: Look = closed ? 'closed' : 'open';
    while (look !== 'other' && quiet < LOOKS_MS.length) {
      // Only for what is open somebody has to be kept alive.
      if (look === 'open' || look === 'unseen') await nextLook(look === 'open');
      else await sleep(LOOKS_MS[quiet], undefined, { ref: false });
      // Another attach, which has looks of its own.
      if (!isMine()) return;
      if (isGone(process)) break;
      look = await closeNow(process, at);
      quiet = look === 'none' ? quiet + 1 : look === 'unseen' ? quiet : 0;
    }
    if (isMine()) memory.forget(pid, startTicks);
  };
  void work().catch(() => undefined);
}

/** Returns what waits for the next look. `ref`: it keeps this process alive. */
function looks(): (ref?: boolean) => Promise<void> {
  const rareAt = Date.now() + PATIENCE_MS;
  return async (ref = true) => {
    const rare = Date.now() > rareAt;
    await sleep(rare ? RARE_LOOK_MS : LOOK_MS, undefined, { ref: ref && !rare });
  };
}

/** Closes the inspectors that an agent killed in the middle of an attach left open. Returns the pids closed at once. */
export async function closeLeftInspectors(
  memory: SignalMemory,
  find: (pid: number) => Promise<ProcessInfo | undefined>,
): Promise<number[]> {
  const closed: number[] = [];
  for (const { pid, startTicks, port } of memory.pending()) {
    const info = await find(pid);
    if (info?.startTicks !== startTicks) continue;
    const settings = inspectPort(pid);
    const at = port === undefined ? await listener(pid, settings) : { host: settings.host, port };
    if (!at) {
      closeLateInspector(info, settings, memory);
      continue;
    }
    memory.opened(pid, startTicks, at.port);
    const look = await closeNow(info, at);
    if (look === 'closed') closed.push(pid);
    keepInspectorClosed(info, at, memory, look === 'closed' || look === 'none');
  }
  return closed;
}

async function closeNow(process: ProcessInfo, at: InspectorPlace): Promise<Look> {
  const { pid } = process;
  // What a stopped process has still to do cannot be seen.
  if (/t/i.test(processStat(pid)?.state ?? '')) return 'unseen';
  const giveBack = await tryTurn(pid, at.port);
  if (!giveBack) return 'unseen';
  try {
    const open = await listener(pid, at);
    return open ? await closeInspectorAt(process, open) : 'none';
  } finally {
    giveBack();
  }
}

/** Not by its answer: a process on a busy machine may take long to give one. */
async function listener(
  pid: number,
  at: InspectorPlace,
  asked: Asked = new Map(),
): Promise<InspectorPlace | undefined> {
  if (at.port === 0) return await ownInspector(pid, at, asked);
  return (await listenSockets(pid)).find((socket) => socket.port === at.port);
}

async function closeInspectorAt(process: ProcessInfo, at: InspectorPlace): Promise<Look> {
  let reached: Awaited<ReturnType<typeof reach>> | undefined;
  let client: InspectorClient | undefined;
  try {
    reached = await reach(process.pid, at);
    client = await InspectorClient.open(reached.address, () => undefined, ANSWER_MS);
    const whose = await client.evaluate(WHOSE, { timeoutMs: ANSWER_MS });
    if (whose !== namespacesOf(process.pid).innermostPid) return 'other';
    await client.closeInspector();
    return (await listener(process.pid, at)) ? 'open' : 'closed';
  } catch {
    return 'open';
  } finally {
    client?.cut();
    await reached?.release();
  }
}
