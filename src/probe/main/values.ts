import type * as Util from 'node:util';
import { makeRuntime } from './evaluate.js';
import type { MainContext, MainFunction } from './functions.js';
import { makeRenderer, type RenderLimits } from './render.js';

/** What an evaluation left: `{v}` or, when the expression threw, `{e}`. */
interface Outcome {
  readonly v?: unknown;
  readonly e?: unknown;
}

/**
 * Exposes `render(outcome, limits, name)` → JSON text `{"threw":false,"value":...}` of an outcome and, once prepared,
 * `runtime(limits)`: what a rewritten expression calls (src/probe/main/evaluate.ts).
 */
export function valueFunctions(context: MainContext): Record<string, MainFunction> {
  const { types } = context.builtin<typeof Util>('node:util');
  const { performance } = globalThis;
  const now = performance.now.bind(performance);
  context.expose('render', (outcome: Outcome, limits: RenderLimits, name: string) => {
    const threw = 'e' in outcome;
    const render = makeRenderer({ types, now }, limits);
    return `{"threw":${threw},"value":${render(threw ? outcome.e : outcome.v, threw ? '' : name)}}`;
  });
  // For many values under the same limits: what is made of the limits is made once.
  context.expose('renderer', (limits: RenderLimits) => makeRenderer({ types, now }, limits));
  let ready = false;
  return {
    /** Captures the pure built-ins, before the first expression runs; true when that was done now. */
    prepareExpressions() {
      if (ready) return false;
      context.expose('runtime', makeRuntime(types, context.builtin));
      ready = true;
      return true;
    },
  };
}
