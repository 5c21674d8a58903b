import { errorText, RemoraError } from '../../base/index.js';
import type {
  CallRecord,
  HookReport,
  ObservableFunction,
  Observation,
  ObservationEvent,
  ObserveRequest,
  Target,
  TargetInstruments,
  TracesInFlight,
  TraceTree,
} from '../../target/index.js';
import { type CommandContext, type CommandEnd, CommandFailure, type Result } from '../command.js';
import { EventQueue } from '../eventQueue.js';
import type { CallExpression } from '../expression/index.js';
import { budgetOf } from './budget.js';
import { costNote } from './cost.js';
import { endedBy, expressionFailed, nothingFits } from './errors.js';
import { findFunctions } from './findFunctions.js';
import { Growing } from './growing.js';
import { failureOf } from './hit.js';
import { instrumentsFor } from './instruments.js';
import { NEWS_MS, News } from './news.js';
import { enhancer, firstHitNotes, functionName, noEnhancer, reachNotes } from './reached.js';
import { requestOf } from './request.js';
import type { SharedWish } from './sharedOptions.js';
import { TraceNews } from './trace/traceNews.js';

/** What one of the commands that observe calls wants, beside what they share. */
export interface Observing {
  readonly name: string;
  readonly wish: SharedWish;
  readonly request: Pick<
    ObserveRequest,
    'kind' | 'points' | 'before' | 'settle' | 'limits' | 'hits' | 'rate' | 'frames'
  >;
  /** What else is asked for, once it is known what is observed; tells what should be known beforehand. */
  prepare?(
    functions: readonly ObservableFunction[],
    instruments: TargetInstruments,
  ): AsyncGenerator<Result, Pick<ObserveRequest, 'trace'>, void>;
  readonly express?: CallExpression;
  readonly condition?: CallExpression;
  /** A record as a result; undefined = it is kept back, and counts for nothing. */
  hit?(call: ObservedCall): Result | undefined | Promise<Result | undefined>;
  /** Hits after which it ends, where that is not left to the target (`request.hits`). */
  readonly most?: number;
  /** What is still to be shown when it ends. Nothing is in flight for one that came to its own end. */
  last?(ending: Ending): AsyncIterable<Result>;
  /** Found already, where names alone do not say what is meant. */
  readonly functions?: readonly ObservableFunction[];
  /** What is to be told as soon as they are observed. */
  begun?(functions: Observation['functions']): readonly string[];
  /** Called every `ms`; ends after `most` results. */
  readonly cycle?: {
    readonly ms: number;
    readonly most: number;
    take(observation: Observation): Promise<Result | undefined>;
  };
}

export interface Ending {
  readonly inFlight: TracesInFlight;
  readonly hits: number;
  readonly target: Target;
}

export interface ObservedCall {
  readonly record: CallRecord;
  readonly of: ObservableFunction;
  /** Of `trace`. */
  readonly tree?: TraceTree;
  readonly target: Target;
  /** How the function was reached. */
  readonly instrument: string | undefined;
  /** Nanoseconds that V8 takes for one hit of a breakpoint, where that was measured. */
  readonly hitNs: number | undefined;
}

type RecordEvent = Extract<ObservationEvent, { kind: 'record' }>;
type Steps = AsyncGenerator<Result, CommandEnd | undefined, void>;

/** Longest sleep between two looks at the clock. */
const LONGEST_WAIT_MS = 60_000;
/** Losses are told at most this often. */
const DROPPED_EVERY_MS = 1000;
const QUEUE = 2000;
const SAYS_NO = -1;
const NONE: TracesInFlight = { calls: [], more: 0 };
/** Longest that results are made of what came before the end, which has a second in all (limit `job-grace`). */
const LAST_MS = 300;

/**
 * Watches, monitors or takes stacks of the functions that the line names: finds them, observes them until it is told to
 * end, tells what the caller must know, and takes everything out again, however it ends.
 */
export async function* observe(context: CommandContext, observing: Observing): Steps {
  const started = performance.now();
  const target = await context.target();
  const instruments = instrumentsFor(context.services, target);
  const request = await requestOf(context, observing, target);
  const took = () => performance.now() - started;
  const { functions, why } = observing.functions
    ? { functions: observing.functions, why: undefined }
    : yield* findFunctions(context, observing.wish, instruments, took);
  if (functions.length === 0) {
    return context.signal.aborted ? undefined : nothingFits(observing.wish.pattern, why);
  }
  if (context.signal.aborted) return undefined;
  const more = observing.prepare ? yield* observing.prepare(functions, instruments) : {};
  await instruments.setBudget(budgetOf(context.services.options));
  let observation: Observation;
  try {
    observation = await instruments.observe(functions, { ...request, ...more });
  } catch (error) {
    if (!(error instanceof RemoraError) || error.code !== 'not-observable') throw error;
    yield noEnhancer(context.jobId, took());
    throw new CommandFailure(errorText(error));
  }
  const run = new Run(context, observing, target, observation);
  const forget = context.suspension?.onSuspend(run);
  try {
    yield enhancer({
      listenerId: context.jobId,
      costMs: took(),
      verbose: observing.wish.verbose,
      functions: observation.functions,
    });
    yield* messages(reachNotes(observation.functions));
    yield* messages(firstHitNotes(observation.functions, request.kind));
    yield* messages(observing.begun?.(observation.functions) ?? []);
    return yield* run.results();
  } finally {
    forget?.();
    // The target may have gone: then there is nothing to take out.
    await observation.end().catch(() => undefined);
  }
}

function* messages(texts: readonly string[]): Generator<Result, void, void> {
  for (const message of texts) yield { type: 'message', message };
}

/** From the first moment that calls are observed to the last result. */
class Run {
  readonly #started = performance.now();
  readonly #inbox = new EventQueue<ObservationEvent>(QUEUE);
  readonly #reports = new Map<ObservableFunction, HookReport>();
  readonly #news = new News();
  readonly #traceNews: TraceNews;
  readonly #growing: Growing;
  #hits = 0;
  #cycles = 0;
  #lost = 0;
  #lostBefore = 0;
  #lossTold = Number.NEGATIVE_INFINITY;
  #end: CommandEnd | undefined;
  #wasSuspended = false;
  #restsSince: number | undefined;
  #restedMs = 0;

  constructor(
    readonly context: CommandContext,
    readonly observing: Observing,
    readonly target: Target,
    readonly observation: Observation,
  ) {
    this.#traceNews = new TraceNews(observing.wish.verbose);
    this.#growing = new Growing(observation);
    for (const { of, report } of observation.functions) this.#reports.set(of, report);
    void this.#pump();
  }

  /** Ctrl-Z: its functions pass their calls on, unobserved, until it is continued. */
  rest(): Promise<void> {
    this.#wasSuspended = true;
    this.#restsSince = performance.now();
    return this.observation.rest();
  }

  wake(): Promise<void> {
    const { hits } = this.observing.request;
    this.#restedMs = this.#rested;
    this.#restsSince = undefined;
    return this.observation.wake(hits > 0 ? Math.max(1, hits - this.#hits) : 0);
  }

  /** Milliseconds in which nothing was observed: they count for nothing. */
  get #rested(): number {
    const now = performance.now();
    return this.#restedMs + now - (this.#restsSince ?? now);
  }

  async *results(): Steps {
    const { signal, suspension } = this.context;
    const { wish, cycle } = this.observing;
    let due = cycle ? this.#started + cycle.ms : Number.POSITIVE_INFINITY;
    while (!this.#end && !signal.aborted) {
      await suspension?.whileSuspended();
      const now = performance.now();
      const deadline = this.#started + wish.timeoutMs + this.#rested;
      if (this.#wasSuspended && cycle) due = now + cycle.ms;
      this.#wasSuspended = false;
      if (now >= deadline) break;
      if (now >= due && cycle) {
        due += cycle.ms * Math.max(1, Math.ceil((now - due) / cycle.ms));
        yield* this.#cycle(cycle);
        continue;
      }
      yield* this.#losses(false);
      const wait = Math.min(due, deadline, now + this.#patience) - now;
      const event = await this.#inbox.next(Math.max(1, wait), signal);
      if (event) yield* this.#told(event);
      yield* messages(this.#news.ripe(performance.now()));
      if (this.#hits === 0) yield* messages([...this.#growing.told(performance.now())]);
    }
    yield* this.#last();
    yield* messages(this.#traceNews.atEnd());
    yield* messages(this.#news.all());
    yield* this.#losses(true);
    const note = await costNote(this.observation, {
      ms: performance.now() - this.#started - this.#rested,
      hits: this.observing.hit ? this.#hits : undefined,
      reports: this.observation.functions.map(({ report }) => report),
      hasGone: this.target.closed.aborted,
    });
    if (note !== undefined) yield { type: 'message', message: note };
    return this.#end;
  }

  /** What came before somebody ended it, and what the command itself has left to show. */
  async *#last(): AsyncGenerator<Result, void, void> {
    const { observing, observation, target } = this;
    if (!observing.last) return;
    const inFlight = this.#end ? NONE : await observation.inFlight().catch(() => NONE);
    // Its records have come before it.
    await new Promise((resolve) => setImmediate(resolve));
    const until = performance.now() + LAST_MS;
    for (let event = this.#inbox.take(); event && !this.#end; event = this.#inbox.take()) {
      yield* this.#told(event);
      if (performance.now() > until) break;
    }
    yield* observing.last({ inFlight: this.#end ? NONE : inFlight, hits: this.#hits, target });
  }

  /** Longest wait for the next event: something is to be told soon. */
  get #patience(): number {
    const { patience } = this.#growing;
    if (patience !== undefined && this.#hits === 0) return patience;
    if (!this.#news.isEmpty) return NEWS_MS;
    return this.#lost > 0 ? DROPPED_EVERY_MS : LONGEST_WAIT_MS;
  }

  async #pump(): Promise<void> {
    let why = 'the process has gone';
    try {
      for await (const event of this.observation.events) this.#inbox.push(event);
    } catch (error) {
      why = errorText(error);
    }
    this.#inbox.push({ kind: 'end', why });
  }

  async *#told(event: ObservationEvent): AsyncGenerator<Result, void, void> {
    switch (event.kind) {
      case 'record':
        yield* this.#record(event);
        return;
      case 'reach':
        yield* messages(this.#traceNews.told(event.reach));
        return;
      case 'dropped':
        this.#lost += event.count;
        return;
      case 'hook':
        this.#reports.set(event.of, event.report);
        this.#news.hook(event);
        return;
      case 'governor':
        yield { type: 'message', message: `governor: ${functionName(event.of)}: ${event.event.text}` };
        return;
      case 'quiet':
        this.#news.quiet(event);
        return;
      case 'end':
        this.#ended(event.why);
    }
  }

  async *#record({ record, of }: RecordEvent): AsyncGenerator<Result, void, void> {
    const { name, express, condition, hit, request } = this.observing;
    const failed = failureOf(record);
    if (failed !== undefined) {
      this.#end = { statusCode: SAYS_NO, message: expressionFailed(name, express, condition, failed) };
      return;
    }
    if (!hit) return;
    const tree = request.kind === 'trace' ? await this.observation.tree(record) : undefined;
    // What a hit costs is measured again and again, which is no news.
    const price = this.observation.functions.find((each) => each.of === of)?.report.price;
    const { instrument } = this.#reports.get(of) ?? {};
    const result = await hit({ record, of, tree, target: this.target, instrument, hitNs: price?.hitNs });
    if (!result) {
      this.#growing.keptBack(performance.now());
      return;
    }
    // What a callback did after its tree was done is no call of its own.
    if (tree?.continues === undefined) this.#hits += 1;
    yield result;
    const most = this.observing.most ?? request.hits;
    if (most > 0 && this.#hits >= most) this.#end = { statusCode: 0 };
  }

  async *#cycle(cycle: NonNullable<Observing['cycle']>): AsyncGenerator<Result, void, void> {
    const result = await cycle.take(this.observation);
    if (!result) return;
    yield result;
    this.#cycles += 1;
    if (this.#cycles >= cycle.most) this.#end = { statusCode: 0 };
  }

  #ended(why: string): void {
    if (why === 'hits') this.#end = { statusCode: 0 };
    else this.#end = { statusCode: SAYS_NO, message: endedBy(this.observing.name, why) };
  }

  /** Calls that were seen and are not shown. */
  *#losses(last: boolean): Generator<Result, void, void> {
    this.#lost += this.#inbox.dropped - this.#lostBefore;
    this.#lostBefore = this.#inbox.dropped;
    const now = performance.now();
    if (this.#lost === 0 || (!last && now - this.#lossTold < DROPPED_EVERY_MS)) return;
    yield { type: 'dropped', count: this.#lost, reason: 'calls came faster than they may be recorded' };
    this.#lost = 0;
    this.#lossTold = now;
  }
}
