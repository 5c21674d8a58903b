/**
 * The runtime `process`: a container is a tree of plain processes of this host. A session's first process is our own
 * child. A container that survives the agent is the child of a keeper, an `awk` of one line: it is the one program of
 * every system that tells an exit code of 139 from a death by signal 11, and it writes that to a file.
 *
 * Who holds what while the container runs (FIFOs `in`, `out`, `err` in the launch's folder):
 * - the container: its ends. With a terminal it has the slave, and two `cat`s carry between master and FIFOs.
 * - the keeper: the container's stdio too, and the read ends of `out` and `err`: without an agent the container fills
 *   the pipe and waits, and gets no SIGPIPE; what it wrote last is still there when it has ended.
 * - a `sleep`: both ends of `in`. When it is killed and nobody else writes, the container's input ends.
 */
import type { Log } from '../../base/index.js';
import { keeperExit } from './keeperExit.js';
import { killHolders } from './leftovers.js';
import { cgroupHome, makeCgroup, removeCgroup } from './membership.js';
import { Processes } from './processes.js';
import { ProcessLaunch } from './processLaunch.js';
import type { ProcessState } from './processState.js';
import type { AdoptSpec, HeldProcess, RunningProcess, Runtime, StartSpec } from './runtime.js';

export class ProcessRuntime implements Runtime {
  readonly name = 'process';
  readonly #log: Log;
  readonly #home: string | undefined;

  /** `folder`: of all containers; names our part of the cgroup tree. */
  constructor(folder: string, log: Log, useCgroups: boolean) {
    this.#log = log;
    this.#home = useCgroups ? cgroupHome(folder) : undefined;
    if (useCgroups && !this.#home)
      log.info('no cgroup can be written: members of containers are found by their environment');
  }

  async start(spec: StartSpec): Promise<HeldProcess> {
    const parent = (spec.parent as ProcessState | undefined)?.cgroup ?? this.#home;
    const cgroup = makeCgroup(parent, spec.path.at(-1) ?? '', spec.key);
    const state: ProcessState = { hasStreams: spec.files === undefined };
    if (cgroup !== undefined) state.cgroup = cgroup;
    // Only root may surely move a process into a cgroup.
    if (cgroup === undefined || process.getuid?.() !== 0) state.marker = true;
    const launch = new ProcessLaunch(spec, state, this.#home);
    try {
      return await launch.start();
    } catch (error) {
      await new Processes(spec.key, spec.folder, state, Promise.resolve(undefined)).dispose();
      this.#log.warn({ err: error, container: spec.path.join('.') }, 'a container did not start');
      throw error;
    }
  }

  adopt({ key, folder, state }: AdoptSpec): RunningProcess {
    const known = state as ProcessState;
    const exit = keeperExit(folder, known.keeper, known.first);
    return new Processes(key, folder, known, exit.status, exit);
  }

  async clean(folders: readonly string[]): Promise<void> {
    for (const folder of folders) await killHolders(folder);
    if (this.#home) removeCgroup(this.#home);
  }

  close(): void {
    if (this.#home) removeCgroup(this.#home);
  }
}
