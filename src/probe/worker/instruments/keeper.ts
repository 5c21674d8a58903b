import type { WorkerContext } from '../functions.js';
import type { HookKeeper, Recorder } from './parts.js';

export function makeKeeper(_context: WorkerContext, _recorder: () => Recorder): HookKeeper {
  throw new Error('not built yet');
}
