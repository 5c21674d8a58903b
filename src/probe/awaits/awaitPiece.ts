/** What is sampled, and how much of the process it may take. */
export interface AwaitLimits {
  /** Stacks that are taken a second, at most about: of more awaits each stands for several. */
  readonly stacksPerSecond: number;
  /** Of these so many are read a second, at most about: the longer an await took, the surer. */
  readonly readsPerSecond: number;
  /** Sampled awaits that are under way at once, at most. */
  readonly pending: number;
  /** Different stacks in one piece, at most. */
  readonly stacks: number;
  /** Frames of a stack, at most. */
  readonly frames: number;
  /** Part of one core that the hooks may take. */
  readonly share: number;
  /** Milliseconds without a `take` after which it ends by itself. */
  readonly leaseMs: number;
}

/** A function: its name, its script, the line and the column where it begins. */
export type AwaitFunction = readonly [name: string, url: string, line: number, column: number];

/** Four numbers a frame, callee first: the function's index, line and column in it, 1 where an await of its own is waited at. */
export type AwaitFrames = readonly number[];

/**
 * What was seen of one stack: awaits and nanoseconds for which they waited, estimates both, and the sum of the squares of what
 * the latter was added up of, whose root is about its error.
 */
export type AwaitStack = readonly [frames: AwaitFrames, awaits: number, nanos: number, squares: number];

/** What was seen since the piece before. */
export interface AwaitPiece {
  readonly functions: readonly AwaitFunction[];
  /** The first frame of each is where it waits; one without frames is what found no room. */
  readonly stacks: readonly AwaitStack[];
  /** It has ended by itself: why. */
  readonly ended?: string;
  /** Part of one core that it took, about. */
  readonly share?: number;
}
