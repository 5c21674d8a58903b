/** What goes over the wire between this client and an agent. Times are milliseconds unless a name says otherwise. */

/** One body of `POST /api`. */
export interface ApiRequest {
  readonly action:
    | 'exec'
    | 'async_exec'
    | 'interrupt_job'
    | 'suspend_job'
    | 'pull_results'
    | 'init_session'
    | 'join_session'
    | 'close_session'
    | 'session_info';
  readonly requestId?: string;
  readonly sessionId?: string;
  readonly consumerId?: string;
  readonly command?: string;
  /** Milliseconds; the agent's default is 30000. */
  readonly execTimeout?: number;
  readonly userId?: string;
  /** Container id, pid, name or `name#2` of a process; without it the agent's rule applies. */
  readonly process?: string;
}

export type ApiState = 'SCHEDULED' | 'SUCCEEDED' | 'FAILED' | 'REFUSED' | 'INTERRUPTED';
export type JobStatus = 'READY' | 'RUNNING' | 'STOPPED' | 'TERMINATED';

/** One result of a command. `type` says which fields it has; docs/commands/ lists them. */
export interface Result {
  readonly type: string;
  /** 0 for results of the session rather than of a job. */
  readonly jobId?: number;
  readonly [field: string]: unknown;
}

/** One answer of `POST /api`. `state` is the request's fate; a command's own is its `status` result. */
export interface ApiAnswer {
  readonly state: ApiState;
  readonly message?: string;
  readonly requestId?: string;
  readonly sessionId?: string;
  readonly consumerId?: string;
  readonly body?: {
    readonly command?: string;
    readonly jobId?: number;
    readonly jobStatus?: JobStatus;
    readonly timeExpired?: boolean;
    /** Milliseconds; present when `timeExpired`. */
    readonly timeout?: number;
    readonly results?: readonly Result[];
    readonly pid?: number;
    readonly createTime?: number;
    readonly lastAccessTime?: number;
  };
}

/** A Node.js process as the agent sees it. */
export interface ProcessInfo {
  readonly pid: number;
  /** Clock ticks since boot: with the pid it names a process for good. */
  readonly startTicks: number;
  /** Milliseconds since the epoch. */
  readonly startTime: number;
  readonly uid: number;
  readonly user: string;
  /** Package name, else script name; `name#2` when several have it. */
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
  readonly container?: string;
  readonly inspector:
    | { readonly state: 'closed' }
    | { readonly state: 'open'; readonly host: string; readonly port: number };
  readonly attachable: boolean;
  /** Why not, when not attachable. */
  readonly reason?: string;
  /** True for Remora's own processes. */
  readonly own: boolean;
  /** True while this agent holds it. */
  readonly attached: boolean;
}

export interface AttachRequest {
  readonly process: string;
  /** Go on where a check says "refuse without force" (low memory, unknown signal handlers). */
  readonly force?: boolean;
  /** Never send SIGUSR1: only join an inspector that is already open. */
  readonly noSignal?: boolean;
}

export interface AttachAnswer {
  readonly process: ProcessInfo;
  /** `worker`: through our thread inside it. `cdp`: through its inspector port, which stays open. */
  readonly channel: 'worker' | 'cdp';
  /** What the user must know about this attach. */
  readonly notices: readonly string[];
  /** It was held before: the notices are not news. */
  readonly alreadyAttached: boolean;
}

export interface Completion {
  /** Index in the line from which `candidates` replace the text before the cursor. */
  readonly from: number;
  readonly candidates: readonly { readonly text: string; readonly summary?: string }[];
}

export interface AgentInfo {
  readonly version: string;
  readonly pid: number;
  /** Milliseconds since the epoch. */
  readonly startTime: number;
  readonly addresses: readonly string[];
  /** `agent`, `server` or both. */
  readonly roles: readonly string[];
  readonly trust: string;
  readonly allow: readonly string[];
}

export interface ProfileRequest {
  /** Default `profile`: CPU time. */
  readonly kind?: 'profile' | 'heap' | 'growth';
  /** Container id, pid, name or `name#2`; without it the agent itself. */
  readonly process?: string;
  /** Default 60 for `profile`, 10 for the others. */
  readonly seconds?: number;
}
