/** The thread that parses for copies: what somebody typed, and bundles of megabytes. */
import { parentPort } from 'node:worker_threads';
import { type ChangesRequest, changesBetween } from './changes.js';
import { freeNamesOf, type PrepareRequest, prepareCopy } from './prepare.js';

export type ThreadRequest =
  | { readonly what: 'prepare' | 'names'; readonly request: PrepareRequest }
  | { readonly what: 'changes'; readonly request: ChangesRequest };

parentPort?.on('message', (asked: ThreadRequest) => {
  try {
    parentPort?.postMessage(answerTo(asked));
  } catch (error) {
    const why = error instanceof RangeError ? 'it nests too deep' : (error as Error).message;
    parentPort?.postMessage({ why });
  }
});

function answerTo(asked: ThreadRequest): unknown {
  if (asked.what === 'changes') return changesBetween(asked.request);
  return asked.what === 'prepare' ? prepareCopy(asked.request) : freeNamesOf(asked.request);
}
