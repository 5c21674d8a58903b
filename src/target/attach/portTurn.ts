import { readlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { RemoraError } from '../../base/index.js';
import { portWait } from '../limits.js';

/**
 * Two attaches that want the same inspector port take turns, also across agents and users: the turn is an abstract
 * Unix socket, which the kernel frees when its holder dies. Returns the function that gives the turn back.
 */
export async function takePortTurn(port: number, pid: number, signal?: AbortSignal): Promise<() => void> {
  const namespace = networkNamespace(pid);
  const deadline = Date.now() + portWait.value;
  for (;;) {
    const server = await tryListen(`\0remora-inspector-${namespace}-${port}`);
    if (server) return () => void server.close();
    signal?.throwIfAborted();
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
