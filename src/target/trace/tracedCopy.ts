/** What rewriting a function gives: the text of its traced copy, or why there can be none. Plain data, for another thread. */
import type { TraceKind } from '../instruments/traceTypes.js';

export interface CopySite {
  readonly kind: Exclude<TraceKind, 'function'>;
  /** What is called as it is written there, cut. */
  readonly text: string;
  /** Where people look for it: of `a.b()` at `b`. Offset in the script's text. */
  readonly at: number;
  /**
   * How what is called is found without running anything: names of own or inherited data properties, from the value that
   * the site is given. Absent: it cannot be.
   */
  readonly path?: readonly string[];
  /** A global that the script does not declare; `path` begins at globalThis. */
  readonly isGlobal?: boolean;
  /** Of `await` whose operand is a call: the number of its site. */
  readonly awaits?: number;
  /** A call whose promise an `async` function returns as its own. */
  readonly isReturned?: boolean;
}

export interface TracedCopy {
  /**
   * JavaScript of one expression: a function that, given the tracer of this copy, gives the copy. To be evaluated in the
   * function's own frame.
   */
  readonly text: string;
  readonly isStrict: boolean;
  /** The name `_$p` in it is the prototype of the object that the method belongs to. */
  readonly usesSuper: boolean;
  readonly sites: readonly CopySite[];
  /** Functions inside that are looked into as well, in the order of their numbers. */
  readonly inner: readonly { readonly name: string; readonly at: number }[];
  /** What is left out; one sentence each. */
  readonly notes: readonly string[];
}

export type Rewritten = { readonly copy: TracedCopy } | { readonly why: string };
