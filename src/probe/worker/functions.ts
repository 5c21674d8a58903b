import { fileFunctions } from './files.js';
import { loopWatchFunctions } from './loopWatch.js';
import type { MainThread } from './mainThread.js';
import { ownThreadFunctions } from './ownThread.js';

/** What a group of worker functions is given. */
export interface WorkerContext {
  readonly main: MainThread;
  /** Shared with the main thread: 0 = pass-through, 1 = session drained, 2 = tick of the loop watch. */
  readonly flags: Int32Array;
  emit(event: string, data: unknown): void;
}

export type WorkerFunction = (params: unknown) => unknown;

/** All functions that the agent may call in the Worker: one file per group, one line here. */
export function workerFunctions(context: WorkerContext): Map<string, WorkerFunction> {
  const groups = [fileFunctions(context), loopWatchFunctions(context), ownThreadFunctions()];
  return new Map(groups.flatMap((group) => Object.entries(group)));
}
