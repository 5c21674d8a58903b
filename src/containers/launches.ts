/** Makes containers of requests, and of the records of an earlier agent. */
import { closeSync } from 'node:fs';
import { epochMs, hexId, type Log } from '../base/index.js';
import { Container, type ContainerOptions } from './container.js';
import { pathText } from './containerId.js';
import type { LaunchRequest } from './containers.js';
import { launchFailed } from './errors.js';
import type { ContainerRecord, Records } from './records.js';
import type { Runtime, StartSpec } from './runtimes/runtime.js';
import type { Sandbox, Sandboxes } from './sandbox.js';
import { openLog } from './sandboxLog.js';
import {
  checkSize,
  checkSupported,
  commandText,
  environmentOf,
  type Program,
  programOf,
  resourceLimits,
} from './startPlan.js';
import { chooseUser, ownUser } from './users.js';

export interface LaunchesOptions {
  readonly records: Records;
  readonly sandboxes: Sandboxes;
  readonly runtimes: readonly Runtime[];
  readonly log: Log;
  readonly allowRoot: boolean;
}

export type Hooks = Pick<ContainerOptions, 'endChildren' | 'ended'>;

/** What is decided of a launch before anything is started. */
interface Prepared {
  readonly runtime: Runtime;
  readonly sandbox: Sandbox;
  readonly spec: Omit<StartSpec, 'files' | 'parent' | 'folder'>;
  readonly streams: boolean;
}

export class Launches {
  readonly #options: LaunchesOptions;
  readonly #prepared = new WeakMap<Container, Prepared>();

  constructor(options: LaunchesOptions) {
    this.#options = options;
  }

  /** Decides everything, makes the sandbox and takes the id; nothing has started. Throws what the launch rejects with. */
  prepare(
    path: readonly string[],
    request: LaunchRequest,
    parent: Container | undefined,
    hooks: Hooks,
  ): Container {
    const { command, container: info, caller } = request;
    const [runtime] = this.#options.runtimes;
    if (!runtime) throw launchFailed('there is no container runtime');
    const debug = request.class === 'debug';
    checkSupported(pathText(path), command, info, debug);
    const above = debug ? parent?.record : undefined;
    const inherited = parent?.record.user;
    const choice = chooseUser({
      wanted: command?.user,
      inherited,
      caller,
      allowRoot: this.#options.allowRoot,
      own: ownUser(),
    });
    // The sheet: the launch succeeds, and the container says itself why it ends at once.
    const user = 'user' in choice ? choice.user : (inherited ?? ownUser());
    const program: Program =
      'user' in choice
        ? programOf(command)
        : { failure: `Failed to get the uid of user '${choice.unknown}': No such user` };
    const limits = resourceLimits(info);
    const sandboxPath = this.#options.sandboxes.pathOf(path);
    const own: Record<string, string> = above ? {} : { MESOS_SANDBOX: sandboxPath };
    const { environment, overwritten } = environmentOf(command, above?.environment ?? {}, own);
    checkSize(program, environment);
    const key = hexId();
    const tty = info?.tty_info !== undefined;
    const record: ContainerRecord = {
      version: 1,
      key,
      path,
      class: request.class,
      command: commandText(command),
      user,
      cwd: above?.cwd ?? sandboxPath,
      environment,
      tty,
      attachable: debug || tty || request.attachable === true,
      ...(request.keepRecord && { keep: true }),
      startTime: epochMs(),
      runtime: runtime.name,
    };
    const sandbox = this.#options.sandboxes.make(path, user);
    const container = this.#container(record, sandbox, hooks, debug || request.holdOutput === true);
    const notes = overwritten.map((name) => `Overwriting environment variable '${name}'`);
    this.#prepared.set(container, {
      runtime,
      sandbox,
      streams: record.attachable,
      spec: {
        key,
        path,
        program,
        environment,
        notes,
        cwd: record.cwd,
        user,
        limits,
        survives: !debug,
        ...(tty && { terminal: { size: info?.tty_info?.window_size } }),
      },
    });
    return container;
  }

  #container(record: ContainerRecord, sandbox: Sandbox, hooks: Hooks, held: boolean): Container {
    const { records, log } = this.#options;
    let open = true;
    const closeSandbox = (): void => {
      if (open) closeSync(sandbox.fd);
      open = false;
    };
    return new Container({ record, records, sandbox, log, held, ...hooks, closeSandbox });
  }

  /** Rejects with `launch-failed`; the sandbox stays, as it may have been there before. */
  async start(container: Container, parent: Container | undefined): Promise<void> {
    const prepared = this.#prepared.get(container);
    if (!prepared) throw launchFailed('the container was not prepared');
    const { records } = this.#options;
    const { runtime, sandbox, spec, streams } = prepared;
    const { user, key } = container.record;
    const files: number[] = [];
    try {
      const folder = records.make(key);
      records.write(container.record);
      if (!streams) files.push(openLog(sandbox, 'stdout', user), openLog(sandbox, 'stderr', user));
      const [stdout, stderr] = files;
      const held = await runtime.start({
        ...spec,
        folder,
        parent: parent?.runtimeState,
        ...(stdout !== undefined && stderr !== undefined && { files: { stdout, stderr } }),
      });
      container.start(held);
    } catch (error) {
      records.remove(key);
      await container.letGo();
      throw error instanceof Error && 'code' in error && error.code === 'launch-failed'
        ? error
        : launchFailed('the container could not be started', error);
    } finally {
      for (const fd of files) closeSync(fd);
    }
  }

  /** `doomed`: it ends at once. */
  adopt(record: ContainerRecord, hooks: (path: readonly string[]) => Hooks, doomed: boolean): Container {
    const { records, runtimes, sandboxes } = this.#options;
    const runtime = runtimes.find(({ name }) => name === record.runtime);
    if (!runtime) throw launchFailed(`the runtime '${record.runtime}' is not there any more`);
    const { key, path, user, state = {} } = record;
    const sandbox = sandboxes.open(path) ?? sandboxes.make(path, user);
    const container = this.#container(record, sandbox, hooks(path), record.class === 'debug');
    container.adopt(runtime.adopt({ key, path, folder: records.folderOf(key), state }), doomed);
    return container;
  }
}
