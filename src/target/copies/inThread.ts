import { Worker } from 'node:worker_threads';
import { parseTime } from '../scripts/limits.js';
import type { ChangesAnswer, ChangesRequest } from './changes.js';
import type { ThreadRequest } from './copyThread.js';
import type { PrepareAnswer, PrepareRequest } from './prepare.js';

type Why = { readonly why: string };

/** A tree leaves a heap behind: the thread ends when nothing was asked of it for this long. */
const IDLE_MS = 5000;

export function prepareInThread(request: PrepareRequest): Promise<PrepareAnswer> {
  return inTurn<PrepareAnswer>({ what: 'prepare', request });
}

/** Names that the new source uses and does not declare. */
export function namesInThread(request: PrepareRequest): Promise<readonly string[] | Why> {
  return inTurn<readonly string[]>({ what: 'names', request });
}

export function changesInThread(request: ChangesRequest): Promise<ChangesAnswer> {
  return inTurn<ChangesAnswer>({ what: 'changes', request });
}

let thread: Worker | undefined;
let idle: NodeJS.Timeout | undefined;
let queue: Promise<unknown> = Promise.resolve();

/** One question after the other. Never rejects. */
function inTurn<T>(asked: ThreadRequest): Promise<T | Why> {
  const answer = queue.then(() => ask<T>(asked));
  queue = answer;
  return answer;
}

function ask<T>(asked: ThreadRequest): Promise<T | Why> {
  clearTimeout(idle);
  thread ??= start();
  const own = thread;
  own.ref();
  return new Promise((resolve) => {
    const ms = parseTime.value;
    const end = (answer: T | Why, isOver: boolean): void => {
      clearTimeout(timer);
      own.off('message', onMessage);
      own.off('error', onError);
      if (isOver) stop(own);
      else {
        own.unref();
        idle = setTimeout(() => stop(own), IDLE_MS);
        idle.unref();
      }
      resolve(answer);
    };
    const onMessage = (answer: T): void => end(answer, false);
    const onError = (error: Error): void => end({ why: error.message }, true);
    // A thread that parses hears nothing: it is replaced.
    const timer = setTimeout(() => end({ why: `parsing took longer than ${ms} ms` }, true), ms);
    own.once('message', onMessage);
    own.once('error', onError);
    own.postMessage(asked);
  });
}

function start(): Worker {
  const made = new Worker(new URL('./copyThread.js', import.meta.url), {
    execArgv: [],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 2048, stackSizeMb: 16 },
  });
  made.on('error', () => stop(made));
  return made;
}

function stop(which: Worker): void {
  if (thread === which) thread = undefined;
  void which.terminate();
}
