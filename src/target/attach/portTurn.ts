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
 * Two attaches that want the same inspector port take turns, also across agents and users: the turn is an abstract
 * Unix socket, which the kernel frees when its holder dies. Returns the function that gives the turn back.
 */
export async function takePortTurn(port: number, pid: number, signal?: AbortSignal): Promise<() => void> {
  const deadline = Date.now() + portWait.value;
  for (let waited = false; ; waited = true) {
    const giveBack = await tryPortTurn(port, pid);
    if (giveBack) {
      // The application may have moved its port: those who look at it by whatever it opens must know too.
      const ofProcess = port === 0 ? undefined : await tryPortTurn(0, pid);
      if (waited) await sleep(SETTLE_MS);
      return () => {
        ofProcess?.();
        giveBack();
      };
    }
    if (signal?.aborted) throw targetErrors.aborted();
    if (Date.now() > deadline) {
      throw new RemoraError(
        'attach-busy',
        `another attach has been using inspector port ${port} for too long`,
        {
          hint: 'Try again; `remora ps` shows which process has its inspector open',
        },
      );
    }
    await sleep(10 + Math.random() * 20);
  }
}

/** The same without waiting; undefined when somebody else has the turn. */
export async function tryPortTurn(port: number, pid: number): Promise<(() => void) | undefined> {
  const server = await tryListen(`\0${turnName(pid, port)}`);
  return server && (() => void server.close());
}

/** The turn of a port and that of the process, which an attach has that did not know the port; undefined without both. */
export async function tryBothTurns(port: number, pid: number): Promise<(() => void) | undefined> {
  const ofPort = await tryPortTurn(port, pid);
  const ofProcess = ofPort && (await tryPortTurn(0, pid));
  if (!ofProcess) {
    ofPort?.();
    return undefined;
  }
  return () => {
    ofProcess();
    ofPort();
  };
}

/**
 * Whether some attach has the turn of this process's inspector now: then its port is that attach's business, and
 * asking it would look like a stranger's connection.
 */
export function isPortTurnTaken(pid: number, port: number): boolean {
  let held: string;
  try {
    held = readFileSync('/proc/net/unix', 'latin1');
  } catch {
    return false;
  }
  return [port, 0].some((each) => held.includes(`@${turnName(pid, each)}`));
}

/** Node 20 fills an abstract name up with NULs and later ones do not: one of full length is the same for both. */
const FULL_NAME_BYTES = 107;

/** Who does not know the port beforehand (0) has the turn of the process. */
function turnName(pid: number, port: number): string {
  const what = port === 0 ? `pid-${pid}` : port;
  return `remora-inspector-${networkNamespace(pid)}-${what}`.padEnd(FULL_NAME_BYTES, '.');
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
