/** What agent, Worker and main thread say to one another about call trees. */

export interface TraceSpec {
  readonly acrossCallbacks: boolean;
  /** Of one tree. */
  readonly limits: { readonly nodes: number; readonly depth: number; readonly lifeMs: number };
}

/** What the agent knows of a hook's copy of `when: 'observed'`: it holds for all who trace the hook. */
export interface TraceTable {
  readonly hook: number;
  /** Of each site: data properties that lead to what is called there, from what the site is given or from globalThis. */
  readonly paths: readonly ({ readonly names: readonly string[]; readonly isGlobal: boolean } | null)[];
  /** Calls of what is built into V8 are not timed. */
  readonly skipsNatives: boolean;
  /** Callees are wanted before they are called. */
  readonly foresees: boolean;
}

/** A function that was called at a site of a copy, or will be if the site is come to; each once. */
export interface TraceCallee {
  readonly hook: number;
  readonly site: number;
  readonly name: string;
  readonly isNative: boolean;
  readonly isCalled: boolean;
  /** V8's [[FunctionLocation]], counting from 0; absent for natives. */
  readonly place?: { readonly scriptId: string; readonly lineNumber: number; readonly columnNumber: number };
}

/** A tree in few characters. Nanoseconds; hooks and sites by number. */
export type TreeRecord = readonly [
  id: number,
  /** Of the tree that was done when this callback came; -1 = it is a call of a root. */
  continues: number,
  isUnfinished: 0 | 1,
  omitted: number,
  root: TreeFrame,
];

export type TreeFrame = readonly [
  hook: number,
  /** Of functions inside a copy their number there; -1 = itself. */
  inner: number,
  isCallback: 0 | 1,
  count: number,
  total: number,
  min: number,
  max: number,
  sites: readonly TreeSite[],
  frames: readonly TreeFrame[],
  /** What it was left by, where that was seen. */
  thrown?: readonly string[],
  /** Of `count`, so many go on; `total` has the time since they began. */
  going?: number,
];

export type TreeSite = readonly [
  site: number,
  count: number,
  total: number,
  min: number,
  max: number,
  threw: number,
  frames: readonly TreeFrame[],
  /** `CouponError: too late`: what was thrown, a few. */
  thrown?: readonly string[],
  going?: number,
];
