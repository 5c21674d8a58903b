/** What a container runtime has to do: one file per runtime, and one line in the list of `createContainers`. */
import type { WindowSize } from '../../wire/index.js';
import type { Environment, Program, ResourceLimit } from '../startPlan.js';
import type { User } from '../users.js';

/** One container, everything about it decided. */
export interface StartSpec {
  /** Random, for this launch alone. */
  readonly key: string;
  /** Root first. */
  readonly path: readonly string[];
  /** `state` of the parent's process. */
  readonly parent?: object;
  /** Of this launch, 0700, ours. */
  readonly folder: string;
  readonly program: Program;
  readonly environment: Environment;
  /** Lines that go to the container's stderr before it starts. */
  readonly notes: readonly string[];
  /** Absolute path. */
  readonly cwd: string;
  readonly user: User;
  readonly limits: readonly ResourceLimit[];
  readonly terminal?: { readonly size?: WindowSize };
  /** Goes on when the agent ends. */
  readonly survives: boolean;
  /** Without it the container has FIFOs or a terminal, and so streams. */
  readonly files?: { readonly stdout: number; readonly stderr: number };
}

/** Open ends of a container's stdio on our side; whoever took them closes them. */
export interface Streams {
  /** Non-blocking, readable; ends when the last process of the container has let go. */
  readonly stdout: number;
  /** None with a terminal. */
  readonly stderr?: number;
  /** Non-blocking, writable; undefined once the container's input was ended. */
  readonly stdin?: number;
}

/** A container's processes. */
export interface RunningProcess {
  /** The first process, once there is one. */
  readonly pid: number | undefined;
  /** What `adopt` needs of it, as JSON. Grows while it runs: read it anew before it is stored. */
  readonly state: object;
  /** A wait status, or undefined where it could not be learned. Never rejects. */
  readonly exited: Promise<number | undefined>;
  /** Its keeper is gone, so `exited` will not learn the status. */
  readonly isLost: boolean;
  /** Undefined for a container whose output goes to files. Opens them anew at each call. */
  openStreams(): Streams | undefined;
  /** To the first process. False = it has ended. Throws what kill(2) says. */
  signal(signal: number): boolean;
  resize(size: WindowSize): void;
  /** End of input: the last of our ends was closed by whoever had it. */
  endInput(): void;
  /** SIGKILL to everything of the container. Resolves with the pids that are still there after `container-kill-wait`. */
  killAll(): Promise<readonly number[]>;
  /** Lets go of the keeper's ends, so that output ends when it is drained. */
  closeOutput(): void;
  /** Removes FIFOs, keeper and cgroup of an ended container. */
  dispose(): Promise<void>;
  /** The agent ends and the container goes on. */
  letGo(): void;
}

/** A container that is there and waits before its command. */
export interface HeldProcess extends RunningProcess {
  release(): void;
}

export interface Runtime {
  readonly name: string;
  /** Rejects with `launch-failed`, and leaves nothing behind then. */
  start(spec: StartSpec): Promise<HeldProcess>;
  /** A container of an earlier agent, of which `state` was stored; also one that has ended since. */
  adopt(spec: AdoptSpec): RunningProcess;
  /** What is left of launches that the death of their agent cut off, by their folders. */
  clean(folders: readonly string[]): Promise<void>;
  /** The agent ends: what stands for no container any more goes. */
  close(): void;
}

export interface AdoptSpec {
  readonly key: string;
  readonly path: readonly string[];
  readonly folder: string;
  readonly state: object;
}
