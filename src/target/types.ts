/** The shapes of the target room: what a process is, and what can be asked of an attached one. */

export type InspectorState =
  | { readonly state: 'closed' }
  | { readonly state: 'open'; readonly host: string; readonly port: number };

/** A Node.js process as found in /proc; nothing has been done to it. */
export interface ProcessInfo {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat, clock ticks since boot: with the pid it names a process for good. */
  readonly startTicks: number;
  /** Milliseconds since the epoch. */
  readonly startTime: number;
  readonly uid: number;
  /** The user's name, or the uid as text. */
  readonly user: string;
  /** What people call it: package name, else script name; `name#2` when several have it (by start time). */
  readonly name: string;
  readonly command: readonly string[];
  readonly cwd: string;
  readonly exe: string;
  /** `22.23.3`, or '' when it could not be read from outside. */
  readonly nodeVersion: string;
  readonly uptimeMs: number;
  /** Percent of one core since the start of the process. */
  readonly cpuPercent: number;
  readonly rssBytes: number;
  /** Container id when the process runs in one. */
  readonly container?: string;
  readonly inspector: InspectorState;
  readonly attachable: boolean;
  /** Why not, when not attachable; one sentence. */
  readonly reason?: string;
  /** True for Remora's own processes. */
  readonly own: boolean;
  /** True while this agent holds it. */
  readonly attached: boolean;
}

export interface AttachOptions {
  /** Go on where a check says "refuse without force" (low memory, unknown signal handlers). */
  readonly force?: boolean;
  /** Never send SIGUSR1: only join an inspector that is already open. */
  readonly noSignal?: boolean;
  readonly signal?: AbortSignal;
}

/** How a target is talked to. `worker`: our Worker inside it. `cdp`: its inspector port, which stays open. */
export type ChannelKind = 'worker' | 'cdp';

export interface CallOptions {
  /** Milliseconds; default the limit `probe-call-timeout`. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export type CdpParams = Readonly<Record<string, unknown>>;

/** An attached process. Obtained from `Targets.attach`, kept while a lease is held and for the linger time after. */
export interface Target {
  readonly process: ProcessInfo;
  readonly channel: ChannelKind;
  /** Things the user must know: why external CDP, a foreign inspector peer, the two lines on stderr, ... */
  readonly notices: readonly string[];
  /** Aborted when the target exits or is let go; `reason` says which. */
  readonly closed: AbortSignal;
  readonly attachedAt: number;

  /** Sends one CDP request to the main thread's inspector session. Rejects with RemoraError. */
  cdp<T = Record<string, unknown>>(method: string, params?: CdpParams, options?: CallOptions): Promise<T>;
  /** Subscribes to CDP events of the main thread's session, e.g. `Debugger.scriptParsed`. Returns the unsubscriber. */
  onCdp(method: string, listener: (params: Record<string, unknown>) => void): () => void;
  /**
   * Calls a function of the main-thread probe script (src/probe/main/, one file per function group) with JSON
   * arguments and returns its JSON result. Runs on the target's main thread, also while that thread is in a JS loop.
   * A promise is awaited.
   */
  main<T>(fn: string, params?: unknown, options?: CallOptions): Promise<T>;
  /**
   * Calls a function of the Worker script (src/probe/worker/): never needs the main thread. On channel `cdp` the
   * functions that exist in both places (files) run on the main thread; others reject with `needs-worker`.
   */
  worker<T>(fn: string, params?: unknown, options?: CallOptions): Promise<T>;
  /** Subscribes to events that the probe emits by name, e.g. `loop.blocked`. Returns the unsubscriber. */
  onEvent(name: string, listener: (data: unknown) => void): () => void;

  /** Keeps the target until the lease is released. `holder` is for `session` and `target` output. */
  lease(holder: string): Lease;
  readonly holders: readonly string[];
  /** Undoes everything and ends the probe now. Resolves when the target is as it was. */
  letGo(reason: string): Promise<void>;
}

export interface Lease {
  release(): void;
}
