import { setMaxListeners } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Caller, createLog } from '../../../src/base/index.js';
import {
  type Containers,
  type ContainersOptions,
  createContainers,
  type LaunchRequest,
  type OutputReader,
  type Termination,
} from '../../../src/containers/index.js';
import type { CommandInfo, ContainerID } from '../../../src/wire/index.js';

export const isRoot = process.getuid?.() === 0;

export const caller: Caller = {
  kind: 'unix',
  user: `uid:${process.getuid?.() ?? 0}`,
  role: 'admin',
  address: 'unix',
};

/** A folder that containers of other users get through. Whoever made it removes it last. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'remora-containers-'));
  chmodSync(folder, 0o711);
  return folder;
}

export interface Host {
  readonly containers: Containers;
  readonly folder: string;
}

/** Containers in a folder of their own; all of them end with the test. */
export function host(t: TestContext, options: Partial<ContainersOptions> = {}): Host {
  const folder = tempFolder();
  let containers: Containers | undefined;
  t.after(async () => {
    if (containers) await endAll(containers);
    rmSync(folder, { recursive: true, force: true });
  });
  containers = createContainers({
    folder: join(folder, 'private'),
    sandboxFolder: join(folder, 'sandboxes'),
    log: createLog({ level: 'silent' }),
    allowRootContainers: true,
    ...options,
  });
  return { containers, folder };
}

export async function endAll(containers: Containers): Promise<void> {
  const roots = containers.list().filter(({ id, state }) => !id.parent && state !== 'terminated');
  await Promise.all(roots.map(({ id }) => containers.destroy(id)));
  await containers.close();
}

/** `root.child.grandchild` as a message. */
export function idOf(text: string): ContainerID {
  let id: ContainerID | undefined;
  for (const value of text.split('.')) id = id ? { value, parent: id } : { value };
  if (!id) throw new Error('no id');
  return id;
}

export function sh(value: string, more: Partial<CommandInfo> = {}): CommandInfo {
  return { value, ...more };
}

export function request(
  id: string,
  command: CommandInfo | undefined,
  more: Partial<LaunchRequest> = {},
): LaunchRequest {
  return { id: idOf(id), command, class: 'default', caller, ...more };
}

export const never: AbortSignal = new AbortController().signal;
setMaxListeners(0, never);

export interface Whole {
  readonly stdout: string;
  readonly stderr: string;
}

export async function readAll(reader: OutputReader): Promise<Whole> {
  const parts = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  for await (const { stream, data } of reader) parts[stream].push(data);
  return { stdout: String(Buffer.concat(parts.stdout)), stderr: String(Buffer.concat(parts.stderr)) };
}

/** A root to launch sessions below. */
export async function launchRoot(containers: Containers, id = 'root'): Promise<void> {
  await containers.launch(request(id, sh('exec sleep 1000')));
}

export interface SessionResult extends Whole {
  readonly termination: Termination | undefined;
}

/** A session from its launch to its end. */
export async function session(
  containers: Containers,
  id: string,
  command: CommandInfo | undefined,
  more: Partial<LaunchRequest> = {},
): Promise<SessionResult> {
  await containers.launch(request(id, command, { class: 'debug', ...more }));
  const whole = await readAll(await containers.attachOutput(idOf(id)));
  return { ...whole, termination: await containers.wait(idOf(id), never) };
}
