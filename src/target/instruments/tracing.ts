/** One observation's call trees: which functions are looked into for it, and its records in words. */
import type { CallRecord } from '../../probe/index.js';
import { traceFunctions } from '../trace/limits.js';
import { keyOf } from './hookTable.js';
import type { Observed, OpenObservation } from './openObservation.js';
import type { Traced, TracedFunctions, TraceUser } from './tracedFunctions.js';
import { sitesIn, treeFrom } from './traceWords.js';
import type { ObservableFunction, TraceReach, TraceRequest, TraceTree } from './types.js';

const MOST_REASONS = 5;
/** Functions that are prepared before they are called, of those that may be looked into: others are more worth their place. */
const EXPECTED_SHARE = 0.4;
/** Several changes at once are one piece of news. */
const TELL_MS = 50;

/** Begins to look into the functions of an observation that wants it. Runs in the registry's turn. */
export async function traced(
  observation: OpenObservation,
  functions: TracedFunctions,
): Promise<OpenObservation> {
  const { trace } = observation.request;
  if (!trace) return observation;
  observation.tracing = new Tracing(functions, observation, trace);
  await observation.tracing.start(observation.observed);
  return observation;
}

export class Tracing implements TraceUser {
  readonly skipInternal: boolean;
  readonly isDeep: boolean;
  readonly force: boolean;
  readonly #functions: TracedFunctions;
  readonly #request: TraceRequest;
  readonly #observation: OpenObservation;
  /** By key: how far below the roots it was met. */
  readonly #levels = new Map<string, { readonly traced: Traced; level: number }>();
  /** Keys of those that were seen to be called, or asked for; others were prepared before. */
  readonly #called = new Set<string>();
  /** Met, but more than may be looked into. */
  readonly #tooMany = new Set<string>();
  readonly #coming = new Set<string>();
  #isOver = false;
  #telling: NodeJS.Timeout | undefined;
  #told = '';

  constructor(functions: TracedFunctions, observation: OpenObservation, request: TraceRequest) {
    this.#functions = functions;
    this.#observation = observation;
    this.#request = request;
    this.skipInternal = request.skipInternal;
    this.isDeep = request.depth > 1;
    this.force = observation.request.force === true;
  }

  get isResting(): boolean {
    return this.#observation.isResting;
  }

  /** Runs in the registry's turn. */
  async start(roots: readonly Observed[]): Promise<void> {
    const paths = this.#request.paths ?? [];
    for (const of of [...roots.map((root) => root.of), ...paths]) this.#called.add(keyOf(of));
    for (const { of, slot } of roots) if (slot !== undefined) await this.#add(of, 1, slot);
    for (const of of paths) await this.#add(of, 0);
    this.changed();
  }

  /** Runs in the registry's turn. */
  async end(): Promise<void> {
    this.#isOver = true;
    clearTimeout(this.#telling);
    await this.#functions.leave(this);
  }

  tree(record: CallRecord): TraceTree | undefined {
    this.#functions.recorded();
    return treeFrom(record, {
      functions: this.#functions,
      why: (key) => this.#whyNot(key),
      isComing: (key, at) => this.#coming.has(key) || isComing(this.#levels.get(key)?.traced, at),
      root: this.#observation.at(record.hook)?.of,
      skipInternal: this.skipInternal,
    });
  }

  /** Has asked what was called at the sites of a tree, where that is not known. Never rejects. */
  async learn(record: CallRecord): Promise<void> {
    const unknown = sitesIn(record.tree).filter(([hook, site]) => this.#functions.isUnknown(hook, site));
    if (unknown.length === 0 || this.#isOver) return;
    await this.#functions.lookNow(unknown);
  }

  get reach(): TraceReach {
    // What was prepared and never called is nobody's concern.
    const met = [...this.#levels.values()].filter(
      ({ traced: { key, state } }) => this.#called.has(key) || state === 'traced',
    );
    const functions = met.map(({ traced: { of, state, why }, level }) => ({
      ...{ of, level, state },
      ...(state === 'cannot' && why !== undefined && { why }),
    }));
    return { functions, notes: this.#notes() };
  }

  called(caller: Traced, callee: ObservableFunction, isCalled: boolean): void {
    const level = this.#levels.get(caller.key)?.level ?? 0;
    const key = keyOf(callee);
    if (isCalled && !this.#called.has(key)) {
      this.#called.add(key);
      if (this.#levels.has(key)) this.changed();
    }
    if (this.#isOver || level < 1 || level >= this.#request.depth || this.#coming.has(key)) return;
    const known = this.#levels.get(key);
    if (known) {
      if (known.level > level + 1) known.level = level + 1;
      return;
    }
    const most = traceFunctions.value * (isCalled ? 1 : EXPECTED_SHARE);
    if (this.#levels.size + this.#coming.size >= most) {
      if (isCalled) this.#tooMany.add(key);
      this.changed();
      return;
    }
    this.#coming.add(key);
    void this.#functions
      .inTurn(async () => {
        if (!this.#isOver) await this.#add(callee, level + 1);
      })
      .catch(() => undefined)
      .finally(() => {
        this.#coming.delete(key);
        this.changed();
      });
  }

  changed(): void {
    if (this.#isOver || this.#telling) return;
    this.#telling = setTimeout(() => {
      this.#telling = undefined;
      const { reach } = this;
      const said = JSON.stringify([
        reach.functions.map(({ level, state, why }) => [level, state, why]),
        reach.notes,
      ]);
      if (said === this.#told || this.#isOver) return;
      this.#told = said;
      this.#observation.queue.push({ kind: 'reach', reach });
    }, TELL_MS);
    this.#telling.unref();
  }

  async #add(of: ObservableFunction, level: number, slot?: number): Promise<void> {
    const key = keyOf(of);
    if (this.#levels.has(key)) return;
    this.#levels.set(key, { traced: await this.#functions.add(of, this, slot), level });
  }

  #whyNot(key: string): string | undefined {
    if (this.#tooMany.has(key)) return tooMany();
    const known = this.#levels.get(key);
    return known?.traced.state === 'cannot' ? known.traced.why : undefined;
  }

  #notes(): string[] {
    const callees = [...this.#levels.values()].filter(
      ({ level, traced: { key } }) => level > 1 && this.#called.has(key),
    );
    const reasons = new Map<string, string[]>();
    for (const { traced } of callees) {
      if (traced.state !== 'cannot') continue;
      const why = traced.why ?? 'it could not be reached';
      reasons.set(why, [...(reasons.get(why) ?? []), traced.of.methodName]);
    }
    const failed = [...reasons.values()].reduce((sum, names) => sum + names.length, 0);
    const notes: string[] = [];
    if (failed > 0) {
      const parts = [...reasons].slice(0, MOST_REASONS).map(([why, names]) => `${some(names)}: ${why}`);
      notes.push(`${failed} of ${callees.length} callees could not be looked into: ${parts.join('; ')}`);
    }
    if (this.#tooMany.size > 0)
      notes.push(`${this.#tooMany.size} callees more are not looked into: ${tooMany()}`);
    for (const { traced } of this.#levels.values()) notes.push(...(traced.copy?.notes ?? []));
    return notes;
  }
}

function isComing(traced: Traced | undefined, at: number): boolean {
  return traced?.state === 'waits' || (traced?.state === 'traced' && (traced.since ?? 0) >= at);
}

function tooMany(): string {
  return `${traceFunctions.value} functions are the most (--limit trace-functions=N)`;
}

function some(names: readonly string[]): string {
  return names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
}
