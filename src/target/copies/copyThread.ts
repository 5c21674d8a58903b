/** The thread that parses for copies: what somebody typed, and bundles of megabytes. */
import { parentPort, workerData } from 'node:worker_threads';
import { type ChangesRequest, changesBetween } from './changes.js';
import { freeNamesOf, type PrepareRequest, prepareCopy } from './prepare.js';

export type ThreadRequest =
  | { readonly what: 'prepare'; readonly request: PrepareRequest }
  | { readonly what: 'names'; readonly request: PrepareRequest }
  | { readonly what: 'changes'; readonly request: ChangesRequest };

const { what, request } = workerData as ThreadRequest;
const answer =
  what === 'prepare'
    ? prepareCopy(request)
    : what === 'names'
      ? freeNamesOf(request)
      : changesBetween(request);
parentPort?.postMessage(answer);
