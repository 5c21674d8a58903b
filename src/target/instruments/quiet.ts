import type { InstrumentStatus } from '../../probe/index.js';
import { type AppWorker, appWorkers } from '../appWorkers.js';
import { type Script, type ScriptList, ScriptSearch } from '../scripts/index.js';
import { instrumentQuiet } from './limits.js';
import type { Observed, OpenObservation } from './openObservation.js';
import type { ObserveRequest } from './types.js';

type HookStatus = InstrumentStatus['hooks'][number];

/** Other scripts that are parsed to see whether they hold a function of the same name. */
const MOST_PARSED = 5;
const MOST_NAMED = 3;
/** Explained one by one; of more than these, a pattern named much that nobody expects to be called. */
const MOST_EXPLAINED = 20;
/** A large script is not parsed for a hint. */
const LONGEST_PARSED = 500_000;

/**
 * Why nothing was seen of a function yet, as far as is known: one sentence each, the likeliest first. Empty when it was
 * called and counted.
 */
export class QuietReasons {
  readonly #list: ScriptList;
  readonly #request: ObserveRequest;
  readonly #status: InstrumentStatus | undefined;
  /** Asked once: it takes a look into each worker. */
  #workers: Promise<readonly AppWorker[]> | undefined;

  constructor(list: ScriptList, request: ObserveRequest, status: InstrumentStatus | undefined) {
    this.#list = list;
    this.#request = request;
    this.#status = status;
  }

  async of(observed: Observed): Promise<string[]> {
    const hook = this.#status?.hooks.find(({ report }) => report.hook === observed.slot);
    if (hook && hook.calls > 0) return called(hook, this.#request);
    this.#workers ??= appWorkers(this.#list.target, 1).catch(() => []);
    const workers = inWorkers(observed, await this.#workers);
    return [...notCalled(observed), ...(await elsewhere(this.#list, observed)), ...workers];
  }
}

/** Tells an observation why nothing was seen of its functions. */
export async function explain(
  { observed, queue, request, isResting }: OpenObservation,
  list: ScriptList,
  status: () => Promise<InstrumentStatus | undefined>,
): Promise<void> {
  const silent = observed.filter(({ slot, isSeen }) => slot !== undefined && !isSeen);
  if (silent.length === 0 || silent.length > MOST_EXPLAINED || queue.ended || isResting) return;
  try {
    const quiet = new QuietReasons(list, request, await status());
    for (const each of silent) {
      const reasons = await quiet.of(each);
      if (each.isSeen || reasons.length === 0) continue;
      queue.push({ kind: 'quiet', of: each.of, reasons });
    }
  } catch {
    // An explanation that cannot be had is no reason to end an observation.
  }
}

/** It is called: then it is the observer that wants none of the calls. */
function called(hook: HookStatus, request: ObserveRequest): string[] {
  const times = `${hook.calls} ${hook.calls === 1 ? 'call' : 'calls'}`;
  if (hook.mode === 'off') return [`the governor has turned it off after ${times}`];
  if (request.kind === 'monitor') return [];
  const reasons: string[] = [];
  if (request.condition) reasons.push(`${times} so far, and the condition was true for none`);
  const points = new Set(request.points);
  if (points.size > 0 && !points.has('before') && !points.has('finish')) {
    if (!points.has('success')) reasons.push(`${times} so far, and none threw`);
    if (!points.has('exception')) reasons.push(`${times} so far, and all threw`);
  }
  if (request.settle) reasons.push('a call that returned a promise is reported when that is settled');
  if (hook.mode === 'sampled') reasons.push('the governor lets only a sample of the calls be seen');
  if (hook.dropped > 0) reasons.push(`${hook.dropped} of ${times} came above the rate and passed unobserved`);
  return reasons.length > 0 ? reasons : [`${times} so far, none of which has ended yet`];
}

function notCalled({ report, of }: Observed): string[] {
  const { state, holders, notes } = report;
  const seconds = instrumentQuiet.value;
  if (state === 'pending') {
    return [`it has not been called for ${seconds} s: it is instrumented at its next call`, ...notes];
  }
  if (state === 'partial') {
    return [
      `it is only partially reached (${holders.reached} of ${holders.found} places that hold it): calls by the others are not seen`,
      ...notes,
    ];
  }
  const perCall = of.found?.info.facts.isPerCall === true;
  return [
    `it has not been called for ${seconds} s`,
    ...(perCall
      ? ['it is made anew with each call of what is around it: one made later is another one']
      : []),
  ];
}

/** Another copy of its package, or a function of that name in a file of that name, may be the one that runs. */
async function elsewhere(list: ScriptList, { of }: Observed): Promise<string[]> {
  const { found } = of;
  if (!found) return [];
  const { script } = found;
  const base = baseOf(script);
  const others = list.all().filter((other) => other.scriptId !== script.scriptId && baseOf(other) === base);
  const copies = others.filter(({ packageName, name }) => packageName !== '' && name === script.name);
  if (copies.length > 0) {
    const paths = copies.slice(0, MOST_NAMED).map(({ path, url }) => path || url);
    return [
      `another copy of ${script.packageName} is loaded, and may be the one that runs: ${paths.join(', ')}`,
    ];
  }
  const search = new ScriptSearch(list);
  const holding: string[] = [];
  for (const other of others.filter(({ length }) => length < LONGEST_PARSED).slice(0, MOST_PARSED)) {
    const same = (await search.functionsOf(other)).some(({ name }) => name === found.name);
    if (same) holding.push(other.name);
  }
  if (holding.length === 0) return [];
  return [`a function of that name is in ${holding.slice(0, MOST_NAMED).join(', ')}, too`];
}

function baseOf({ name }: Script): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

function inWorkers({ of }: Observed, workers: readonly AppWorker[]): string[] {
  const path = of.found?.script.path;
  const runs = workers.filter(({ url }) => path && url.endsWith(path));
  if (runs.length > 0) {
    const ids = runs.slice(0, MOST_NAMED).map(({ threadId }) => threadId);
    return [`worker thread ${ids.join(', ')} runs this very file: only calls on the main thread are seen`];
  }
  if (workers.length === 0) return [];
  const threads = workers.length === 1 ? 'a worker thread' : `${workers.length} worker threads`;
  return [`the process has ${threads} of its own: only calls on the main thread are seen`];
}
