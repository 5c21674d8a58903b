import type * as Timers from 'node:timers';
import { FLAG } from '../../layout.js';
import { apply, isObject, ownData, ownKeys } from '../../main/captured.js';
import type { AnyFunction, Compile } from '../hook.js';
import { clock, nanosecondsSince } from '../recording/clock.js';
import { enter } from './entry.js';
import type { Loader } from './loader.js';
import { mayEval } from './mayEval.js';
import { NARROW, type Reach } from './reached.js';
import { type ScopeHandle, variableSlot } from './slots.js';
import { noteCaller } from './strays.js';
import type { Root } from './walk.js';

/**
 * Between two pauses in which callers are searched, and between two at the ends of calls that only a breakpoint sees: ten
 * a second together. Each has its own, or the ends, which never cease, would leave nothing for those that a hook waits for.
 */
const ASK_GAP_MS = 150;
const END_GAP_MS = 300;
const SCOPES = 50;
const VARIABLES = 20;
const { sort } = Array.prototype;
const SPECIMEN_CALLS = 20;
const SPECIMEN_NS = 3_000_000;

interface ScopeObject {
  readonly object?: unknown;
}

/** What the Worker's evaluations use that carry objects, and what conditions call. Nothing called by a condition throws. */
export function makeEngine(reach: Reach, loader: Loader) {
  const { types, identity, all, context } = reach;
  const turns = context.builtin<typeof Timers>('node:timers');
  const last = { ask: 0, end: 0 };

  function mayPause(what: 'ask' | 'end', gap: number): boolean {
    const now = reach.now();
    if (now - last[what] < gap || context.flags[FLAG.evaluating] !== 0) return false;
    last[what] = now;
    return true;
  }

  /**
   * An evaluation may interrupt the application anywhere, also at the head of a function that has no context yet; V8 looks
   * through all frames when it pauses, and aborts the process on such a one. In a turn of its own there is none.
   */
  function pauseSoon(pause: (() => void) | undefined): boolean {
    if (!pause) return false;
    turns.setImmediate(() => {
      try {
        pause();
      } catch {
        // The verification sees that it is not set.
      }
    });
    return true;
  }

  function tell(): void {
    Atomics.store(context.flags, FLAG.reach, 1);
  }

  function rootsOf(scope: unknown, roots: Root[]): void {
    if (!isObject(scope) || scope === globalThis || types.isProxy(scope)) return;
    const names = ownKeys(scope);
    for (let index = 0; index < names.length; index++) {
      const name = names[index];
      if (typeof name !== 'string') continue;
      try {
        roots[roots.length] = { value: ownData(scope, name), name };
      } catch {
        // A variable that is not initialised yet.
      }
    }
  }

  const engine = {
    /** The candidates whose locations are wanted. */
    fresh: (hook: number) => reach.of({ hook }).holding.fresh,
    callees: () => reach.recording.callees(),
    neighbours: (hook: number) => reach.of({ hook }).neighbours,

    /** Given the scopes of a function of Node.js that has the loader of ES modules in them. */
    learnLoader: (scopes: readonly ScopeObject[]) => loader.learn(scopes),

    /** `bound` is `fresh[index]` and binds `target`, which is the function. */
    rebuild(hook: number, index: number, target: AnyFunction, self: unknown, args: readonly unknown[]): void {
      const { holding } = reach.of({ hook });
      const bound = holding.fresh[index];
      if (bound) holding.rebuild(bound, target, self, args);
    },

    /** Searches below what [[Scopes]] of neighbours hold. → ReachNews as JSON */
    scan(hook: number, ...lists: readonly (readonly ScopeObject[])[]): string {
      const of = reach.of({ hook });
      const roots: Root[] = [];
      for (const scopes of lists) {
        for (let index = 0; index < scopes.length && index < SCOPES; index++) {
          rootsOf(ownData(scopes[index] as object, 'object'), roots);
        }
      }
      return JSON.stringify(reach.news(of, reach.search(of, roots, NARROW)));
    },

    /** Searches what a paused frame sees. → `{news, variables}` as JSON: variables that hold the function, by scope. */
    searchFrame(hook: number, self: unknown, ...scopes: readonly unknown[]): string {
      const of = reach.of({ hook });
      const roots: Root[] = [{ value: self, name: 'this' }];
      const variables: { scope: number; name: string }[] = [];
      for (let scope = 0; scope < scopes.length; scope++) {
        const before = roots.length;
        rootsOf(scopes[scope], roots);
        for (let index = before; index < roots.length && variables.length < VARIABLES; index++) {
          const { value, name } = roots[index] as Root;
          if (identity.candidate(of.hook, value) === value && value !== undefined) {
            variables[variables.length] = { scope, name };
          }
        }
      }
      const cut = reach.search(of, roots, NARROW);
      return JSON.stringify({ news: reach.news(of, cut), variables });
    },

    /** A variable of a paused frame that holds the function. → its index for what follows; -1 = it does not. */
    variable(hook: number, name: string, handle: ScopeHandle): number {
      const of = all.get(hook);
      if (of === undefined) return -1;
      const slot = variableSlot(handle, name);
      const value = slot.read();
      if (value === undefined || identity.candidate(of.hook, value) !== value) return -1;
      of.variables.push({ slot, fn: value as AnyFunction });
      return of.variables.length - 1;
    },
    variableWrapper(hook: number, index: number): unknown {
      const { holding, variables } = reach.of({ hook });
      const fn = variables[index]?.fn;
      return fn && holding.standIn(fn);
    },
    variableOriginal: (hook: number, index: number) => reach.of({ hook }).variables[index]?.fn,
    /** Whether the handle sees what was set: a variable on the stack alone is lost with its frame. */
    variableSet(hook: number, index: number): boolean {
      const { hook: of, holding, variables } = reach.of({ hook });
      const variable = variables[index];
      if (variable === undefined || !holding.adopt(variable.slot, variable.fn)) return false;
      if (ownData(variable.fn, 'name') === variable.slot.key) of.knowsWrapper = true;
      return true;
    },

    /** From the condition on the function's first location. True = pause. */
    hit(hook: number, self?: () => unknown, scope?: () => ScopeHandle): boolean {
      const of = all.get(hook);
      if (of === undefined) return false;
      try {
        const { hook: own, entry } = of;
        const wasInside = own.inside;
        own.inside = false;
        const isThrough = noteCaller(of, wasInside, engine.hit);
        enter(of, isThrough, self, scope, reach);
        tell();
        if (isThrough || !entry.asking || !mayPause('ask', ASK_GAP_MS)) return false;
        entry.asking = false;
        return true;
      } catch (error) {
        engine.failed(hook, error);
        return false;
      }
    },

    /** From the condition of a hook that wants copies: what compiles them in this frame. */
    copy(hook: number, compile: Compile, evalHere?: () => unknown): boolean {
      const of = all.get(hook);
      if (of === undefined) return false;
      try {
        const { recording } = reach;
        const isLasting = evalHere !== undefined;
        if (isLasting && !mayEval(evalHere)) recording.cannotEval(of.hook);
        else recording.compile(of.hook, compile, (original) => of.holding.homeOf(original), isLasting);
      } catch (error) {
        engine.failed(hook, error);
      }
      tell();
      return false;
    },

    /** From the condition of a hook that is watched by breakpoints: a call has begun. */
    seen(hook: number, self: unknown, args: ArrayLike<unknown>): boolean {
      const of = all.get(hook);
      if (of === undefined) return false;
      try {
        const { entry, hook: own } = of;
        entry.hits += 1;
        const wasInside = own.inside;
        own.inside = false;
        const isThrough = noteCaller(of, wasInside, engine.seen);
        if (!isThrough && context.flags[FLAG.off] === 0 && reach.recording.entered(of.hook, self, args)) {
          entry.wantsEnds = true;
        }
        tell();
      } catch (error) {
        engine.failed(hook, error);
      }
      return false;
    },
    /** From the condition at a line: `reads` gives the variables of `HookSpec.line.names`, in their order. */
    line(
      hook: number,
      self: () => unknown,
      args: (() => ArrayLike<unknown>) | undefined,
      reads: readonly (() => unknown)[],
    ): boolean {
      const of = all.get(hook);
      if (of === undefined) return false;
      try {
        reach.recording.line(of.hook, self, args, reads);
      } catch (error) {
        engine.failed(hook, error);
      }
      return false;
    },
    /** What a call of a function takes in which a breakpoint is set: nanoseconds, without the first. */
    specimenNs(specimen: (a: number, b: number, c: number) => unknown): number {
      specimen(0, 0, 0);
      const took: number[] = [];
      const start = clock();
      for (let call = 0; call < SPECIMEN_CALLS; call++) {
        const began = clock();
        specimen(call, call, call);
        took[call] = nanosecondsSince(began);
        if (nanosecondsSince(start) > SPECIMEN_NS) break;
      }
      // The thread may lose the processor in one of them.
      apply(sort, took, [(a: number, b: number) => a - b]);
      return took[took.length >> 1] ?? Number.NaN;
    },

    /** From conditions at return locations: whether to pause there. */
    ends(hook: number): boolean {
      const of = all.get(hook);
      return of?.entry.wantsEnds === true && context.flags[FLAG.off] === 0 && mayPause('end', END_GAP_MS);
    },
    /** A call is about to return, seen from a pause. */
    left(hook: number, self: unknown, args: ArrayLike<unknown>, returned: unknown): void {
      const of = all.get(hook);
      if (of) reach.recording.left(of.hook, self, args, returned);
    },

    failed(hook: number, error: unknown): void {
      const errors = all.get(hook)?.entry.errors;
      const message: unknown = isObject(error) ? ownData(error, 'message') : error;
      const text =
        typeof message === 'string' ? (apply(String.prototype.slice, message, [0, 200]) as string) : '?';
      if (errors && errors.length < 5) errors.push(text);
      tell();
    },

    /** Constants that wait for their pause, and those that hold a wrapper still: what they shall hold, and the pause. */
    constantValue: (hook: number, index: number) => reach.of({ hook }).holding.constant(index)?.wrapper,
    pauseAt: (hook: number, index: number) =>
      pauseSoon(reach.of({ hook }).holding.constant(index)?.slot.pause),
    leftValue: (hook: number, index: number) => reach.of({ hook }).holding.leftInConstants()[index]?.original,
    pauseLeft: (hook: number, index: number) =>
      pauseSoon(reach.of({ hook }).holding.leftInConstants()[index]?.slot.pause),
  };
  return engine;
}
