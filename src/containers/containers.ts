/**
 * What the HTTP face (`api.ts`) and others ask of the containers of this host (DESIGN 5; shared/wire/mesos-agent.md 3, 4).
 * Errors are RemoraErrors of `errors.ts`, each with the code that `api.ts` maps to the sheet's status and text.
 */
import type { Caller } from '../base/index.js';
import type { CommandInfo, ContainerID, ContainerInfo, WindowSize } from '../wire/index.js';

/** `default`: lives until it ends or is killed, and outlives the agent. `debug`: a session, gone with its call. */
export type ContainerClass = 'default' | 'debug';

export interface LaunchRequest {
  readonly id: ContainerID;
  readonly command?: CommandInfo;
  readonly container?: ContainerInfo;
  readonly class: ContainerClass;
  readonly caller: Caller;
  /** Our extension: a `default` container without a terminal gets streams that can be attached to, as a session has. */
  readonly attachable?: boolean;
  /** Our extension: output waits for the first reader, `session-reader-wait` at most, as that of a session does. */
  readonly holdOutput?: boolean;
  /** Our extension: how it ended is known until it is removed, also of a root. */
  readonly keepRecord?: boolean;
}

/** `exists`: that id is in use (202); the container there is left alone. */
export type LaunchOutcome = 'launched' | 'exists';

/** One record of a container's output, at most 65,536 bytes. */
export interface OutputChunk {
  readonly stream: 'stdout' | 'stderr';
  readonly data: Buffer;
}

/**
 * A reader of a container's output, from its attach on. Iterate to the end: it ends when the container has ended and all
 * output was given. Throws `reader-too-slow` where it was cut for not keeping up. `close()` detaches.
 */
export interface OutputReader extends AsyncIterable<OutputChunk> {
  close(): void;
}

/** The one writer of a container's input. */
export interface InputWriter {
  /** Resolves when the container's side took it (back-pressure); rejects with `input-failed`. Empty data = end of input, ignored with a terminal. */
  write(data: Buffer): Promise<void>;
  /** Terminals only; ignored otherwise, and after the end. Throws `resize-failed`. */
  resize(size: WindowSize): void;
  /** Frees the slot for another writer; the container's input stays open. */
  release(): void;
  /** Resolves when the container has ended and its output is drained. */
  readonly ended: Promise<void>;
}

/** How a container ended. */
export interface Termination {
  /** A wait status (`exit code << 8`, or the signal's number); undefined where it could not be learned. */
  readonly exitStatus: number | undefined;
  /** `TASK_FINISHED`, `TASK_FAILED`, `TASK_KILLED`, ... where the sheet has one. */
  readonly state?: string;
  readonly reason?: string;
  readonly message?: string;
}

export interface ContainerView {
  readonly id: ContainerID;
  readonly class: ContainerClass;
  readonly state: 'launching' | 'running' | 'destroying' | 'terminated' | 'lost';
  /** Of the container's first process. */
  readonly pid?: number;
  readonly tty: boolean;
  /** Can be attached to. */
  readonly attachable: boolean;
  /** As given, for people; secrets redacted. */
  readonly command: string;
  readonly user: string;
  /** Absolute path. */
  readonly sandbox: string;
  /** Milliseconds since the epoch. */
  readonly startTime: number;
  readonly termination?: Termination;
}

/** The containers of this host. */
export interface Containers {
  /** Rejects with `no-parent`, `parent-destroying`, `bad-container`, `launch-failed`, `sandbox-failed` (500), `root-not-allowed`, ... */
  launch(request: LaunchRequest): Promise<LaunchOutcome>;
  /** Rejects with `container-not-found` (404), `container-gone` (500: its root lives), `not-attachable`. Several at once. */
  attachOutput(id: ContainerID): Promise<OutputReader>;
  /** Rejects as `attachOutput`, and with `input-taken`. */
  attachInput(id: ContainerID): Promise<InputWriter>;
  /** Resolves when the container has ended; undefined = no such container (404). */
  wait(id: ContainerID, signal: AbortSignal): Promise<Termination | undefined>;
  /** Sends one signal (default SIGKILL) to the container's first process. False = no such container. */
  kill(id: ContainerID, signal?: number): Promise<boolean>;
  /** Ends the container and everything below it at once: children first, SIGKILL. */
  destroy(id: ContainerID): Promise<void>;
  /** Removes what is left of an ended container: record and sandbox. Rejects with `container-running`, `unknown-root`. */
  remove(id: ContainerID): Promise<void>;
  list(): readonly ContainerView[];
  /** Debug containers end; others go on without us. */
  close(): Promise<void>;
}
