/**
 * One process at a time in a folder. The owner listens on a Unix socket of its own in it: the kernel ends that with the
 * process, also across containers and restarts, where a pid in a file would say nothing.
 */
import { closeSync, constants, openSync, readdirSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { epochMs, formatDateTime, hexId } from '../../base/index.js';
import { cannotOpen, storeInUse } from '../errors.js';

export const OWNER_FILE = /^owner-(\d+)-[0-9a-f]{16}\.sock$/;
const TRIES = 5;
const ANSWER_MS = 2_000;
const MAX_ANSWER = 500;

export interface FolderOwner {
  release(): Promise<void>;
}

/** @throws RemoraError `store-in-use`, naming the process that has the folder. */
export async function ownFolder(folder: string, description: string): Promise<FolderOwner> {
  const text = `${description}, since ${formatDateTime(epochMs()).slice(0, 19)}`;
  for (let attempt = 1; ; attempt++) {
    const claim = await Claim.make(folder, text);
    const rival = await claim.rival();
    if (rival === undefined) {
      claim.held = true;
      return claim;
    }
    await claim.release();
    // Two that start at the same moment both step back, and one of them is first the next time.
    if (rival.held || attempt === TRIES) throw storeInUse(folder, rival.text);
    await sleep(50 + Math.random() * 200);
  }
}

class Claim implements FolderOwner {
  held = false;

  private constructor(
    private readonly folder: string,
    private readonly name: string,
    private readonly server: Server,
    private readonly directory: number,
  ) {}

  static async make(folder: string, text: string): Promise<Claim> {
    const name = `owner-${process.pid}-${hexId(8)}.sock`;
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.end(`${claim.held ? 'held' : 'starting'} ${text}`.slice(0, MAX_ANSWER));
    });
    // Paths of sockets have 108 bytes at most; folders of data may be deeper.
    const directory = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
    const claim: Claim = new Claim(folder, name, server, directory);
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(claim.#path(name), resolve);
      });
    } catch (error) {
      closeSync(directory);
      throw cannotOpen(folder, error);
    }
    server.unref();
    return claim;
  }

  /** Somebody else who has the folder or is about to; sockets of the dead are removed on the way. */
  async rival(): Promise<{ readonly held: boolean; readonly text: string } | undefined> {
    for (const name of readdirSync(this.folder)) {
      const [, pid] = OWNER_FILE.exec(name) ?? [];
      if (pid === undefined || name === this.name) continue;
      const answer = await ask(this.#path(name));
      if (answer === undefined) {
        remove(join(this.folder, name));
        continue;
      }
      const [state = '', ...words] = answer.split(' ');
      return { held: state !== 'starting', text: words.join(' ') || `pid ${pid}, which does not answer` };
    }
    return undefined;
  }

  async release(): Promise<void> {
    // Closing removes the socket by the path that it was given, so the folder is closed after it.
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
    remove(join(this.folder, this.name));
    closeSync(this.directory);
  }

  #path(name: string): string {
    return `/proc/self/fd/${this.directory}/${name}`;
  }
}

/** What listens there says, `` if it says nothing in time; undefined where nothing listens. */
function ask(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(path);
    const finish = (answer: string | undefined): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(ANSWER_MS, () => finish(text));
    socket.on('data', (chunk) => {
      text += chunk.toString();
      if (text.length > MAX_ANSWER) finish(text.slice(0, MAX_ANSWER));
    });
    socket.on('end', () => finish(text));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const dead = error.code === 'ECONNREFUSED' || error.code === 'ENOENT';
      finish(dead ? undefined : text);
    });
  });
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Its owner, or another starter, was quicker.
  }
}
