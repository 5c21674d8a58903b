import type { WindowSize } from '../wire/index.js';
import type { ContainerName } from './containerId.js';

/** How calls and streams are written. Protobuf costs about half of what JSON costs. */
export type ContainerEncoding = 'protobuf' | 'json';

/** What to start, and as what. */
export interface ContainerSpec {
  /** The name that it is to have; below an existing container: `PARENT.NAME`. */
  readonly container: ContainerName;
  /** Program and arguments; a text is run by `sh -c`. */
  readonly command: readonly string[] | string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly user?: string;
  /** Gives it a terminal of that size. */
  readonly tty?: WindowSize;
}

/** What an agent of Remora can do beyond the protocol. */
export interface LaunchExtras {
  /** Its streams can be attached to; without it only those of a container with a terminal. */
  readonly attachable?: boolean;
  /** Its output waits for the first reader, a few seconds at most, so that none of it is missed. */
  readonly holdOutput?: boolean;
  /** How it ended is known until it is removed; without it that of a root is forgotten at once. */
  readonly keepRecord?: boolean;
}

/** How a container ended. */
export interface ContainerEnd {
  /** As wait(2) gives it: exit code × 256, or the signal's number. Undefined where it could not be learned. */
  readonly exitStatus: number | undefined;
  /** As shells count: the exit code, or 128 + the signal's number. */
  readonly exitCode: number | undefined;
  /** Number of the signal that ended it. */
  readonly signal?: number;
  /** Set where the agent ended it: `TASK_KILLED`, `TASK_FAILED`, ... */
  readonly state?: string;
  readonly reason?: string;
  readonly message?: string;
}

/** A container as the agent lists it. Only `id` is known of an agent that is not Remora's. */
export interface ContainerEntry {
  /** Path from the root: `web.debug`. */
  readonly id: string;
  /** `debug` = a session: it ends with the connection that started it. */
  readonly class?: 'default' | 'debug';
  readonly state?: 'launching' | 'running' | 'destroying' | 'terminated' | 'lost';
  /** Of its first process, as the host counts. */
  readonly pid?: number;
  readonly tty?: boolean;
  readonly attachable?: boolean;
  /** Secrets in it are masked. */
  readonly command?: string;
  readonly user?: string;
  /** Absolute path of its folder on the agent's host. */
  readonly sandbox?: string;
  /** Milliseconds since the epoch. */
  readonly startTime?: number;
  readonly end?: ContainerEnd;
}
