/**
 * Runs on the target's main thread, by `Runtime.evaluate` over its inspector port, twice during an attach:
 * `prepare` looks, `inject` makes the socket's folder, starts our Worker and closes the inspector.
 * Imports only the layout of shared memory; every function here is synchronous, since the thread may be in a loop that never ends.
 */
import type * as Fs from 'node:fs';
import type * as Inspector from 'node:inspector';
import type * as Os from 'node:os';
import type * as WorkerThreads from 'node:worker_threads';
import { sharedBytes } from '../layout.js';

/** The mark that a probe leaves on `globalThis` while it is there; src/probe/main/ uses the same shape. */
interface Mark {
  readonly owner: string;
  readonly since: number;
  readonly shared: SharedArrayBuffer;
  readonly require: (id: string) => unknown;
  readonly undo: (() => void)[];
  end(): void;
}

type Require = (id: string) => unknown;

const BEAT_LOOK_MS = 500;

const MARK = Symbol.for('remora.probe');

function builtin<T>(require: Require, id: string): T {
  // Not patched by APM hooks on require; there since 20.16 and 22.3.
  const { getBuiltinModule } = process as { getBuiltinModule?: (id: string) => unknown };
  return (getBuiltinModule ? getBuiltinModule.call(process, id) : require(id)) as T;
}

/** Without a prototype: the application may have put a `toJSON` on `Object.prototype`. */
function answer(value: object): string {
  return JSON.stringify(Object.assign(Object.create(null), value));
}

function existingMark(): Mark | undefined {
  return (globalThis as Record<symbol, unknown>)[MARK] as Mark | undefined;
}

export interface PrepareOptions {
  /** Random name of the folder that will be made; '' = none. */
  readonly folder: string;
}

/** What `prepare` found. `folder` is the path that `inject` shall make, '' when there is no place for one. */
export interface Prepared {
  readonly pid: number;
  readonly version: string;
  readonly owner: string;
  readonly folder: string;
  readonly mayStartWorker: boolean;
  readonly title: string;
}

export function prepare(require: Require, options: PrepareOptions): string {
  const mark = existingMark();
  const mayStartWorker = workerAllowed();
  const prepared: Prepared = {
    pid: process.pid,
    version: process.versions.node,
    owner: mark ? mark.owner : '',
    folder: mark || !mayStartWorker || !options.folder ? '' : folderPath(require, options.folder),
    mayStartWorker,
    title: process.title,
  };
  return answer(prepared);
}

function workerAllowed(): boolean {
  const { permission } = process as { permission?: { has(scope: string): boolean } };
  if (!permission) return true;
  // From Node 25 on the model also guards sockets, and our Worker has to listen on one.
  const guardsNet = Number(process.versions.node.split('.')[0]) >= 25;
  return permission.has('worker') && (!guardsNet || permission.has('net'));
}

function folderPath(require: Require, name: string): string {
  const fs = builtin<typeof Fs>(require, 'node:fs');
  const os = builtin<typeof Os>(require, 'node:os');
  for (const base of [os.tmpdir(), '/tmp', '/dev/shm', '/run', '/var/tmp']) {
    try {
      const folder = `${fs.realpathSync(base)}/${name}`;
      // A Unix socket's path holds 107 bytes.
      if (folder.length > 100) continue;
      fs.accessSync(fs.realpathSync(base), fs.constants.W_OK | fs.constants.X_OK);
      const { permission } = process as { permission?: { has(scope: string, path: string): boolean } };
      if (!permission || permission.has('fs.write', folder)) return folder;
    } catch {
      // Not writable here: the next one.
    }
  }
  return '';
}

export interface InjectOptions {
  readonly workerSource: string;
  readonly folder: string;
  readonly secret: string;
  readonly owner: string;
  readonly heartbeatMs: number;
  readonly frameLimit: number;
  readonly closeInspector: boolean;
  /** Size of the ring of records, a power of two. */
  readonly ringBytes: number;
}

/**
 * Starts the Worker and, in the same breath, closes the inspector: when that succeeds the answer never arrives,
 * because its connection is closed. An answer is a refusal or (with `closeInspector` false) a plain success.
 */
export function inject(require: Require, options: InjectOptions): string {
  const other = existingMark();
  if (other) return answer({ owner: other.owner });
  const { Worker } = builtin<typeof WorkerThreads>(require, 'node:worker_threads');
  const fs = builtin<typeof Fs>(require, 'node:fs');
  const mark = makeMark(require, options.owner, options.ringBytes);
  try {
    fs.mkdirSync(options.folder, { mode: 0o700 });
    // The Worker removes it as soon as it can; this is for one that could not even start.
    mark.undo.push(() => fs.rmSync(options.folder, { recursive: true, force: true }));
    const worker = new Worker(options.workerSource, {
      eval: true,
      name: 'remora-probe',
      // The application's own flags and preloads are none of the probe's business.
      execArgv: [],
      argv: [],
      env: {},
      trackUnmanagedFds: false,
      resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 3 },
      workerData: {
        folder: options.folder,
        secret: options.secret,
        heartbeatMs: options.heartbeatMs,
        frameLimit: options.frameLimit,
        shared: mark.shared,
      },
    });
    worker.on('error', () => mark.end());
    worker.once('exit', () => mark.end());
    worker.unref();
  } catch (error) {
    mark.end();
    return answer({ error: String(error) });
  }
  if (options.closeInspector) closeInspector(require);
  return answer({ ok: true });
}

/**
 * Closes the inspector for good. A SIGUSR1 asks for it in three ways at once (interrupt, platform task, async handle);
 * a thread that was in a loop takes the interrupt now and the others when the loop ends, which would open the port
 * again for ever. So the next turns of the event loop look once more.
 */
export function closeInspector(require: Require): string {
  const inspector = builtin<typeof Inspector>(require, 'node:inspector');
  const look = (): void => {
    if (inspector.url() !== undefined) inspector.close();
  };
  const turn = (left: number): void => {
    look();
    if (left > 0) setImmediate(turn, left - 1);
  };
  // Not unref'd: the turns must follow at once, or the last look would close an inspector that is opened later.
  setImmediate(turn, 3);
  inspector.close();
  return '{}';
}

/** Leaves the mark: also for a target that is talked to by its inspector port alone. */
export function makeMark(require: Require, owner: string, ringBytes = 0): Mark {
  const shared = sharedMemory(sharedBytes(ringBytes));
  const undo: (() => void)[] = [];
  let ended = false;
  const mark: Mark = {
    owner,
    since: Date.now(),
    shared,
    require,
    undo,
    end() {
      if (ended) return;
      ended = true;
      Atomics.store(new Int32Array(shared), 0, 1);
      for (const step of undo.splice(0).reverse()) {
        try {
          step();
        } catch {
          // One step that fails must not keep the others from being undone.
        }
      }
      delete (globalThis as Record<symbol, unknown>)[MARK];
    },
  };
  Object.defineProperty(globalThis, MARK, { value: mark, configurable: true, enumerable: false });
  return mark;
}

export interface ExternalOptions {
  readonly owner: string;
  readonly heartbeatMs: number;
  /** Close the inspector when the heartbeat stops: it was opened by our signal. */
  readonly closeInspector: boolean;
}

/**
 * Pages of its own, which go back to the system with it: one that can grow is not taken from malloc, whose thresholds for
 * giving memory back rise for good with the largest block that was ever freed.
 */
function sharedMemory(bytes: number): SharedArrayBuffer {
  return new (SharedArrayBuffer as new (bytes: number, options: object) => SharedArrayBuffer)(bytes, {
    maxByteLength: bytes,
  });
}

/**
 * Without a Worker the agent keeps the inspector's connection. If the agent dies, this unref'd timer undoes all and
 * closes the port that our signal opened.
 */
export function external(require: Require, options: ExternalOptions): string {
  const other = existingMark();
  if (other) return answer({ owner: other.owner });
  const mark = makeMark(require, options.owner);
  let heard = true;
  let silentMs = 0;
  (mark as { beat?: () => void }).beat = () => {
    heard = true;
  };
  // Silence is counted in turns of this timer, not by a clock: after a long turn of the main thread the beats that
  // came meanwhile are heard before the next.
  const timer = setInterval(() => {
    silentMs = heard ? 0 : silentMs + BEAT_LOOK_MS;
    heard = false;
    if (silentMs < options.heartbeatMs) return;
    mark.end();
    if (options.closeInspector) closeInspector(require);
  }, BEAT_LOOK_MS);
  timer.unref();
  mark.undo.push(() => clearInterval(timer));
  return answer({ ok: true });
}
