/**
 * Sandboxes: a folder per container, a nested one's inside its parent's (wire/mesos-agent.md 4.3). The containers' users
 * own them and may put links where we expect folders, so each step is taken from an open folder and follows no link.
 */
import { execFile } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { epochMs } from '../base/index.js';
import { sandboxFailed } from './errors.js';
import { sandboxKeep } from './limits.js';
import { pathOf } from './proc.js';
import { requireTool } from './tools.js';
import type { User } from './users.js';

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;
const run = promisify(execFile);
const CHILDREN = 'containers';

/** An open sandbox; the descriptor is the owner's to close. */
export interface Sandbox {
  readonly path: string;
  readonly fd: number;
}

export class Sandboxes {
  readonly #folder: string;

  /** Made where it is missing. Other users have to get through it to what is theirs, and no further. */
  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o711 });
    if (statSync(folder).uid === process.getuid?.()) chmodSync(folder, 0o711);
  }

  pathOf(path: readonly string[]): string {
    return join(this.#folder, ...steps(path));
  }

  /** Makes it, or takes up that of an ended container of the same id. Rejects with `sandbox-failed` or `launch-failed`. */
  make(path: readonly string[], user: User): Sandbox {
    const opened: number[] = [];
    try {
      let fd = openFolder(this.#folder);
      opened.push(fd);
      const names = steps(path);
      names.forEach((name, index) => {
        fd = enter(fd, name, index === names.length - 1 ? user : undefined);
        opened.push(fd);
      });
      opened.pop();
      return { path: pathOf(fd), fd };
    } catch (error) {
      throw sandboxFailed(this.pathOf(path), path.length > 1, error);
    } finally {
      for (const fd of opened) closeSync(fd);
    }
  }

  /** Opens that of a container that an earlier agent started; undefined where it is gone. */
  open(path: readonly string[]): Sandbox | undefined {
    let fd: number | undefined;
    try {
      fd = openFolder(this.#folder);
      for (const name of steps(path)) {
        const next = openFolder(`/proc/self/fd/${fd}/${name}`);
        closeSync(fd);
        fd = next;
      }
      return { path: pathOf(fd), fd };
    } catch {
      if (fd !== undefined) closeSync(fd);
      return undefined;
    }
  }

  /** With all below it. */
  async remove(path: readonly string[]): Promise<void> {
    const sandbox = this.open(path);
    if (!sandbox) return;
    const above = openFolder(`/proc/self/fd/${sandbox.fd}/..`);
    try {
      // rm(1) goes by open folders; Node's own rm can be led astray by a link that is put in its way.
      await run(requireTool('rm'), [
        '-rf',
        '--one-file-system',
        '--',
        `/proc/${process.pid}/fd/${above}/${path.at(-1)}`,
      ]);
    } finally {
      closeSync(above);
      closeSync(sandbox.fd);
    }
  }

  /** Removes those of ended roots that are older than `sandbox-keep`. Returns their ids. */
  async removeOld(isLive: (root: string) => boolean): Promise<string[]> {
    const oldest = epochMs() - sandboxKeep.value * 1000;
    const old = readdirSync(this.#folder).filter((name) => {
      if (isLive(name)) return false;
      const stat = statSync(join(this.#folder, name), { throwIfNoEntry: false });
      return stat !== undefined && Math.max(stat.mtimeMs, stat.ctimeMs) < oldest;
    });
    for (const name of old) await this.remove([name]);
    return old;
  }
}

function steps(path: readonly string[]): string[] {
  return path.flatMap((name, index) => (index === 0 ? [name] : [CHILDREN, name]));
}

function openFolder(path: string): number {
  return openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}

/** Into a folder below an open one; made where it is missing, for `user` if one is given. */
function enter(above: number, name: string, user: User | undefined): number {
  const path = `/proc/self/fd/${above}/${name}`;
  let made = true;
  try {
    mkdirSync(path, { mode: user ? 0o750 : 0o711 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    made = false;
  }
  const fd = openFolder(path);
  const folder = `/proc/self/fd/${fd}/.`;
  try {
    if (made) {
      // Against the umask.
      chmodSync(folder, user ? 0o750 : 0o711);
      if (user) chownSync(folder, user.uid, user.gid);
    } else if (user && fstatSync(fd).uid !== user.uid) {
      throw new Error(
        `${name} is there already and belongs to uid ${fstatSync(fd).uid}, not to ${user.name}`,
      );
    }
  } catch (error) {
    closeSync(fd);
    if (made) rmSync(path, { recursive: true, force: true });
    throw error;
  }
  return fd;
}
