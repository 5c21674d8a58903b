/** FIFOs of a container's stdio: unlike a socketpair they can be opened as /dev/stdout, and they outlive the agent. */
import { execFile } from 'node:child_process';
import { chownSync, closeSync, constants, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { launchFailed } from '../errors.js';
import { requireTool } from '../tools.js';

const { O_RDONLY, O_WRONLY, O_RDWR, O_NONBLOCK } = constants;
const run = promisify(execFile);

export type FifoName = 'in' | 'out' | 'err';

/** In a folder of mode 0700; owned by the container's user, who may then open /dev/stdout anew. */
export async function makeFifos(
  folder: string,
  names: readonly FifoName[],
  owner?: { uid: number; gid: number },
): Promise<void> {
  const paths = names.map((name) => join(folder, name));
  try {
    await run(requireTool('mkfifo'), ['-m', '600', '--', ...paths]);
    if (owner) for (const path of paths) chownSync(path, owner.uid, owner.gid);
  } catch (error) {
    throw launchFailed('the FIFOs of the container could not be made', error);
  }
}

export function openFifo(
  folder: string,
  name: FifoName,
  how: 'read' | 'read-now' | 'write' | 'write-now' | 'both',
): number {
  const flags = {
    read: O_RDONLY,
    'read-now': O_RDONLY | O_NONBLOCK,
    write: O_WRONLY,
    'write-now': O_WRONLY | O_NONBLOCK,
    both: O_RDWR,
  }[how];
  return openSync(join(folder, name), flags);
}

export function removeFifos(folder: string): void {
  for (const name of ['in', 'out', 'err']) rmSync(join(folder, name), { force: true });
}

/** Descriptors to close together, each once. */
export class Descriptors {
  readonly #open = new Set<number>();

  add(fd: number): number {
    this.#open.add(fd);
    return fd;
  }

  /** Whoever took it closes it. */
  give(fd: number): number {
    this.#open.delete(fd);
    return fd;
  }

  close(): void {
    for (const fd of this.#open) closeSync(fd);
    this.#open.clear();
  }
}
