import { setTimeout as sleep } from 'node:timers/promises';
import { errorText } from '../../base/index.js';
import { StackTree } from '../../wire/index.js';
import { targetErrors } from '../errors.js';
import type { Target } from '../types.js';
import { WorkerDomain, workerTitle } from '../workerDomain.js';
import { Awaited } from './awaited.js';
import type { AwaitTree } from './awaitTree.js';
import { refuseForeign } from './heap.js';
import { heapSampleBytes, profileNodes, profileRate } from './limits.js';
import { PendingWork } from './pendingWork.js';
import { AllocationSampler, LiveSampler, type Sampler, TimeSampler } from './samplers.js';
import { mainThread, majorOf, type ProfiledThread } from './thread.js';

/** `cpu`: where CPU time goes; `wall`: idle time, too; `alloc`: what allocates; `heap`: what of it is in use still. */
export type RecordedEvent = 'cpu' | 'wall' | 'alloc' | 'heap';

export interface RecordingOptions {
  readonly event: RecordedEvent;
  /** Samples per second, of `cpu` and `wall`. Default: the limit `profile-rate`. */
  readonly rate?: number;
  /** Mean bytes between two samples, of `alloc` and `heap`. Default: the limit `heap-sample-bytes`. */
  readonly sampleBytes?: number;
  /** The worker threads of the application, too: those that run when the recording begins. */
  readonly workers: boolean;
  /** Of `wall`: how long async functions of the main thread wait, and where. Default: no. */
  readonly awaits?: boolean;
  /** Adds to what an earlier one saw. Not for `heap`. */
  readonly resumed?: readonly ThreadTree[];
  readonly resumedAwaits?: AwaitTree;
}

/** What was seen of one thread. */
export interface ThreadTree {
  readonly thread: string;
  readonly tree: StackTree;
  readonly samples: number;
}

/** Workers are many, and small beside the main thread. */
const WORKER_SHARE = 4;
const STOP_MS = 60_000;

/** A profile of a process for as long as somebody wants: started, looked at, stopped. V8 holds a bounded piece of it. */
export class Recording {
  readonly event: RecordedEvent;
  /** What could not be sampled, and threads that ended in between, in words. */
  readonly notices: string[] = [];
  readonly #samplers: Sampler[];
  readonly #earlier: ReadonlyMap<string, number>;
  readonly #pending: PendingWork | undefined;
  readonly #domain: WorkerDomain | undefined;
  readonly #target: Target;
  readonly #options: RecordingOptions;
  #awaited: Awaited | undefined;
  /** That the hooks on awaits were taken off. */
  #hasTold = false;
  /** No more pieces are begun. */
  readonly #ending = new AbortController();
  /** What is on its way is not waited for either. */
  readonly #giveUp = new AbortController();
  readonly #loops: Promise<void>[] = [];
  #turn: Promise<unknown> = Promise.resolve();
  #isResting = false;
  #ended: Promise<void> | undefined;

  private constructor(target: Target, options: RecordingOptions, samplers: Sampler[], domain?: WorkerDomain) {
    this.event = options.event;
    this.#target = target;
    this.#options = options;
    this.#samplers = samplers;
    this.#domain = domain;
    this.#earlier = new Map(options.resumed?.map(({ thread, samples }) => [thread, samples]));
    this.#pending = options.event === 'wall' ? new PendingWork(target) : undefined;
  }

  /** @throws RemoraError of the target, or `heap-sampled-already`; nothing is left running then */
  static async start(target: Target, options: RecordingOptions, signal: AbortSignal): Promise<Recording> {
    // Only the probe's Worker can end the sessions in other threads when we die.
    if (options.workers && target.channel !== 'worker')
      throw targetErrors.needsWorker('profiling of worker threads');
    const domain = options.workers ? WorkerDomain.of(target) : undefined;
    const threads: ProfiledThread[] = [mainThread(target)];
    for (const session of (await domain?.acquire(signal)) ?? []) {
      const { threadId, name } = workerTitle(session.title);
      threads.push({
        name: `worker ${threadId}${name ? ` (${name})` : ''}`,
        major: majorOf(target),
        closed: session.closed,
        cdp: (method, params, callOptions) => session.cdp(method, params, callOptions),
      });
    }
    const samplers = threads.map((thread, index) => samplerOf(thread, index > 0, options));
    const recording = new Recording(target, options, samplers, domain);
    try {
      await recording.#start(`${target.process.name} (${target.process.pid})`, signal);
      return recording;
    } catch (error) {
      await recording.abort();
      throw error;
    }
  }

  get samples(): number {
    return this.trees.reduce((sum, { samples }) => sum + samples, 0);
  }

  /** As of the last `flush` or `stop`. */
  get trees(): ThreadTree[] {
    return this.#samplers.map(({ thread, tree, samples }) => ({
      thread: thread.name,
      tree,
      samples: samples + (this.#earlier.get(thread.name) ?? 0),
    }));
  }

  /** As of the last `flush` or `stop`; undefined where it was not asked for. */
  get awaited(): { readonly tree: StackTree; readonly awaits: AwaitTree } | undefined {
    return this.#awaited && { tree: this.#awaited.tree, awaits: this.#awaited.awaits };
  }

  /** Brings the trees up to now, while the sampling goes on. */
  flush(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#isResting) return;
      await this.#each((sampler) => sampler.flush(this.#giveUp.signal));
      await this.#lastAwaits('take');
    });
  }

  /** V8 samples nothing until `wake`; what was seen is kept. Not of `heap`, which V8 would forget. */
  rest(): Promise<void> {
    this.#pending?.stop();
    return this.#inTurn(async () => {
      if (this.#isResting || this.#ended) return;
      this.#isResting = true;
      await this.#each((sampler) => sampler.stop(this.#giveUp.signal), this.samples > 0);
      await this.#lastAwaits('stop');
    });
  }

  wake(): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.#isResting || this.#ended) return;
      await this.#each((sampler) => sampler.start(this.#giveUp.signal));
      await this.#startAwaits(this.#giveUp.signal);
      this.#isResting = false;
      this.#pending?.start();
    });
  }

  /** Ends it, with the trees up to now. @throws RemoraError when the main thread cannot be asked any more */
  stop(): Promise<void> {
    this.#ended ??= this.#end(async () => {
      if (!this.#isResting)
        await this.#each((sampler) => sampler.stop(AbortSignal.timeout(STOP_MS)), this.samples > 0);
      this.#pending?.spread(this.#samplers[0]?.tree as StackTree);
      if (!this.#isResting) await this.#lastAwaits('stop');
    });
    return this.#ended;
  }

  /** Ends it, whatever was seen. Never rejects. */
  async abort(): Promise<void> {
    this.#giveUp.abort();
    this.#ended ??= this.#end(async () => {});
    await this.#ended.catch(() => {});
  }

  async #start(process: string, signal: AbortSignal): Promise<void> {
    const [main] = this.#samplers;
    if (main && (this.event === 'alloc' || this.event === 'heap'))
      await refuseForeign(main.thread, process, signal);
    await this.#each((sampler) => sampler.start(signal));
    await this.#startAwaits(signal);
    for (const sampler of this.#samplers) this.#loops.push(this.#relieve(sampler));
  }

  async #startAwaits(signal: AbortSignal): Promise<void> {
    const { event, awaits, resumedAwaits } = this.#options;
    if (event !== 'wall' || awaits !== true) return;
    // Only the probe's Worker can take the hooks off when we die.
    if (this.#target.channel !== 'worker') {
      this.notices.push("awaited time needs the probe's Worker, which this process does not have");
      return;
    }
    this.#awaited = await Awaited.start(this.#target, this.#awaited?.awaits ?? resumedAwaits, signal);
  }

  /** What cannot be had of it is no reason to lose the rest. */
  async #lastAwaits(what: 'take' | 'stop'): Promise<void> {
    const awaited = this.#awaited;
    if (!awaited) return;
    try {
      await awaited[what]();
    } catch (error) {
      this.notices.push(`awaited time: ${errorText(error)}`);
    }
    if (awaited.ended === undefined || this.#hasTold) return;
    this.#hasTold = true;
    this.notices.push(`awaited time is not complete: ${awaited.ended}`);
  }

  /** Takes pieces out of V8 before they get heavy. */
  async #relieve(sampler: Sampler): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted && !sampler.thread.closed.aborted && sampler.sliceMs !== undefined) {
      await sleep(sampler.sliceMs, undefined, { signal, ref: false }).catch(() => {});
      if (signal.aborted) return;
      await this.#inTurn(async () => {
        if (!this.#isResting) await sampler.flush(this.#giveUp.signal);
      }).catch((error: unknown) => this.#lost(sampler, error));
    }
  }

  async #end(last: () => Promise<void>): Promise<void> {
    this.#ending.abort();
    this.#pending?.stop();
    try {
      await this.#inTurn(last);
    } finally {
      await Promise.all([this.#awaited?.off(), ...this.#samplers.map((sampler) => sampler.off())]);
      this.#domain?.release();
    }
  }

  /** All at once; a worker that is no more is no reason to lose the others, nor the last piece to lose what was seen. */
  async #each(act: (sampler: Sampler) => Promise<void>, lenient = false): Promise<void> {
    await Promise.all(
      this.#samplers.map(async (sampler, index) => {
        if (index > 0 && sampler.thread.closed.aborted) return;
        try {
          await act(sampler);
        } catch (error) {
          if (index === 0 && !lenient) throw error;
          this.#lost(sampler, error);
        }
      }),
    );
    const [main] = this.#samplers;
    if (main) this.#pending?.spread(main.tree);
  }

  #lost({ thread }: Sampler, error: unknown): void {
    if (this.notices.length < 20) this.notices.push(`${thread.name}: ${errorText(error)}`);
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(act);
    this.#turn = done.catch(() => {});
    return done;
  }
}

function samplerOf(thread: ProfiledThread, isWorker: boolean, options: RecordingOptions): Sampler {
  const { event, rate = Math.max(1, profileRate.value), sampleBytes = heapSampleBytes.value } = options;
  const limit = Math.ceil(profileNodes.value / (isWorker ? WORKER_SHARE : 1));
  const tree =
    options.resumed?.find((earlier) => earlier.thread === thread.name)?.tree ?? new StackTree(limit);
  if (event === 'alloc') return new AllocationSampler(thread, tree, sampleBytes);
  if (event === 'heap') return new LiveSampler(thread, limit, sampleBytes);
  return new TimeSampler(thread, tree, rate, event === 'wall');
}
