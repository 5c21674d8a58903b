import type { Progress } from './holding.js';
import type { StrayCaller } from './strays.js';

/** What the Worker hears of a hook. */
export interface ReachNews extends Progress {
  readonly hook: number;
  /** Calls that met the condition: through a wrapper, and by somebody who still holds the original. */
  readonly hits: number;
  readonly through: number;
  readonly stray: number;
  /** Function objects whose variable was found in their own frame. */
  readonly instances: number;
  readonly errors: readonly string[];
  /** Observers want to know how calls end that only a breakpoint has seen. */
  readonly wantsEnds: boolean;
  /** Who called past the wrapper since the last count, and who through it ever. */
  readonly callers: readonly StrayCaller[];
  readonly clients: readonly StrayCaller[];
  /** A limit cut the search short. */
  readonly cut: boolean;
}
