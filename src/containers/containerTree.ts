import { join } from 'node:path';
import { errorText, type Log } from '../base/index.js';
import type { ContainerID } from '../wire/index.js';
import type { Container } from './container.js';
import { idPath, pathId, pathText } from './containerId.js';
import type {
  Containers,
  ContainerView,
  InputWriter,
  LaunchOutcome,
  LaunchRequest,
  OutputReader,
  Termination,
} from './containers.js';
import {
  agentClosing,
  containerGone,
  containerNotFound,
  containerRunning,
  killFailed,
  noParent,
  notAttachable,
  overLimit,
  parentDestroying,
  unknownRoot,
} from './errors.js';
import { Launches } from './launches.js';
import { containerLimit, recordLimit, recoveredRootKeep } from './limits.js';
import { type ContainerRecord, Records } from './records.js';
import { ProcessRuntime } from './runtimes/process.js';
import type { Runtime } from './runtimes/runtime.js';
import { Sandboxes } from './sandbox.js';
import type { Switchboard } from './switchboard.js';

export interface ContainersOptions {
  /** Ours alone, 0700: records and FIFOs of the containers. One agent at a time. */
  readonly folder: string;
  /** Where sandboxes are made; containers of other users must be able to get through to it. `sandboxes` in `folder` unless given. */
  readonly sandboxFolder?: string;
  readonly log: Log;
  /** A root agent starts containers as root where a launch says so or its caller is root. */
  readonly allowRootContainers?: boolean;
  /** False: a container's processes are found by their environment even where cgroups could be used. */
  readonly useCgroups?: boolean;
}

const CUT_LOGS_MS = 1000;
const OLD_SANDBOXES_MS = 3_600_000;
const KILL = 9;
/** How long after our start the end of a container counts as one that nobody could wait for. */
const RECOVERY_MS = 5000;

/** A container that has ended and whose record is kept. */
interface Ended {
  readonly view: ContainerView;
  readonly record: ContainerRecord;
}

/** The containers of this host, as one tree. */
export class ContainerTree implements Containers {
  readonly #log: Log;
  readonly #records: Records;
  readonly #sandboxes: Sandboxes;
  readonly #runtimes: readonly Runtime[];
  readonly #launches: Launches;
  readonly #live = new Map<string, Container>();
  readonly #ended = new Map<string, Ended>();
  /** Launches under way: whoever wants to launch below one waits for it. */
  readonly #starting = new Map<string, Promise<unknown>>();
  readonly #recoveredRoots = new Set<string>();
  readonly #ready: Promise<void>;
  readonly #timers: NodeJS.Timeout[] = [];
  #closing = false;

  /** Throws `folder-in-use`, `unsafe-folder`. What an earlier agent left is taken up at once, and every call waits for that. */
  constructor({
    folder,
    sandboxFolder,
    log,
    allowRootContainers = false,
    useCgroups = true,
  }: ContainersOptions) {
    this.#log = log;
    this.#records = new Records(folder);
    this.#sandboxes = new Sandboxes(sandboxFolder ?? join(folder, 'sandboxes'));
    // A runtime is one file and one line here.
    this.#runtimes = [new ProcessRuntime(folder, log, useCgroups)];
    this.#launches = new Launches({
      records: this.#records,
      sandboxes: this.#sandboxes,
      runtimes: this.#runtimes,
      log,
      allowRoot: allowRootContainers,
    });
    this.#ready = this.#recover();
    this.#every(CUT_LOGS_MS, () => this.#cutLogs());
    this.#every(OLD_SANDBOXES_MS, () => this.#removeOldSandboxes());
  }

  #every(ms: number, run: () => void): void {
    this.#timers.push(setInterval(run, ms).unref());
  }

  #cutLogs(): void {
    for (const container of this.#live.values()) container.cutLogs();
  }

  #removeOldSandboxes(): void {
    this.#sandboxes
      .removeOld((root) => this.#isRootKnown([root]))
      .then((roots) => {
        for (const root of roots) this.#forget(root);
        if (roots.length > 0) {
          this.#log.info({ roots }, 'removed sandboxes of containers that ended long ago');
        }
      })
      .catch((error: unknown) => this.#log.warn(`old sandboxes: ${errorText(error)}`));
  }

  async #recover(): Promise<void> {
    const ends: Promise<unknown>[] = [];
    const cut: string[] = [];
    for (const record of this.#records.readAll(this.#log)) {
      try {
        if (record.termination) this.#recoverEnded(record);
        else if (!record.state) cut.push(record.key);
        else {
          // A session has lost its call, and an orphan whoever could ask for it.
          const parent = pathText(record.path.slice(0, -1));
          const doomed = record.class === 'debug' || (parent !== '' && !this.#live.has(parent));
          const container = this.#adopt(record, doomed);
          if (doomed) ends.push(container.termination);
        }
      } catch (error) {
        this.#log.error(
          { err: error, container: pathText(record.path) },
          'a container could not be taken up',
        );
      }
    }
    await Promise.all(ends);
    if (cut.length > 0) await this.#clean(cut);
    this.#removeOldSandboxes();
  }

  async #clean(keys: readonly string[]): Promise<void> {
    const folders = keys.map((key) => this.#records.folderOf(key));
    await Promise.all(this.#runtimes.map((runtime) => runtime.clean(folders)));
    for (const key of keys) this.#records.remove(key);
    this.#log.info({ launches: keys.length }, 'cleaned up launches that an earlier agent had not finished');
  }

  #recoverEnded(record: ContainerRecord): void {
    // Without its root nobody can ask for it any more.
    const isKept = record.keep === true && record.path.length === 1;
    if (!isKept && !this.#live.has(record.path[0] ?? '')) this.#records.remove(record.key);
    else this.#keep(record, record.termination);
  }

  #adopt(record: ContainerRecord, doomed: boolean): Container {
    const container = this.#launches.adopt(record, (path) => this.#hooks(path), doomed);
    this.#live.set(container.id, container);
    if (record.path.length === 1 && container.state === 'running') this.#keepRecoveredRoot(container);
    this.#log.info(
      { container: container.id, pid: container.view.pid },
      'took up a container of an earlier agent',
    );
    return container;
  }

  /** Nobody could wait for a root that ended while no agent ran: its end is kept for a while. */
  #keepRecoveredRoot(container: Container): void {
    const { id } = container;
    this.#recoveredRoots.add(id);
    // One that ended before us does so within the turn; one that lives on is as any other.
    setTimeout(() => {
      if (this.#live.has(id)) this.#recoveredRoots.delete(id);
    }, RECOVERY_MS).unref();
  }

  #hooks(path: readonly string[]): { endChildren(): Promise<void>; ended(container: Container): void } {
    return {
      endChildren: () => this.#destroyBelow(path),
      ended: (container) => this.#hasEnded(container),
    };
  }

  #isBelow(path: readonly string[], above: readonly string[]): boolean {
    return path.length > above.length && above.every((name, index) => path[index] === name);
  }

  async #destroyBelow(path: readonly string[]): Promise<void> {
    const children = [...this.#live.values()].filter(
      ({ record }) => record.path.length === path.length + 1 && this.#isBelow(record.path, path),
    );
    await Promise.all(children.map((child) => this.#destroy(child)));
  }

  async #destroy(container: Container): Promise<void> {
    await container.destroy();
    await this.#starting.get(container.id);
    if (this.#live.get(container.id) === container) await container.destroy();
  }

  #hasEnded(container: Container): void {
    const { id, record } = container;
    this.#live.delete(id);
    if (record.path.length > 1 || this.#recoveredRoots.delete(id) || record.keep) {
      this.#keep(record, container.endedAs, container.view);
    }
    if (record.path.length === 1) this.#forgetTree(record);
  }

  #keep(record: ContainerRecord, termination: Termination | undefined, view?: ContainerView): void {
    const id = pathText(record.path);
    this.#forget(id);
    const base = view ?? this.#viewOf(record);
    this.#ended.set(id, { record, view: { ...base, state: 'terminated', termination } });
    while (this.#ended.size > recordLimit.value) {
      const [oldest] = this.#ended.keys();
      if (oldest === undefined) break;
      const path = this.#ended.get(oldest)?.record.path ?? [];
      this.#forget(oldest);
      this.#sandboxes.remove(path).catch((error: unknown) => this.#log.warn(errorText(error)));
    }
  }

  #viewOf(record: ContainerRecord): ContainerView {
    const { path, startTime, command, tty, attachable, user } = record;
    const id = pathId(path);
    const sandbox = this.#sandboxes.pathOf(path);
    return {
      id,
      class: record.class,
      state: 'terminated',
      tty,
      attachable,
      command,
      user: user.name,
      sandbox,
      startTime,
    };
  }

  #forget(id: string): void {
    const ended = this.#ended.get(id);
    if (!ended) return;
    this.#ended.delete(id);
    this.#records.remove(ended.record.key);
  }

  /** The root has ended: its record and all below it go, the sandboxes stay. */
  #forgetTree(root: ContainerRecord): void {
    for (const [id, { record }] of this.#ended) {
      if (this.#isBelow(record.path, root.path)) this.#forget(id);
    }
    const id = pathText(root.path);
    if (!this.#ended.has(id)) this.#records.remove(root.key);
    else if (!root.keep) setTimeout(() => this.#forget(id), recoveredRootKeep.value * 1000).unref();
  }

  #isRootKnown(path: readonly string[]): boolean {
    return this.#live.has(path[0] ?? '');
  }

  async launch(request: LaunchRequest): Promise<LaunchOutcome> {
    await this.#ready;
    if (this.#closing) throw agentClosing();
    const path = idPath(request.id);
    const id = pathText(path);
    if (this.#live.has(id)) return 'exists';
    if (this.#live.size >= containerLimit.value) {
      throw overLimit(`this host has ${this.#live.size} containers, which is the limit`, containerLimit.name);
    }
    const parent = await this.#parentOf(path);
    // Somebody else may have launched it while we waited for its parent.
    if (this.#live.has(id)) return 'exists';
    const container = this.#launches.prepare(path, request, parent, this.#hooks(path));
    this.#forget(id);
    this.#live.set(id, container);
    const started = this.#launches.start(container, parent).catch((error: unknown) => {
      this.#live.delete(id);
      throw error;
    });
    this.#starting.set(
      id,
      started.catch(() => undefined).finally(() => this.#starting.delete(id)),
    );
    await started;
    return 'launched';
  }

  async #parentOf(path: readonly string[]): Promise<Container | undefined> {
    if (path.length === 1) return undefined;
    const id = pathText(path.slice(0, -1));
    await this.#starting.get(id);
    const parent = this.#live.get(id);
    if (!parent) throw noParent(id);
    if (parent.isDestroying) throw parentDestroying(id);
    return parent;
  }

  async attachOutput(id: ContainerID): Promise<OutputReader> {
    return (await this.#switchboard(id)).attachOutput();
  }

  async attachInput(id: ContainerID): Promise<InputWriter> {
    return (await this.#switchboard(id)).attachInput();
  }

  async #switchboard(id: ContainerID): Promise<Switchboard> {
    await this.#ready;
    const path = idPath(id);
    const text = pathText(path);
    await this.#starting.get(text);
    const container = this.#live.get(text);
    if (!container) throw this.#isRootKnown(path) ? containerGone(text) : containerNotFound(text);
    if (!container.switchboard) throw notAttachable();
    return container.switchboard;
  }

  async wait(id: ContainerID, signal: AbortSignal): Promise<Termination | undefined> {
    await this.#ready;
    signal.throwIfAborted();
    const text = pathText(idPath(id));
    await this.#starting.get(text);
    const container = this.#live.get(text);
    if (!container) return this.#ended.get(text)?.view.termination;
    return await new Promise((resolve, reject) => {
      const abort = (): void => reject(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      container.termination.then((termination) => {
        signal.removeEventListener('abort', abort);
        resolve(termination);
      }, reject);
    });
  }

  async kill(id: ContainerID, signal = KILL): Promise<boolean> {
    await this.#ready;
    const text = pathText(idPath(id));
    await this.#starting.get(text);
    const container = this.#live.get(text);
    if (!container) return false;
    try {
      // It has no process yet, or has none any more: what is left of it ends too.
      if (!container.signal(signal)) await container.end();
      return true;
    } catch (error) {
      throw killFailed(error);
    }
  }

  async destroy(id: ContainerID): Promise<void> {
    await this.#ready;
    const container = this.#live.get(pathText(idPath(id)));
    if (container) await this.#destroy(container);
  }

  async remove(id: ContainerID): Promise<void> {
    await this.#ready;
    const path = idPath(id);
    const text = pathText(path);
    if (this.#live.has(text)) throw containerRunning();
    if (path.length > 1 && !this.#isRootKnown(path)) throw unknownRoot();
    const below = [...this.#live.values()].some(({ record }) => this.#isBelow(record.path, path));
    if (below) throw containerRunning();
    for (const [key, { record }] of this.#ended) if (this.#isBelow(record.path, path)) this.#forget(key);
    this.#forget(text);
    await this.#sandboxes.remove(path);
  }

  list(): readonly ContainerView[] {
    return [...this.#live.values()]
      .map(({ view }) => view)
      .concat([...this.#ended.values()].map(({ view }) => view));
  }

  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    for (const timer of this.#timers) clearInterval(timer);
    await this.#ready;
    await Promise.all(this.#starting.values());
    const debug = [...this.#live.values()].filter(({ record }) => record.class === 'debug');
    for (const result of await Promise.allSettled(debug.map((container) => this.#destroy(container)))) {
      if (result.status === 'rejected') this.#log.warn(errorText(result.reason));
    }
    await Promise.all([...this.#live.values()].map((container) => container.letGo()));
    // They are the next agent's now.
    this.#live.clear();
    for (const runtime of this.#runtimes) runtime.close();
    this.#records.close();
  }
}

/** The door of this room. Throws `folder-in-use`, `unsafe-folder`. */
export function createContainers(options: ContainersOptions): Containers {
  return new ContainerTree(options);
}
