/** What the tunnel keeps of a call, and what it says of one. */
import type { Origin } from '../instrument/recording/origins.js';
import type { HookSpec } from '../instrumentProtocol.js';

/** A call that was observed: live references, as the application has them. */
export interface KeptCall {
  readonly hook: HookSpec;
  /** `{name}` each, as expressions have them. */
  readonly clazz: object;
  readonly method: object;
  /** Absent where only a breakpoint saw it. */
  readonly origin: Origin | undefined;
  /** Milliseconds since the epoch. */
  readonly ts: number;
  readonly self: unknown;
  readonly params: unknown[];
  readonly returned: unknown;
  readonly thrown: unknown;
  readonly threw: boolean;
  /** Milliseconds of the synchronous part. */
  readonly cost: number;
  /** Nanoseconds until its promise settled; -1 where it gave none. */
  readonly settle: number;
}

/** A record as it leaves the process; values are rendered JSON, as in `watch`. */
export interface Fragment {
  readonly index: number;
  readonly ts: number;
  readonly cost: number;
  /** Milliseconds. */
  readonly settle?: number;
  readonly threw: boolean;
  /** `0x...` = the same object each time; `NULL` without one. */
  readonly object: string;
  readonly className: string;
  readonly methodName: string;
  readonly params: readonly unknown[];
  /** Arguments that are not shown. */
  readonly more?: number;
  readonly returnObj?: unknown;
  readonly throwExp?: unknown;
  /** It was too large to be kept. */
  readonly unkept?: boolean;
  /** Bytes that it holds, as far as they were counted. */
  readonly bytes: number;
  /** Older records that had to go for it. */
  readonly evicted?: number;
  /** Of a replay: the promise had not settled in this many milliseconds. */
  readonly unsettledMs?: number;
  /** Of a search: what the express gave, or what it threw. */
  readonly watch?: unknown;
  readonly failed?: string;
}

export interface TunnelLimits {
  readonly records: number;
  /** Of what records hold, as it is counted (weigh.ts). */
  readonly bytes: number;
  readonly lifetimeMs: number;
}

export interface TunnelState {
  readonly count: number;
  readonly bytes: number;
  /** Records that went before anybody deleted them. */
  readonly evicted: { readonly records: number; readonly bytes: number; readonly age: number };
}

/** Some records, from one index on. */
export interface TunnelPage {
  /** JSON of a Fragment each. */
  readonly records: readonly string[];
  /** Where the next page begins; absent = there is none. */
  readonly next?: number;
  /** Of a search: records for which the expression threw, and what the first of them did. */
  readonly failures?: number;
  readonly failure?: string;
}
