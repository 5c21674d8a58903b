import { Worker } from 'node:worker_threads';
import type { CopyRequest } from '../trace/copyOf.js';
import type { Rewritten } from '../trace/tracedCopy.js';
import { parsedFunctions, parseTime } from './limits.js';
import type { NameInScope } from './namesInScope.js';
import type { ParsedScript } from './script.js';
import { WeightedCache } from './weightedCache.js';

/** The thread ends when it has had nothing to do for this long: a tree of 9 MB leaves a heap of hundreds. */
const IDLE_MS = 20_000;

/** A script's functions and classes, or why it cannot be parsed. */
export type Parsed = ParsedScript | Why;

interface Why {
  readonly why: string;
}

interface Reply {
  readonly id: number;
  readonly parsed?: object;
  readonly why?: string;
}

interface Waiting {
  readonly resolve: (parsed: object | Why) => void;
  readonly timer: NodeJS.Timeout;
}

const cache = new WeightedCache<Parsed>(() => parsedFunctions.value);
const waiting = new Map<number, Waiting>();
let worker: Worker | undefined;
let idle: NodeJS.Timeout | undefined;
let nextId = 1;
let queue: Promise<unknown> = Promise.resolve();

/** Parses one script after the other, in a thread; results are kept by the script's hash. Never rejects. */
export function parseScript(hash: string, source: string, isModule: boolean): Promise<Parsed> {
  const known = cache.get(hash);
  if (known) return Promise.resolve(known);
  const parsed = queue.then(async () => {
    const done = cache.get(hash) ?? (await ask<ParsedScript>({ source, isModule }));
    cache.set(hash, done, 'functions' in done ? 1 + done.functions.length : 1);
    return done;
  });
  queue = parsed;
  return parsed;
}

/** The traced copy of one function, or why there is none. Never rejects. */
export function rewriteFunction(
  hash: string,
  source: string,
  isModule: boolean,
  request: CopyRequest,
): Promise<Rewritten> {
  const rewritten = queue.then(async () => {
    return await ask<Rewritten>({ source, isModule, copy: { ...request, hash } });
  });
  queue = rewritten;
  return rewritten;
}

/** What is in scope at offsets of a script, in the thread; or why it cannot be told. Never rejects. */
export function scopesAt(
  source: string,
  isModule: boolean,
  offsets: readonly number[],
): Promise<readonly (readonly NameInScope[])[] | Why> {
  const asked = queue.then(() => ask<readonly (readonly NameInScope[])[]>({ source, isModule, offsets }));
  queue = asked;
  return asked;
}

function ask<T extends object>(request: {
  readonly source: string;
  readonly isModule: boolean;
  readonly offsets?: readonly number[];
  readonly copy?: object;
}): Promise<T | Why> {
  clearTimeout(idle);
  return new Promise((resolve) => {
    const id = nextId++;
    const ms = parseTime.value;
    const timer = setTimeout(() => {
      // A thread that is parsing hears nothing: it is replaced.
      stop(`parsing took longer than ${ms} ms`);
    }, ms);
    waiting.set(id, { resolve: (parsed) => resolve(parsed as T | Why), timer });
    worker ??= start();
    worker.ref();
    worker.postMessage({ id, ...request });
  });
}

function start(): Worker {
  const thread = new Worker(new URL('./parseWorker.js', import.meta.url), {
    execArgv: [],
    env: {},
    // Young objects of a tree mostly live on: with room for them the collector copies them less often.
    resourceLimits: { maxOldGenerationSizeMb: 2048, maxYoungGenerationSizeMb: 256, stackSizeMb: 16 },
  });
  thread.on('message', ({ id, parsed, why = '' }: Reply) => settle(id, parsed ?? { why }));
  thread.on('error', (error) => fail(thread, error.message));
  thread.on('exit', () => fail(thread, 'the parsing thread ended'));
  return thread;
}

function settle(id: number, parsed: object | Why): void {
  const entry = waiting.get(id);
  if (!entry) return;
  waiting.delete(id);
  clearTimeout(entry.timer);
  entry.resolve(parsed);
  if (waiting.size > 0) return;
  worker?.unref();
  idle = setTimeout(() => stop('idle'), IDLE_MS);
  idle.unref();
}

function fail(thread: Worker, why: string): void {
  if (worker !== thread) return;
  worker = undefined;
  for (const id of [...waiting.keys()]) settle(id, { why });
}

function stop(why: string): void {
  const thread = worker;
  if (!thread) return;
  fail(thread, why);
  void thread.terminate();
}
