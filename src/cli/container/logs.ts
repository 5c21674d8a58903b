import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import type { ContainersClient } from '../../client/index.js';
import type { CliContext } from '../context.js';
import { EXIT } from '../exitCode.js';
import { addConnectionFlags, type ConnectionFlags, containersClient } from './connection.js';
import { writeOut } from './copyOutput.js';
import { noLogs, noSuchContainer } from './errors.js';

interface LogsFlags extends ConnectionFlags {
  readonly follow?: boolean;
}

const READ_BYTES = 65_536;
const LOOK_MS = 200;

export function logsCommand(context: CliContext): Command {
  const command = new Command('logs')
    .description('print what a container has written, from the files of its sandbox')
    .argument('<container>', 'the container, ROOT or ROOT.CHILD')
    .option('-f, --follow', 'go on until it has ended');
  return addConnectionFlags(command).action(async (id: string, flags: LogsFlags) => {
    await logs(context, id, flags);
    context.exitCode = EXIT.ok;
  });
}

async function logs(context: CliContext, id: string, flags: LogsFlags): Promise<void> {
  const client = containersClient(context, flags);
  const entry = (await client.list()).find((each) => each.id === id);
  if (!entry) throw noSuchContainer(id);
  if (flags.agent !== undefined) throw noLogs(id, 'it is on the host of another agent');
  if (!entry.sandbox) throw noLogs(id, 'the agent does not tell where its sandbox is');
  const folder = entry.sandbox;
  const files = await Promise.all([
    openLog(id, folder, 'stdout', process.stdout),
    openLog(id, folder, 'stderr', process.stderr),
  ]);
  const end = flags.follow && !entry.end ? ended(client, id) : undefined;
  await Promise.all(files.map((file) => file.copy(end)));
}

/** Settles when the container has ended, or nobody can tell any more. */
function ended(client: ContainersClient, id: string): { over: boolean } {
  const state = { over: false };
  client
    .wait(id)
    .catch(() => undefined)
    .finally(() => {
      state.over = true;
    });
  return state;
}

interface Log {
  /** Copies to its present end, or until `end` is over. */
  copy(end: { readonly over: boolean } | undefined): Promise<void>;
}

async function openLog(id: string, folder: string, name: string, to: NodeJS.WriteStream): Promise<Log> {
  const file = await openOwn(id, folder, name);
  return {
    async copy(end) {
      if (!file) return;
      const buffer = Buffer.alloc(READ_BYTES);
      try {
        for (;;) {
          // Asked before the read: what came before the end is read after it.
          const last = end?.over ?? true;
          const { bytesRead } = await file.read(buffer, 0, READ_BYTES);
          if (bytesRead > 0) await writeOut(to, Buffer.from(buffer.subarray(0, bytesRead)));
          else if (last) return;
          else await sleep(LOOK_MS);
        }
      } finally {
        await file.close();
      }
    },
  };
}

/** The sandbox belongs to whom the container runs as, who must not lead us to files of ours by a link. */
async function openOwn(id: string, folder: string, name: string): Promise<FileHandle | undefined> {
  let file: FileHandle | undefined;
  try {
    if ((await realpath(folder)) !== folder) throw noLogs(id, `${folder} is not where the agent made it`);
    file = await open(join(folder, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stat = await file.stat();
    if (!stat.isFile() || stat.nlink > 1) throw noLogs(id, `${name} is no file of its own`);
    return file;
  } catch (error) {
    await file?.close();
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'EACCES' || code === 'ELOOP') throw noLogs(id, `${join(folder, name)} (${code})`);
    throw error;
  }
}
