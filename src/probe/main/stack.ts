import type * as Timers from 'node:timers';
import { apply } from './captured.js';
import { framesHere, type RawFrame } from './framesHere.js';
import type { MainContext, MainFunction } from './functions.js';

const FRAMES = 100;
/** Below `call` lies the evaluated line that called it. */
const EVALUATED_LINE = 1;

/**
 * What the main thread was doing when our evaluation interrupted it; empty when it was idle. Only to be called, however
 * deep, by way of the mark's `call`.
 */
export function interruptedStack(limit = FRAMES): RawFrame[] {
  const mark = (globalThis as Record<symbol, unknown>)[Symbol.for('remora.probe')] as
    | { call?: (...args: never[]) => unknown }
    | undefined;
  return mark?.call ? framesHere(limit, mark.call, EVALUATED_LINE) : [];
}

const LISTS_OF_NODE = /^node:(timers|async_hooks|internal\/(timers|priority_queue|linkedlist|async_hooks))/;
const { test } = RegExp.prototype;
const { startsWith } = String.prototype;

/**
 * An interrupt can fall into the middle of Node's own work on its timer lists, which a new timer would then corrupt:
 * true when no such function lies above the application's topmost frame.
 */
export function maySetTimers(): boolean {
  const frames = framesHere(40, maySetTimers);
  let ours = true;
  for (let at = 0; at < frames.length; at++) {
    const url = frames[at]?.url ?? '';
    // The undo comes here by another way than `call`; what we evaluate has no name.
    ours = ours && url === '';
    if (ours) continue;
    if (apply(test, LISTS_OF_NODE, [url])) return false;
    if (!apply(startsWith, url, ['node:'])) return true;
  }
  return true;
}

export interface StackAnswer {
  readonly frames: RawFrame[];
  /** Turns counted by the loop watch (flags[2]): equal numbers mean the same turn of the event loop. */
  readonly tick: number;
  /** Grows with the next turn of the event loop after a call that armed it. */
  readonly turns: number;
  /** Whether `arm` was done; not when the moment was a bad one to set a timer. */
  readonly armed: boolean;
}

export function stackFunctions(context: MainContext): Record<string, MainFunction> {
  // For scripts that come later, so that they need no copy of it.
  context.expose('framesHere', framesHere);
  context.expose('interruptedStack', interruptedStack);
  let turns = 0;
  let armed = false;

  const arm = (): void => {
    if (armed || !maySetTimers()) return;
    const timers = context.builtin<typeof Timers>('node:timers');
    // A timer that is left to run out: taking it back could meet Node at work on its lists.
    timers
      .setTimeout(() => {
        turns += 1;
        armed = false;
      }, 1)
      .unref();
    armed = true;
  };

  return {
    /** `{arm?: true}` → StackAnswer. */
    stack(params): StackAnswer {
      if ((params as { arm?: boolean } | null)?.arm) arm();
      const tick = Atomics.load(context.flags, 2);
      return { frames: interruptedStack(), tick, turns, armed };
    },
  };
}
