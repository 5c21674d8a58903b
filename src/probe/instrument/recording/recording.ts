/** What happens in a call: wrappers, observers, records. */
import type * as Util from 'node:util';
import type { CopySpec, ObserverSpec } from '../../instrumentProtocol.js';
import type { AnyFunction, Functions, Hook, InstrumentContext, Recording } from '../hook.js';
import { Engine } from './engine.js';
import type { Factories } from './observer.js';

export function makeRecording(context: InstrumentContext): { recording: Recording; functions: Functions } {
  const { types } = context.builtin<typeof Util>('node:util');
  const engine = new Engine(context, types);
  context.onUndo(() => engine.close());
  context.expose('observe', (spec: ObserverSpec, slot: number, factories: Factories) =>
    engine.observe(spec, slot, factories),
  );
  context.expose('trace', (make: Parameters<Engine['trace']>[0]) => engine.trace(make));
  const hookOf = (params: unknown): Hook => {
    const { hook: id } = params as { hook: number };
    const hook = context.hooks.get(id);
    if (!hook) throw new Error(`no hook ${id}`);
    return hook;
  };
  // Named, since a stack is taken below them.
  const entered: Recording['entered'] = (hook, self, args) => {
    try {
      return engine.entered(hook, self, args, entered as unknown as AnyFunction);
    } catch {
      return false;
    }
  };
  const left: Recording['left'] = (hook, self, args, returned) => {
    try {
      engine.left(hook, self, args, returned, left as unknown as AnyFunction);
    } catch {
      // A record is lost; the function that returns here is none of its business.
    }
  };
  const line: Recording['line'] = (hook, self, args, reads) =>
    engine.line(hook, { self, args, reads, above: line as unknown as AnyFunction });
  return {
    recording: {
      wrap: (hook, original) => engine.wrap(hook, original),
      originalOf: (fn) => engine.originalOf(fn),
      callees: () => engine.tracer?.asked() ?? [],
      moved: () => engine.tracer?.changed(),
      forget: (hook) => engine.forget(hook),
      entered,
      left,
      compile: (...entered) => engine.copyEntered(...entered),
      cannotEval: (hook) => engine.cannotEval(hook),
      line,
    },
    functions: {
      /** CopySpec → CopyNews. */
      copyOpen(params) {
        const spec = params as CopySpec;
        return engine.copy(hookOf(spec), spec);
      },
      /** `{copy}` → `{}`. */
      copyDrop(params) {
        engine.copyDrop((params as { copy: number }).copy);
        return {};
      },
      /** `{hook}` → CopyNews[]. */
      copyNews: (params) => engine.copyNews(hookOf(params)),
      /** `{hook, on}` → `{}`: whether wrappers announce themselves to the condition that compiles. */
      copyArm(params) {
        const hook = hookOf(params);
        hook.isCopying = (params as { on: boolean }).on;
        hook.entering = undefined;
        return {};
      },
      engineUnobserve(params) {
        engine.unobserve((params as { observer: number }).observer);
        return {};
      },
      engineCalibrate(params) {
        return engine.price((params as { hook: number }).hook);
      },
      engineMonitor(params) {
        return engine.monitor((params as { observer: number }).observer);
      },
    },
  };
}
