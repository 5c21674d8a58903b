import { RemoraError } from '../base/index.js';
import { type AppWorker, appWorkers, type Target, threadIdHere } from '../target/index.js';
import { stackTrace } from './frames.js';
import { stackWait, workerFrames } from './limits.js';
import type { ThreadRow } from './threadRows.js';
import { answerWithin, type ThreadStack } from './threads.js';

/** Rows that know which of them are worker threads of the application, and what those were doing. */
export interface EnteredRows {
  readonly rows: readonly ThreadRow[];
  /** By id of the OS thread; a worker that did not answer (native code) is not in it. */
  readonly stacks: ReadonlyMap<number, ThreadStack>;
}

/** Threads that Node, V8 and libuv start by themselves; Node 20 calls all of them `node`, which tells nothing. */
const RUNTIME_THREAD = /^(?:node-)?(?:V8Worker|DelayedTask|SignalInspector|libuv-worker|InspectorIo)/;

/**
 * Asks the application's worker threads who they are. Where the main thread, which hands on the question, is in native
 * code, the rows come back as they were.
 */
export async function enterWorkers(
  target: Target,
  rows: readonly ThreadRow[],
  signal?: AbortSignal,
): Promise<EnteredRows> {
  const maybe = rows.some(({ group, name }) => group === 'node' && !RUNTIME_THREAD.test(name));
  const workers = maybe ? await whoAnswers(target, signal) : [];
  const byId = new Map<number, AppWorker>();
  const stacks = new Map<number, ThreadStack>();
  for (const worker of workers) {
    const id = worker.tid === undefined ? undefined : threadIdHere(target.process.pid, worker.tid);
    if (id === undefined || !rows.some((row) => row.id === id && row.group !== 'main')) continue;
    byId.set(id, worker);
    stacks.set(id, { frames: await stackTrace(target, worker.frames) });
  }
  return { rows: rows.map((row) => named(row, byId.get(row.id))), stacks };
}

async function whoAnswers(target: Target, signal: AbortSignal | undefined): Promise<AppWorker[]> {
  try {
    // As long for the workers as for the main thread before them.
    const asked = appWorkers(target, workerFrames.value, signal);
    return (await answerWithin(asked, 3 * stackWait.value, signal)) ?? [];
  } catch (error) {
    // No such domain, or a main thread that takes its time: rows without names are worth having.
    if (error instanceof RemoraError && !target.closed.aborted && signal?.aborted !== true) return [];
    throw error;
  }
}

function named(row: ThreadRow, worker: AppWorker | undefined): ThreadRow {
  if (!worker) return row;
  const { threadId, name } = worker;
  return { ...row, name: name || `worker ${threadId}`, group: 'worker', threadId, daemon: false };
}

/**
 * The row that an id means: an OS thread; else by the numbers of node:worker_threads, where 0 is the main thread; else 1
 * is the main thread, as those are used to who come from the JVM.
 */
export function rowById(pid: number, rows: readonly ThreadRow[], id: string): ThreadRow | undefined {
  const main = (): ThreadRow | undefined => rows.find((row) => row.id === pid);
  return (
    rows.find((row) => String(row.id) === id) ??
    rows.find(({ threadId }) => threadId !== undefined && String(threadId) === id) ??
    (id === '0' || id === '1' ? main() : undefined)
  );
}
