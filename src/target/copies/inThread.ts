import { Worker } from 'node:worker_threads';
import { parseTime } from '../scripts/limits.js';
import type { ChangesAnswer, ChangesRequest } from './changes.js';
import type { ThreadRequest } from './copyThread.js';
import type { PrepareAnswer, PrepareRequest } from './prepare.js';

export function prepareInThread(request: PrepareRequest): Promise<PrepareAnswer> {
  return inThread<PrepareAnswer>({ what: 'prepare', request });
}

/** Names that the new source uses and does not declare. */
export function namesInThread(
  request: PrepareRequest,
): Promise<readonly string[] | { readonly why: string }> {
  return inThread<readonly string[]>({ what: 'names', request });
}

export function changesInThread(request: ChangesRequest): Promise<ChangesAnswer> {
  return inThread<ChangesAnswer>({ what: 'changes', request });
}

/** One thread for each question: they are few, and a tree leaves a heap behind. Never rejects. */
function inThread<T>(workerData: ThreadRequest): Promise<T | { readonly why: string }> {
  return new Promise((resolve) => {
    const thread = new Worker(new URL('./copyThread.js', import.meta.url), {
      workerData,
      execArgv: [],
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: 2048, stackSizeMb: 16 },
    });
    const ms = parseTime.value;
    const timer = setTimeout(() => end({ why: `parsing took longer than ${ms} ms` }), ms);
    const end = (answer: T | { readonly why: string }): void => {
      clearTimeout(timer);
      resolve(answer);
      void thread.terminate();
    };
    thread.once('message', (answer: T) => end(answer));
    thread.once('error', (error) => end({ why: error.message }));
    thread.once('exit', () => end({ why: 'the parsing thread ended' }));
  });
}
