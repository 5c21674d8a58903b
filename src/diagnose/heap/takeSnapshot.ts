import { Worker } from 'node:worker_threads';
import { type Target, takeHeapSnapshot, takeProfileTurn } from '../../target/index.js';
import { type CommandContext, CommandFailure } from '../command.js';
import type { HeapReport, ReferenceReport } from './heapReport.js';
import { heapCallMs, snapshotEdges, snapshotNodes } from './limits.js';

/** Why Ctrl-Z is refused meanwhile. */
export const SNAPSHOT_IS_WHOLE =
  'V8 writes a snapshot of the heap in one piece, in which the process stands still';

type Waiting = Pick<CommandContext, 'signal' | 'suspension'>;

export type SnapshotQuestion =
  | { readonly about: 'heap'; readonly classNum: number; readonly objectNum: number }
  | {
      readonly about: 'references';
      readonly className: string;
      readonly levels: number;
      readonly most: number;
    };

export interface SnapshotAnswer<T> {
  readonly answer: T;
  readonly stallMs: number;
  /** Characters of the snapshot. */
  readonly length: number;
}

/**
 * Takes a heap snapshot, which is read in a thread of ours as it comes and kept nowhere.
 * @throws CommandFailure when one is being taken, or it cannot be read
 */
export async function askSnapshot(
  target: Target,
  question: Extract<SnapshotQuestion, { about: 'heap' }>,
  context: Waiting,
): Promise<SnapshotAnswer<HeapReport>>;
export async function askSnapshot(
  target: Target,
  question: Extract<SnapshotQuestion, { about: 'references' }>,
  context: Waiting,
): Promise<SnapshotAnswer<ReferenceReport>>;
export async function askSnapshot(
  target: Target,
  question: SnapshotQuestion,
  context: Waiting,
): Promise<SnapshotAnswer<unknown>> {
  const { signal, suspension } = context;
  const turn = takeProfileTurn(target.process, '`vmtool`');
  const limits = { nodes: snapshotNodes.value, edges: snapshotEdges.value, strings: snapshotNodes.value };
  const worker = new Worker(new URL('./snapshotWorker.js', import.meta.url), {
    execArgv: [],
    env: {},
    workerData: { limits, question },
    resourceLimits: { maxOldGenerationSizeMb: 1024 },
  });
  const answered = answerOf(worker);
  answered.catch(() => undefined);
  let length = 0;
  const allow = suspension?.refuse(SNAPSHOT_IS_WHOLE);
  try {
    const began = performance.now();
    await takeHeapSnapshot(
      target,
      {
        take(piece) {
          length += piece.length;
          worker.postMessage(piece);
        },
        progress() {},
      },
      { signal, timeoutMs: heapCallMs.value },
    );
    const stallMs = Math.round(performance.now() - began);
    worker.postMessage(null);
    return { answer: await answered, stallMs, length };
  } finally {
    allow?.();
    turn.release();
    void worker.terminate();
  }
}

function answerOf(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void =>
      reject(new CommandFailure(`the snapshot could not be read: ${why}`, 1));
    worker.once('message', ({ answer, failure }: { answer?: unknown; failure?: string }) => {
      if (failure === undefined) resolve(answer);
      else fail(failure);
    });
    worker.once('error', (error) => fail(error.message));
    worker.once('exit', () => fail('the reading thread ended'));
  });
}
