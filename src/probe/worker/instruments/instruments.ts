import type { WorkerContext, WorkerFunction } from '../functions.js';
import { makeKeeper } from './keeper.js';
import type { HookKeeper, Recorder } from './parts.js';
import { makeRecorder } from './recorder.js';

/** Hooks and observers: what the agent may ask of the Worker about instruments (InstrumentCalls of the protocol). */
export function instrumentFunctions(context: WorkerContext): {
  functions: Record<string, WorkerFunction>;
  shutdown(): Promise<void>;
} {
  const recorder: Recorder = makeRecorder(context, () => keeper);
  const keeper: HookKeeper = makeKeeper(context, () => recorder);
  return {
    functions: { ...recorder.functions, ...keeper.functions },
    async shutdown() {
      recorder.shutdown();
      await keeper.shutdown();
    },
  };
}
