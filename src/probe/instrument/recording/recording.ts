/** What happens in a call: wrappers, observers, records. */
import type * as Util from 'node:util';
import type { ObserverSpec } from '../../instrumentProtocol.js';
import type { AnyFunction, Functions, InstrumentContext, Recording } from '../hook.js';
import { Engine } from './engine.js';
import type { Factories } from './observer.js';

export function makeRecording(context: InstrumentContext): { recording: Recording; functions: Functions } {
  const { types } = context.builtin<typeof Util>('node:util');
  const engine = new Engine(context, types);
  context.onUndo(() => engine.close());
  context.expose('observe', (spec: ObserverSpec, slot: number, factories: Factories) =>
    engine.observe(spec, slot, factories),
  );
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
      forget: (hook) => engine.forget(hook),
      entered,
      left,
      line,
    },
    functions: {
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
