/**
 * Messages of `mesos.v1` and `mesos.v1.agent` as the rest of the program sees them: snake_case names as in the .proto and in
 * JSON, enums by name, bytes as Buffer, an absent proto2 field as an absent property (shared/wire/mesos-agent.md 3.1, 4).
 */
import type { CALL_TYPES } from './enums.js';

export interface ContainerID {
  readonly value: string;
  /** The innermost parent is the root container. */
  readonly parent?: ContainerID;
}

export interface WindowSize {
  readonly rows: number;
  readonly columns: number;
}

export interface TTYInfo {
  readonly window_size?: WindowSize;
}

export interface EnvironmentVariable {
  readonly name: string;
  readonly type?: 'UNKNOWN' | 'VALUE' | 'SECRET';
  readonly value?: string;
  readonly secret?: Secret;
}

export interface Secret {
  readonly type?: 'UNKNOWN' | 'REFERENCE' | 'VALUE';
  readonly reference?: { readonly name: string; readonly key?: string };
  readonly value?: { readonly data: Buffer };
}

export interface CommandURI {
  readonly value: string;
  readonly executable?: boolean;
  /** Default true. */
  readonly extract?: boolean;
  readonly cache?: boolean;
  readonly output_file?: string;
}

export interface CommandInfo {
  readonly uris?: readonly CommandURI[];
  readonly environment?: { readonly variables?: readonly EnvironmentVariable[] };
  readonly value?: string;
  readonly user?: string;
  /** Default true. */
  readonly shell?: boolean;
  /** argv with argv[0]; ignored where `shell`. */
  readonly arguments?: readonly string[];
}

export interface Volume {
  readonly container_path: string;
  readonly host_path?: string;
  readonly mode: 'RW' | 'RO';
  readonly image?: object;
  readonly source?: VolumeSource;
}

export interface VolumeSource {
  readonly type?: 'UNKNOWN' | 'DOCKER_VOLUME' | 'SANDBOX_PATH' | 'SECRET' | 'HOST_PATH' | 'CSI_VOLUME';
  readonly docker_volume?: object;
  readonly sandbox_path?: { readonly type?: 'UNKNOWN' | 'SELF' | 'PARENT'; readonly path: string };
  readonly secret?: Secret;
  readonly host_path?: { readonly path: string };
  readonly csi_volume?: object;
}

export interface LinuxInfo {
  readonly share_pid_namespace?: boolean;
  readonly ipc_mode?: 'UNKNOWN' | 'PRIVATE' | 'SHARE_PARENT';
  /** Default true. */
  readonly share_cgroups?: boolean;
}

export interface DockerInfo {
  readonly image: string;
  readonly parameters?: readonly { readonly key: string; readonly value: string }[];
}

export interface RLimit {
  readonly type?: string;
  readonly hard?: number;
  readonly soft?: number;
}

export interface ContainerInfo {
  readonly type: 'DOCKER' | 'MESOS';
  readonly volumes?: readonly Volume[];
  readonly hostname?: string;
  readonly mesos?: { readonly image?: object };
  readonly docker?: DockerInfo;
  readonly linux_info?: LinuxInfo;
  readonly rlimit_info?: { readonly rlimits?: readonly RLimit[] };
  readonly tty_info?: TTYInfo;
}

/** Output of a container, one record of a stream. */
export interface ProcessIO {
  readonly type?: 'UNKNOWN' | 'DATA' | 'CONTROL';
  readonly data?: { readonly type?: 'UNKNOWN' | 'STDIN' | 'STDOUT' | 'STDERR'; readonly data?: Buffer };
  readonly control?: {
    readonly type?: 'UNKNOWN' | 'TTY_INFO' | 'HEARTBEAT';
    readonly tty_info?: TTYInfo;
    readonly heartbeat?: { readonly interval?: { readonly nanoseconds: number } };
  };
}

export interface DurationInfo {
  readonly nanoseconds: number;
}

export interface Resource {
  readonly name: string;
  readonly type: 'SCALAR' | 'RANGES' | 'SET' | 'TEXT';
  readonly scalar?: { readonly value: number };
  readonly role?: string;
  readonly reservation?: object;
  readonly reservations?: readonly object[];
  readonly disk?: { readonly persistence?: object };
  readonly revocable?: object;
}

export type CallType = (typeof CALL_TYPES)[number];

/** A call that names a container and no more. */
export interface ContainerCall {
  readonly container_id: ContainerID;
}

export interface KillCall extends ContainerCall {
  /** Default 9. */
  readonly signal?: number;
}

export interface NestedLaunch extends ContainerCall {
  readonly command?: CommandInfo;
  readonly container?: ContainerInfo;
}

export interface ContainerLaunch extends NestedLaunch {
  readonly resources?: readonly Resource[];
  readonly limits?: Readonly<Record<string, { readonly value: number }>>;
  /** Ours: its streams can be attached to also without a terminal. */
  readonly attachable?: boolean;
  /** Ours: its output waits for the first reader, a few seconds at most, so that none of it is missed. */
  readonly hold_output?: boolean;
  /** Ours: how it ended is known until it is removed, also of a root. */
  readonly keep_record?: boolean;
}

export interface AttachInput {
  readonly type?: 'UNKNOWN' | 'CONTAINER_ID' | 'PROCESS_IO';
  readonly container_id?: ContainerID;
  readonly process_io?: ProcessIO;
}

/** A request of the agent API, `mesos.v1.agent.Call`. */
export interface Call {
  readonly type?: CallType;
  readonly get_metrics?: { readonly timeout?: DurationInfo };
  readonly set_logging_level?: { readonly level: number; readonly duration: DurationInfo };
  readonly list_files?: { readonly path: string };
  readonly read_file?: { readonly path: string; readonly offset: number; readonly length?: number };
  readonly get_containers?: { readonly show_nested?: boolean; readonly show_standalone?: boolean };
  readonly launch_nested_container?: NestedLaunch;
  readonly wait_nested_container?: ContainerCall;
  readonly kill_nested_container?: KillCall;
  readonly remove_nested_container?: ContainerCall;
  readonly launch_nested_container_session?: NestedLaunch;
  readonly attach_container_input?: AttachInput;
  readonly attach_container_output?: ContainerCall;
  readonly launch_container?: ContainerLaunch;
  readonly wait_container?: ContainerCall;
  readonly kill_container?: KillCall;
  readonly remove_container?: ContainerCall;
  readonly prune_images?: object;
  readonly add_resource_provider_config?: object;
  readonly update_resource_provider_config?: object;
  readonly remove_resource_provider_config?: object;
  readonly mark_resource_provider_gone?: object;
}

export interface VersionInfo {
  readonly version: string;
  readonly build_date?: string;
  /** Seconds since the epoch. */
  readonly build_time?: number;
  readonly build_user?: string;
  readonly git_sha?: string;
  readonly git_branch?: string;
  readonly git_tag?: string;
}

export interface ListedContainer {
  /** The last part of the id alone; the whole id is in the status. */
  readonly container_id: ContainerID;
  readonly container_status?: { readonly container_id?: ContainerID; readonly executor_pid?: number };
  readonly resource_statistics?: object;
}

export interface WaitResult {
  readonly exit_status?: number;
  readonly state?: string;
  readonly reason?: string;
  readonly message?: string;
}

/** An answer of the agent API, `mesos.v1.agent.Response`. */
export interface Response {
  readonly type: CallType;
  readonly get_health?: { readonly healthy: boolean };
  readonly get_flags?: { readonly flags?: readonly { readonly name: string; readonly value?: string }[] };
  readonly get_version?: { readonly version_info: VersionInfo };
  readonly get_metrics?: { readonly metrics?: readonly { readonly name: string; readonly value?: number }[] };
  readonly get_logging_level?: { readonly level: number };
  readonly list_files?: object;
  readonly read_file?: { readonly size: number; readonly data: Buffer };
  readonly get_containers?: { readonly containers?: readonly ListedContainer[] };
  readonly wait_nested_container?: WaitResult;
  readonly wait_container?: WaitResult;
  /** These are ever empty: there are no frameworks here. */
  readonly get_state?: {
    readonly get_tasks: object;
    readonly get_executors: object;
    readonly get_frameworks: object;
  };
  readonly get_frameworks?: object;
  readonly get_executors?: object;
  readonly get_tasks?: object;
  readonly get_operations?: object;
  readonly get_resource_providers?: object;
  readonly get_agent?: { readonly agent_info?: { readonly hostname: string; readonly port?: number } };
}
