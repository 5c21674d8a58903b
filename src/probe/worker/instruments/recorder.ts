import type { WorkerContext } from '../functions.js';
import type { HookKeeper, Recorder } from './parts.js';

export function makeRecorder(_context: WorkerContext, _keeper: () => HookKeeper): Recorder {
  throw new Error('not built yet');
}
