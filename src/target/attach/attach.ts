import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { RemoraError } from '../../base/index.js';
import type { Prepared } from '../../probe/index.js';
import { probeScript } from '../../probe/index.js';
import { CdpChannel } from '../channel/cdpChannel.js';
import type { Channel } from '../channel/channel.js';
import { WorkerChannel } from '../channel/workerChannel.js';
import { targetErrors } from '../errors.js';
import { listenSockets, MEMORY_HEADROOM_REFUSE, memoryHeadroom, namespacesOf } from '../find/index.js';
import { frameBytes, heartbeat, ringBytes, workerHeadroom } from '../limits.js';
import type { AttachOptions, ProcessInfo } from '../types.js';
import { isGone } from './gone.js';
import { InspectorClient } from './inspectorClient.js';
import type { ForeignPeer } from './inspectorWindow.js';
import { type OpenInspector, openInspector } from './openInspector.js';
import { exchangeProofs } from './proof.js';
import { bootCall } from './script.js';
import type { SignalMemory } from './signalMemory.js';
import { connectToWorker, hasFolder } from './socketPath.js';

export interface AttachContext {
  /** Names this agent to a second one: `remora 0.1.0, pid 123, user root`. */
  readonly owner: string;
  readonly memory: SignalMemory;
  onForeignPeer(process: ProcessInfo, peers: readonly ForeignPeer[]): void;
}

export interface Attached {
  readonly channel: Channel;
  readonly notices: readonly string[];
}

const ATTEMPTS = 3;
const ATTEMPT_MS = 100;
/** How soon after the end of the connection the injected probe's folder must be there. */
const FOLDER_MS = 300;

/**
 * Attaches to one process, DESIGN 3.1 to 3.3: checks, inspector open (by one signal, or as found), probe injected and
 * inspector closed in one evaluate, socket connected, secrets proved. Undoes what it did when a step fails.
 */
export async function attachToProcess(
  process: ProcessInfo,
  options: AttachOptions,
  context: AttachContext,
): Promise<Attached> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await attachOnce(process, options, context, attempt === ATTEMPTS);
    } catch (error) {
      // Where an earlier attach was made inside a loop that has just ended, its probe closes what comes up then: ours.
      const passing = error instanceof RemoraError && error.code === 'inspector-closed' && !isGone(process);
      if (!passing || attempt === ATTEMPTS) throw error;
      await sleep(ATTEMPT_MS);
    }
  }
}

async function attachOnce(
  process: ProcessInfo,
  options: AttachOptions,
  context: AttachContext,
  lastTry: boolean,
): Promise<Attached> {
  const notices: string[] = [];
  const useWorker = await enoughMemory(process, options, notices);
  const inspector = await openInspector(process, options, context.memory, lastTry);
  const client = await connectClient(inspector);
  let kept = false;
  // Until the other side has said who it is, it may be another process that took the port: nothing of it is touched.
  let itself = false;
  try {
    const prepared = await prepare(client, process, useWorker);
    itself = true;
    if (prepared.owner) throw targetErrors.marked(process.pid, prepared.owner);
    const attached =
      useWorker && prepared.mayStartWorker && prepared.folder
        ? await withWorker(process, inspector, client, prepared, context)
        : await withoutWorker(process, inspector, client, prepared, context, useWorker);
    kept = attached.channel.kind === 'cdp';
    if (inspector.signalled) {
      notices.push(
        `Node.js wrote "Debugger listening on ws://..." and "Debugger attached." to the standard error of process ${process.pid}`,
      );
    }
    return { channel: attached.channel, notices: [...inspector.notices, ...notices, ...attached.notices] };
  } catch (error) {
    if (inspector.signalled && itself && !client.closed) await client.closeInspector();
    throw error;
  } finally {
    if (kept) inspector.giveTurnBack();
    else await release(inspector, client);
  }
}

async function enoughMemory(
  process: ProcessInfo,
  options: AttachOptions,
  notices: string[],
): Promise<boolean> {
  const headroom = await memoryHeadroom(process.pid);
  if (headroom.bytes < MEMORY_HEADROOM_REFUSE.value && !options.force) {
    throw targetErrors.lowMemory(process.pid, headroom.bytes, headroom.limitedBy);
  }
  if (headroom.bytes >= workerHeadroom.value) return true;
  notices.push(
    `Only ${Math.round(headroom.bytes / 1048576)} MB of memory headroom (${headroom.limitedBy}): no Worker is injected, the inspector connection is kept`,
  );
  return false;
}

async function connectClient(inspector: OpenInspector): Promise<InspectorClient> {
  try {
    return await InspectorClient.open(inspector.address, (port) => inspector.window?.own(port));
  } catch (error) {
    const closed = await closedByNow(inspector);
    await inspector.release(closed);
    if (closed) throw targetErrors.inspectorClosed('before it answered');
    throw targetErrors.noInspector(
      inspector.pid,
      `its inspector did not answer (${(error as Error).message})`,
    );
  }
}

async function prepare(client: InspectorClient, process: ProcessInfo, useWorker: boolean): Promise<Prepared> {
  const folder = useWorker ? `remora-${randomBytes(8).toString('hex')}` : '';
  const prepared = JSON.parse(String(await client.evaluate(bootCall('prepare', { folder })))) as Prepared;
  const { innermostPid } = namespacesOf(process.pid);
  if (isGone(process)) throw targetErrors.gone(process.pid);
  if (prepared.pid !== innermostPid) throw targetErrors.wrongProcess(process.pid, prepared.pid);
  return prepared;
}

async function withWorker(
  process: ProcessInfo,
  inspector: OpenInspector,
  client: InspectorClient,
  prepared: Prepared,
  context: AttachContext,
): Promise<Attached> {
  const secret = randomBytes(32).toString('hex');
  let refusal: Error | undefined;
  const injected = client
    .evaluate(
      bootCall('inject', {
        workerSource: probeScript('worker'),
        folder: prepared.folder,
        secret,
        owner: context.owner,
        heartbeatMs: heartbeat.value,
        frameLimit: frameBytes.value,
        ringBytes: ringBytes.value,
        closeInspector: inspector.signalled,
      }),
    )
    .then((text) => {
      const { error, owner } = JSON.parse(String(text)) as { error?: string; owner?: string };
      if (owner) refusal = targetErrors.marked(process.pid, owner);
      else if (error) refusal = targetErrors.workerSilent(process.pid, error);
    })
    .catch((error: unknown) => {
      // The connection ends with the inspector that it closed: that is success, told by the socket.
      if (!client.closed) refusal = error as Error;
    });
  const place = {
    pid: process.pid,
    uid: process.uid,
    folder: prepared.folder,
    otherMount: namespacesOf(process.pid).mnt === 'other',
  };
  // The port is closed when the connection ends: the last look costs nothing while the Worker starts.
  const lastLook = new Promise<void>((done) => client.onClose(done)).then(() => inspector.window?.end());
  let closedAt = Number.POSITIVE_INFINITY;
  client.onClose(() => {
    closedAt = performance.now();
  });
  const socket = await connectToWorker(place, () => {
    if (refusal) return refusal;
    if (isGone(process)) return targetErrors.gone(process.pid);
    // The connection has ended, and not by what we sent: that makes the folder first.
    if (performance.now() - closedAt < FOLDER_MS || hasFolder(place)) return undefined;
    return targetErrors.inspectorClosed('before the probe was in');
  });
  await exchangeProofs(socket, secret, process.pid);
  await injected;
  const channel = new WorkerChannel(socket, process.pid);
  socket.resume();
  const peers = inspector.signalled ? ((await lastLook) ?? []) : [];
  if (peers.length === 0) return { channel, notices: [] };
  await channel.end();
  return refuseForeign(process, peers, context);
}

async function withoutWorker(
  process: ProcessInfo,
  inspector: OpenInspector,
  client: InspectorClient,
  prepared: Prepared,
  context: AttachContext,
  useWorker: boolean,
): Promise<Attached> {
  const options = {
    owner: context.owner,
    heartbeatMs: heartbeat.value,
    closeInspector: inspector.signalled,
  };
  const answer = JSON.parse(String(await client.evaluate(bootCall('external', options)))) as {
    owner?: string;
  };
  if (answer.owner) throw targetErrors.marked(process.pid, answer.owner);
  const channel = new CdpChannel(client, process.pid, inspector.signalled);
  channel.onClose(() => void inspector.release(false));
  const peers = (await inspector.window?.end()) ?? [];
  if (peers.length > 0) {
    await channel.end();
    return refuseForeign(process, peers, context);
  }
  const why = !useWorker
    ? []
    : prepared.mayStartWorker
      ? ['The target has no folder it may write to: the inspector connection is kept instead of a Worker']
      : ["The target's permission model allows no Worker: the inspector connection is kept instead"];
  const exposed = inspector.signalled
    ? [
        `While attached, the inspector of process ${process.pid} stays open on port ${inspector.address.port} to every local user`,
      ]
    : [];
  return { channel, notices: [...why, ...exposed] };
}

function refuseForeign(process: ProcessInfo, peers: readonly ForeignPeer[], context: AttachContext): never {
  context.onForeignPeer(process, peers);
  throw targetErrors.foreignPeer(
    process.pid,
    peers.map(({ address, uid }) => `${address} (${uid === undefined ? 'uid unknown, gone' : `uid ${uid}`})`),
  );
}

/** A connection may end without the inspector's: then somebody must still close that. */
async function closedByNow(inspector: OpenInspector): Promise<boolean> {
  const sockets = await listenSockets(inspector.pid);
  return sockets.every((socket) => socket.port !== inspector.address.port);
}

async function release(inspector: OpenInspector, client: InspectorClient): Promise<void> {
  const { closed } = client;
  await inspector.window?.end();
  client.cut();
  await inspector.release(closed);
}
