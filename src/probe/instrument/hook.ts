/**
 * One instrumented function on the main thread, and what the two halves of this script give each other: `recording/`
 * (what happens in a call) and `reach/` (where the function is held, and how it is put back).
 */
import type { HookSpec } from '../instrumentProtocol.js';
import type { MainContext, MainFunction } from '../main/functions.js';

export type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

export interface Hook {
  readonly spec: HookSpec;
  /**
   * Raised by a wrapper just before it enters the original, so that a condition on the original's entry can tell a call
   * through the wrapper from one by somebody who still holds the original.
   */
  inside: boolean;
  /** A copy is to be compiled in the original's frame at its next call through a wrapper: ... */
  isCopying?: boolean;
  /** ... which wrapper that was, by its `Site`. Taken off by the condition that compiles. */
  entering?: object;
  /** The variable by which the function's own code knows it holds the wrapper: `new.target` has to be that one as well. */
  knowsWrapper?: boolean;
  /** Steps that put things back, run last first. A step that returns false could not; it is kept. */
  readonly undo: (() => boolean)[];
}

/** Given by recording/, used by reach/. */
export interface Recording {
  /** The wrapper of `original` for this hook, the same one each time; `original` itself if it is a wrapper of ours. */
  wrap(hook: Hook, original: AnyFunction): AnyFunction;
  /** What a wrapper of ours wraps; undefined for anything else. */
  originalOf(fn: unknown): AnyFunction | undefined;
  /** Functions that were called at sites of traced ones, for V8 to say where they are. */
  callees(): readonly (AnyFunction | undefined)[];
  /** A place holds something else than before: a wrapper, or an original again. */
  moved(): void;
  /** Called when a hook is gone: its observers lose it. */
  forget(hook: Hook): void;
  /**
   * A call that was seen by a breakpoint and not by a wrapper: its entry, from a condition in its frame. Returns whether
   * its end is wanted (by pauses at return locations).
   */
  entered(hook: Hook, self: unknown, args: ArrayLike<unknown>): boolean;
  /**
   * From a condition in the original's frame: what compiles texts there. `homeOf` gives what holds a method; `isLasting`: any
   * text, also later, and not only those that the condition has in itself.
   */
  compile(
    hook: Hook,
    compile: Compile,
    homeOf: (original: AnyFunction) => object | undefined,
    isLasting: boolean,
  ): void;
  /** It cannot be done there by `eval`: the condition has to have the texts in itself. */
  cannotEval(hook: Hook): void;
  left(hook: Hook, self: unknown, args: ArrayLike<unknown>, returned: unknown): void;
  /** A line that is looked at was reached. Nothing is read that nobody asks for; what cannot be read throws. */
  line(
    hook: Hook,
    self: () => unknown,
    args: (() => ArrayLike<unknown>) | undefined,
    reads: readonly (() => unknown)[],
  ): void;
}

/**
 * Made in a function's own frame: compiles the text of one expression with the frame's names, private ones among them, and
 * `_$p`, the prototype of the object that a method belongs to, and `_$f`, the wrapper. It keeps alive what the frame's call was
 * given.
 */
export type Compile = (text: string, parent: unknown, wrapper: AnyFunction, copy: number) => unknown;

/** What both halves are given. */
export interface InstrumentContext extends MainContext {
  /** By id; filled by reach/. */
  readonly hooks: Map<number, Hook>;
  readonly shared: SharedArrayBuffer;
}

export type Functions = Record<string, MainFunction>;
