/** What the page of a flame graph is given (by src/diagnose/profiler/flameData.ts, which runs in Node.js). */
export interface FlameData {
  readonly title: string;
  /** Facts below the title, a line each. */
  readonly facts: readonly string[];
  readonly unit: 'ns' | 'bytes';
  readonly kinds: readonly string[];
  readonly reverse: boolean;
  /** Nodes left out since they were too narrow, and what they cost together. */
  readonly cut: number;
  /** Texts that frames name by index. */
  readonly strings: readonly string[];
  /** Five numbers a frame: name, place, file (all indices of strings), index of its kind, index of its package or -1. */
  readonly frames: readonly number[];
  /** The nodes, callers first, widest child first: frame, depth, self cost, self samples; four numbers a node. */
  readonly nodes: readonly number[];
  /** A tree of its own, of what async functions waited; empty = none. */
  readonly awaited: readonly number[];
}
