import { readFileSync, readlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { RemoraError } from '../../base/index.js';
import { targetErrors } from '../errors.js';
import { portWait } from '../limits.js';

/**
 * An attach that had the turn before may be one to the same process: for some turns of its loop the probe closes what
 * opens, also what the next one's signal does.
 */
const SETTLE_MS = 100;

/**
 * Who opens, uses or closes an inspector has the turn: of the process, and of the port that the inspector takes, which
 * another process may want too (`port` 0: not known beforehand). Across agents and users: a turn is an abstract Unix
 * socket, which the kernel frees when its holder dies. Waits for it; returns the function that gives it back.
 */
export async function takeTurn(pid: number, port: number, signal?: AbortSignal): Promise<() => void> {
  const deadline = Date.now() + portWait.value;
  for (let waited = false; ; waited = true) {
    const giveBack = await tryTurn(pid, port);
    if (giveBack) {
      if (waited) await sleep(SETTLE_MS);
      return giveBack;
    }
    if (signal?.aborted) throw targetErrors.aborted();
    if (Date.now() > deadline) {
      const what = port === 0 ? `the inspector of process ${pid}` : `inspector port ${port}`;
      throw new RemoraError('attach-busy', `another attach has been using ${what} for too long`, {
        hint: 'Try again; `remora ps` shows which process has its inspector open',
      });
    }
    await sleep(10 + Math.random() * 20);
  }
}

/** The same without waiting; undefined when somebody else has the turn. */
export async function tryTurn(pid: number, port: number): Promise<(() => void) | undefined> {
  const held: Server[] = [];
  const giveBack = () => {
    for (const server of held) server.close();
  };
  for (const name of turnNames(pid, port)) {
    const server = await tryListen(`\0${name}`);
    if (!server) {
      giveBack();
      return undefined;
    }
    held.push(server);
  }
  return giveBack;
}

/**
 * Whether some attach has the turn of this process's inspector now: then its port is that attach's business, and
 * asking it would look like a stranger's connection.
 */
export function isTurnTaken(pid: number, port: number): boolean {
  let held: string;
  try {
    held = readFileSync('/proc/net/unix', 'latin1');
  } catch {
    return false;
  }
  return turnNames(pid, port).some((name) => held.includes(`@${name}`));
}

/** Node 20 fills an abstract name up with NULs and later ones do not: one of full length is the same for both. */
const FULL_NAME_BYTES = 107;

function turnNames(pid: number, port: number): string[] {
  const network = networkNamespace(pid);
  return [`pid-${pid}`, ...(port === 0 ? [] : [port])].map((what) =>
    `remora-inspector-${network}-${what}`.padEnd(FULL_NAME_BYTES, '.'),
  );
}

function networkNamespace(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`).replace(/\D/g, '');
  } catch {
    return 'unknown';
  }
}

function tryListen(name: string): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.unref();
    server.once('error', () => resolve(undefined));
    server.listen(name, () => resolve(server));
  });
}
