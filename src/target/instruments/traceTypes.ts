/**
 * What `trace` asks of the instruments and gets from them. A traced function runs as a *copy* of itself in which every
 * call, `new`, `await` and tagged template is a *site* that is timed; calls at one site of one function are one node.
 */
import type { ObservableFunction } from './types.js';

/** `ObserveRequest.trace`: of kind `trace` only. */
export interface TraceRequest {
  /**
   * Levels of functions that are looked into: 1 = the named functions alone (what they call is timed, not looked into), 2 =
   * what they are seen to call as well, ...
   */
  readonly depth: number;
  /** Follows timers, queues and emitters too, by an AsyncLocalStorage at the root. */
  readonly acrossCallbacks: boolean;
  /** Calls to JavaScript's and Node.js's own functions are no nodes; their time is that of who calls them. */
  readonly skipInternal: boolean;
  /** Functions that are looked into wherever they are met below a root, whatever the depth; never roots themselves. */
  readonly paths?: readonly ObservableFunction[];
}

/** How a function can be traced, told before anything is installed. */
export interface Traceable {
  readonly of: ObservableFunction;
  /** Sites that would be timed; 0 when it cannot be looked into. */
  readonly sites: number;
  /**
   * Why it cannot be looked into; one sentence. As a root it is still timed as a whole, below a root it is a node
   * without children.
   */
  readonly why?: string;
  /** What is left out of it; one sentence each. */
  readonly notes: readonly string[];
}

export type TraceKind =
  /** The root, or a function that was reached by a callback (`acrossCallbacks`). */
  | 'function'
  | 'call'
  | 'new'
  /** `await`, and each turn of `for await`: the time until the function went on. */
  | 'await'
  /** A tagged template. */
  | 'tag'
  /** `super(...)`, `super.method()`. */
  | 'super'
  /** `import()`, until the promise of it was there. */
  | 'import'
  /** `yield`: whoever asked for the next value had its turn. */
  | 'yield'
  /** A `throw` that was come to, whoever caught it; it takes no time. */
  | 'throw';

/** A place in the script as it runs; counts from 1. */
export interface TracePlace {
  readonly scriptId: string;
  readonly url: string;
  readonly line: number;
  readonly column: number;
}

/** Calls at one site of one parent, merged. Nanoseconds throughout. */
export interface TraceNode {
  readonly kind: TraceKind;
  /** What is called as it is written there, at most 80 characters: `db.query`, `Promise.all`; of `await` its operand. */
  readonly text: string;
  /** Of the root: where the function is. Else: where the call is written. */
  readonly at: TracePlace;
  /**
   * What was called, where that was seen: `cart.js:Cart` and `total`; of natives ('', `push`). Several functions may be
   * called at one site: the first that was seen.
   */
  readonly callee?: TraceCallee;
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly total: number;
  /** Of these, how many threw. */
  readonly threw: number;
  /** What they threw, at most three different. */
  readonly thrown?: readonly TraceThrown[];
  /** Of `await` whose operand is a call: where that call is written, the `at` of a sibling of this node. */
  readonly awaits?: TracePlace;
  /**
   * Of functions that were looked into and went on after they had returned their promise: nanoseconds until they were
   * done, all calls together. `total` of such a node is only the part until the promise was there.
   */
  readonly settled?: number;
  /** Its promise is what the `async` function that calls it returns: that is settled when this is. */
  readonly isReturned?: boolean;
  /** `total` (or `settled`) less that of the children; absent where it was not looked into. */
  readonly self?: number;
  /** Of `count`, so many go on; `total` has the time since they began. */
  readonly inFlight?: number;
  /** It ran in a callback that was handed on: beside its siblings in time, not after them. */
  readonly isCallback?: boolean;
  /** In the order in which they are written. */
  readonly children: readonly TraceNode[];
}

export interface TraceThrown {
  /** Its class: `CouponError`; of what is no object its type. */
  readonly exception: string;
  /** Rendered in the target, without secrets. */
  readonly message?: string;
  /** In what was looked into: the site or the `throw` that it left by, where that is known. */
  readonly at?: TracePlace;
}

export interface TraceCallee {
  readonly className: string;
  readonly methodName: string;
  /** Absent for natives. */
  readonly at?: TracePlace;
  readonly isInternal: boolean;
  /** It was looked into in this tree. */
  readonly isTraced: boolean;
  /** Why it was not, though the depth would have allowed it; one sentence. */
  readonly why?: string;
  /** It was not, and will be: from one of its next calls on. */
  readonly isComing?: boolean;
}

/** `CallRecord.tree` as an `ObservationEvent` has it. */
export interface TraceTree {
  readonly root: TraceNode;
  /** Counts the trees of an observation. */
  readonly id: number;
  /** This is what a callback did after the tree of that id was done (`acrossCallbacks`). */
  readonly continues?: number;
  /** The root was not looked into yet; one of its next calls will be. */
  readonly isEarly: boolean;
  /** It was cut short: still running after the longest life of a tree. */
  readonly isUnfinished: boolean;
  /** Spans that found no room (nodes, depth); 0 = the tree is whole. */
  readonly omitted: number;
}

/** Calls of roots that go on: those that began first, as far as they have come, and how many more there are. */
export interface TracesInFlight {
  readonly calls: readonly {
    readonly of: ObservableFunction;
    readonly tree: TraceTree;
    readonly ms: number;
  }[];
  readonly more: number;
}

/** What an observation of kind `trace` looks into by now: `Observation.reach()`, and an event each time it has grown. */
export interface TraceReach {
  readonly functions: readonly {
    readonly of: ObservableFunction;
    /** 1 = a root; functions of `paths` have the level 0. */
    readonly level: number;
    /** `waits`: its copy is made in its next call. */
    readonly state: 'traced' | 'waits' | 'cannot';
    readonly why?: string;
  }[];
  /** `3 of 9 callees could not be looked into: ...`; one sentence each. */
  readonly notes: readonly string[];
}
