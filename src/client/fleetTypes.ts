/** What a config server keeps, as this client gives it. */

export interface FleetGroup {
  readonly name: string;
  readonly description: string;
  /** An agent that has one of them, by name and value, is in the group. */
  readonly tags: readonly { readonly name: string; readonly value: string }[];
}

/** A group to be made or changed; what is left out is empty. */
export type NewGroup = Pick<FleetGroup, 'name'> & Partial<FleetGroup>;

export interface FleetConfig {
  readonly name: string;
  /** What kind of agent it suits; says nothing about who gets it. */
  readonly agentType: string;
  readonly description: string;
  readonly content: string;
}

/** A config to be made or changed; what is left out is empty. */
export type NewConfig = Pick<FleetConfig, 'name' | 'content'> & Partial<FleetConfig>;

export interface FleetAgent {
  readonly id: string;
  readonly type: string;
  readonly ip: string;
  readonly version: string;
  /** In the agent's own words. */
  readonly status: string;
  /** In the agent's own unit, usually seconds since the epoch. */
  readonly startupTime: bigint;
  /** Milliseconds since the epoch, whole seconds, by the server's clock. */
  readonly heartbeatTime: number;
  readonly tags: Readonly<Record<string, string>>;
  /** `CPU`, `Memory` and others, as it last reported them. */
  readonly details: Readonly<Record<string, string>>;
  /** `online`, `offline` or `unknown since restart`; empty where the server is not Remora. */
  readonly liveness: string;
}

export interface AgentHeartbeat {
  readonly id: string;
  readonly type: string;
  readonly version: string;
  readonly ip: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly status: string;
  readonly startupTime: bigint;
}

export interface AgentStatistics {
  readonly cpu: number;
  /** Bytes. */
  readonly memory: bigint;
  readonly extras?: Readonly<Record<string, string>>;
}

export interface ConfigUpdate {
  readonly name: string;
  readonly status: 'SAME' | 'NEW' | 'DELETED' | 'MODIFIED';
  /** Of NEW and MODIFIED; otherwise 0. */
  readonly version: bigint;
  /** Of NEW and MODIFIED; otherwise empty. */
  readonly content: string;
}

/** One version of a config's name; deleting it is a version too. */
export interface FleetConfigVersion extends FleetConfig {
  readonly version: number;
  readonly deleted: boolean;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

export interface FleetAlarm {
  readonly agent: string;
  /** Milliseconds since the epoch, by the server's clock. */
  readonly time: number;
  readonly type: string;
  readonly detail: string;
}
