/**
 * The script that measures how long async functions wait: installed on the main thread with the first wall-clock profile
 * that asks for it, on top of the main script. All names begin with `awaits`.
 */
import type * as V8 from 'node:v8';
import type { MainContext, MainFunction } from '../main/functions.js';
import { jsonText } from '../main/json.js';
import type { AwaitLimits, AwaitPiece } from './awaitPiece.js';
import { AwaitSampler } from './awaitSampler.js';

interface Mark {
  readonly context?: MainContext;
  add?: (functions: Record<string, MainFunction>) => void;
}

/** Adds the functions to the mark. Returns the names of them. */
export function install(): string {
  const mark = (globalThis as Record<symbol, unknown>)[Symbol.for('remora.probe')] as Mark | undefined;
  if (!mark?.context || !mark.add) throw new Error('the probe has been let go');
  const all = awaitFunctions(mark.context);
  mark.add(all);
  return jsonText(Object.keys(all));
}

function awaitFunctions(context: MainContext): Record<string, MainFunction> {
  const { promiseHooks } = context.builtin<typeof V8>('node:v8');
  let sampler: AwaitSampler | undefined;
  let forget: (() => void) | undefined;

  const stop = (): AwaitPiece => {
    const piece = sampler?.end() ?? { functions: [], stacks: [] };
    sampler = undefined;
    forget?.();
    forget = undefined;
    return piece;
  };

  return {
    /** AwaitLimits → `{}`. */
    awaitsStart(params) {
      stop();
      const begun = new AwaitSampler(params as AwaitLimits, context.flags);
      sampler = begun;
      forget = context.onUndo(() => begun.end());
      begun.hook(promiseHooks);
      return {};
    },
    /** → AwaitPiece: what was seen since the last one. */
    awaitsTake: () => sampler?.take() ?? { functions: [], stacks: [] },
    /** → AwaitPiece: the last one. Twice is once. */
    awaitsStop: stop,
  };
}
