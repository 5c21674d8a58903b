import type {
  CallRecord,
  HookReport,
  InstrumentEvents,
  InstrumentStatus,
  MonitorSample,
} from '../../probe/index.js';
import type { GoingTree } from './checked.js';
import { instrumentErrors } from './errors.js';
import type { HookEntry } from './hookTable.js';
import { ObservationQueue } from './observationQueue.js';
import type { Tracing } from './tracing.js';
import type {
  ObservableFunction,
  Observation,
  ObserveRequest,
  TraceReach,
  TracesInFlight,
  TraceTree,
} from './types.js';

/** What an observation asks of the registry that made it. */
export interface Holder {
  samples(observer: number): Promise<readonly MonitorSample[]>;
  going(observer: number): Promise<readonly GoingTree[]>;
  status(): Promise<InstrumentStatus | undefined>;
  rest(observer: number): Promise<void>;
  wake(observer: number, hits: number): Promise<void>;
  end(observer: number): Promise<void>;
}

/** A function that is observed; `slot` is undefined when it could not be reached. */
export interface Observed {
  readonly of: ObservableFunction;
  slot: number | undefined;
  report: HookReport;
  readonly entry?: HookEntry;
  /** A record of it came. */
  isSeen: boolean;
}

/** One job's look at some functions, from the registry's side. */
export class OpenObservation implements Observation {
  readonly observer: number;
  readonly request: ObserveRequest;
  readonly queue = new ObservationQueue();
  readonly observed: readonly Observed[];
  /** Of kind `trace`. */
  tracing: Tracing | undefined;
  /** Between `rest` and `wake`. */
  isResting = false;
  readonly #holder: Holder;
  readonly #costBefore: ReadonlyMap<number, number>;
  #cost = { costMs: 0, share: 0 };
  /** Of hooks that were removed. */
  #goneMs = 0;
  #tellLast!: () => void;
  /** Its cost was asked for the last time. */
  readonly #last = new Promise<void>((resolve) => {
    this.#tellLast = resolve;
  });

  constructor(
    observer: number,
    request: ObserveRequest,
    observed: readonly Observed[],
    costBefore: ReadonlyMap<number, number>,
    holder: Holder,
  ) {
    this.observer = observer;
    this.request = request;
    this.observed = observed;
    this.#costBefore = costBefore;
    this.#holder = holder;
  }

  get functions(): readonly { readonly of: ObservableFunction; readonly report: HookReport }[] {
    return this.observed.map(({ of, report }) => ({ of, report }));
  }

  get events(): ObservationQueue {
    return this.queue;
  }

  get slots(): number[] {
    return this.observed.flatMap(({ slot }) => (slot === undefined ? [] : [slot]));
  }

  at(slot: number): Observed | undefined {
    return this.observed.find((each) => each.slot === slot);
  }

  /** Its counters go with a hook that is removed: what they say is taken while they are there. */
  governed(event: InstrumentEvents['instrument.governor']): void {
    const of = this.at(event.hook)?.of;
    if (!of) return;
    this.queue.push({ kind: 'governor', event, of });
    void this.#takeCost();
  }

  /** A hook has gone: its word of what it has cost is the last. */
  removed({ hook, costMs = 0 }: HookReport): void {
    this.#goneMs += Math.max(0, costMs - (this.#costBefore.get(hook) ?? 0));
    this.#cost = { ...this.#cost, costMs: Math.max(this.#cost.costMs, this.#goneMs) };
  }

  async monitor(): Promise<readonly { of: ObservableFunction; sample: MonitorSample }[]> {
    if (this.queue.ended) throw instrumentErrors.noObservation();
    const samples = await this.#holder.samples(this.observer);
    return samples.flatMap((sample) => {
      const of = this.at(sample.hook)?.of;
      return of ? [{ of, sample }] : [];
    });
  }

  /** Before its hooks go, and their counters with them. */
  async lastCost(): Promise<void> {
    await this.#takeCost();
    this.#tellLast();
  }

  async cost(): Promise<{ costMs: number; share: number }> {
    if (this.queue.ended) await this.#last;
    else await this.#takeCost();
    return this.#cost;
  }

  async #takeCost(): Promise<void> {
    const status = await this.#holder.status().catch(() => undefined);
    if (!status) return;
    const slots = new Set(this.slots);
    let costMs = this.#goneMs;
    for (const { report, costMs: own } of status.hooks) {
      if (slots.has(report.hook)) costMs += own - (this.#costBefore.get(report.hook) ?? 0);
    }
    this.#cost = { costMs: Math.max(this.#cost.costMs, costMs), share: status.share };
  }

  async tree(record: CallRecord): Promise<TraceTree | undefined> {
    await this.tracing?.learn(record);
    return this.tracing?.tree(record);
  }

  async inFlight(): Promise<TracesInFlight> {
    const going = this.tracing ? await this.#holder.going(this.observer) : [];
    const calls = await Promise.all(going.map((each) => this.#inFlight(each)));
    return { calls: calls.filter((each) => each !== undefined), more: going[0]?.more ?? 0 };
  }

  async #inFlight({ hook, ms, tree }: GoingTree): Promise<TracesInFlight['calls'][number] | undefined> {
    const { observer, request } = this;
    const record = {
      observer,
      hook,
      kind: request.kind,
      point: 'AtExit',
      ts: Date.now(),
      cost: ms,
      tree,
    } as const;
    const [of, words] = [this.at(hook)?.of, await this.tree(record)];
    return of && words && { of, tree: words, ms };
  }

  reach(): TraceReach | undefined {
    return this.tracing?.reach;
  }

  rest(): Promise<void> {
    return this.#holder.rest(this.observer);
  }

  wake(hits: number): Promise<void> {
    return this.#holder.wake(this.observer, hits);
  }

  end(): Promise<void> {
    return this.#holder.end(this.observer);
  }
}
