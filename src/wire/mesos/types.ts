/**
 * Messages of `mesos.v1` and `mesos.v1.agent` as the rest of the program sees them: snake_case names as in the .proto and in
 * JSON, enums by name, bytes as Buffer, an absent proto2 field as an absent property (shared/wire/mesos-agent.md 3.1, 4).
 */
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
  readonly secret?: { readonly type?: string; readonly value?: { readonly data: Buffer } };
}

export interface CommandInfo {
  readonly uris?: readonly { readonly value: string }[];
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
  readonly source?: object;
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
  readonly linux_info?: { readonly share_cgroups?: boolean; readonly share_pid_namespace?: boolean };
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
