import type { DebuggerDomain } from './debuggerDomain.js';
import { fileFunctions } from './files.js';
import { heapSnapshotFunctions } from './heapSnapshot.js';
import { instrumentFunctions } from './instruments/instruments.js';
import { loopWatchFunctions } from './loopWatch.js';
import type { MainThread } from './mainThread.js';
import { ownThreadFunctions } from './ownThread.js';
import { resolveFunctions } from './resolve.js';

/** What a group of worker functions is given. */
export interface WorkerContext {
  readonly main: MainThread;
  readonly debugger: DebuggerDomain;
  /** Shared with the main thread; FLAG of src/probe/layout.ts has the indices. */
  readonly flags: Int32Array;
  /** Flags, the hooks' counters and the ring of records. */
  readonly shared: SharedArrayBuffer;
  /** Whether it was sent: an agent that does not read gets no events. */
  emit(event: string, data: unknown, backlog?: number): boolean;
}

export type WorkerFunction = (params: unknown) => unknown;

/** All functions that the agent may call in the Worker: one file per group, one line here. */
export function workerFunctions(context: WorkerContext): Map<string, WorkerFunction> {
  const instruments = instrumentFunctions(context);
  const groups = [
    fileFunctions(context),
    heapSnapshotFunctions(context),
    loopWatchFunctions(context),
    ownThreadFunctions(),
    resolveFunctions(),
    instruments.functions,
    { shutdown: () => instruments.shutdown() },
  ];
  return new Map(groups.flatMap((group) => Object.entries(group)));
}
