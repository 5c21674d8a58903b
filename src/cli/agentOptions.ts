import type { LogOptions, Risk, Role } from '../base/index.js';

/** A TCP address to listen on. */
export interface ListenAddress {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  /** A flag asked for it: a taken port is an error. Otherwise the log warns of it and names the owner. */
  readonly required: boolean;
}

export interface AgentToken {
  readonly name: string;
  readonly role: Role;
  readonly secret: string;
}

/** What the command line asks of an agent (src/agent.ts wires it). */
export interface AgentOptions {
  /** The Unix socket, in a folder of mode 0700. */
  readonly socketPath: string;
  readonly listen: readonly ListenAddress[];
  /** Who is known on TCP without credentials: processes of this user on loopback, or nobody. */
  readonly trust: 'uid' | 'token';
  readonly tokens: readonly AgentToken[];
  /** Further names that a Host header may hold. */
  readonly hosts: readonly string[];
  /** The agent's ceiling: what it does, whoever asks. */
  readonly allow: readonly Risk[];
  /** Milliseconds for which a target is kept after its last use; undefined = the default. */
  readonly lingerMs?: number;
  /** PEM texts. With them every TCP listener speaks TLS. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Listen beyond loopback without TLS. */
  readonly insecure: boolean;
  readonly log: LogOptions;
}

/** A running agent. */
export interface Agent {
  /** `http://127.0.0.1:8563`; the Unix socket is not among them. */
  readonly addresses: readonly string[];
  /** Interrupts all jobs, lets go of every target, closes listeners and removes the socket. */
  close(reason: string): Promise<void>;
}

export type StartAgent = (options: AgentOptions) => Promise<Agent>;
