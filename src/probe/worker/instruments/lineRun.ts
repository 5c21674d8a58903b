import type { HookReport, HookSpec } from '../../instrumentProtocol.js';
import type { Breakpoint } from './breakpoints.js';
import type { Run, Tools } from './hookState.js';
import { lineCondition, linePrice } from './linePrice.js';
import { Meter } from './placer.js';
import type { Slots } from './slots.js';

/** Between two looks at how often the line is reached. */
const LOOK_MS = 30;
const SECOND_MS = 1000;
/** Where V8 takes longer to set a breakpoint, what a hit costs is not measured: that takes one more. */
const DEAR_MS = 30;
const LARGE = `setting the breakpoint held the main thread for more than ${DEAR_MS} ms: the program is large`;
/** Each hit leaves V8 something to look through at the next, until all garbage is collected: hits between two measures. */
const HITS_A_PRICE = 500;

/** One line that is looked at: a breakpoint whose condition reads what is in scope, and says no. */
export class LineRun implements Run {
  readonly spec: HookSpec;
  readonly #tools: Tools;
  readonly #slots: Slots;
  readonly #meter = new Meter();
  readonly #notes = new Set<string>();
  #breakpoint: Breakpoint | undefined;
  #key = '';
  #hitNs: number | undefined;
  /** Hits by then. */
  #pricedAt = 0;
  #isDear = false;
  #isRemoved = false;
  #looked = 0;
  #second = { at: 0, hits: 0 };

  constructor(spec: HookSpec, tools: Tools, slots: Slots) {
    this.spec = spec;
    this.#tools = tools;
    this.#slots = slots;
  }

  get report(): HookReport {
    return {
      hook: this.spec.hook,
      state: this.#isRemoved ? 'removed' : this.#breakpoint ? 'installed' : 'cannot',
      instrument: 'breakpoint',
      holders: { found: 0, reached: 0 },
      notes: [...this.#notes],
      ...(this.#hitNs !== undefined && {
        price: { observedNs: this.#hitNs, passedNs: this.#hitNs, hitNs: this.#hitNs },
      }),
      ...(this.spec.firstHit && { firstHitMs: this.spec.firstHit.ms }),
      stallMs: Math.round(this.#meter.ms * 10) / 10,
      pauses: 0,
    };
  }

  get isArmed(): boolean {
    return this.#breakpoint !== undefined;
  }

  get isWatched(): boolean {
    return this.isArmed;
  }

  get isDue(): boolean {
    return this.isArmed && performance.now() - this.#looked >= LOOK_MS;
  }

  note(text: string): void {
    this.#notes.add(text);
  }

  async install(): Promise<void> {
    const { firstHit } = this.spec;
    if (firstHit?.refused !== undefined) throw new Error(firstHit.refused);
    await this.#call('reachOpen', this.spec);
    this.#isDear = (await this.#arm()) > DEAR_MS;
    if (this.#isDear) this.#notes.add(LARGE);
    await this.#price();
  }

  async rest(): Promise<void> {
    await this.#disarm();
  }

  async wake(): Promise<void> {
    if (!this.#isRemoved) await this.#arm();
  }

  /** True when the report changed. */
  async look(): Promise<boolean> {
    const now = performance.now();
    this.#looked = now;
    const { line } = this.spec;
    if (!this.#breakpoint || !line) return false;
    const hits = this.#hits - this.#second.hits;
    const ms = now - this.#second.at;
    if (hits > line.hitsPerSecond) {
      await this.#disarm();
      const perSecond = Math.round((hits * SECOND_MS) / Math.max(ms, 1));
      this.#notes.add(
        `the line was reached ${hits} times in ${Math.max(1, Math.round(ms))} ms (about ${perSecond.toLocaleString('en-US')} a second, slowed down by the breakpoint itself): its breakpoint was removed, as above ${line.hitsPerSecond} a second it costs too much. A line that is reached less often can be looked at, or the function watched`,
      );
      this.#isRemoved = true;
      return true;
    }
    if (ms >= SECOND_MS) this.#second = { at: now, hits: this.#hits };
    if (this.#hits - this.#pricedAt < HITS_A_PRICE) return false;
    await this.#price();
    return true;
  }

  async undo(): Promise<boolean> {
    const isNew = !this.#isRemoved || this.#breakpoint !== undefined;
    await this.#disarm();
    this.#isRemoved = true;
    const { clean } = await this.#call<{ clean: boolean }>('reachUndo', {}).catch((error: unknown) => {
      if (isNew) throw error;
      return { clean: true };
    });
    return clean;
  }

  get #hits(): number {
    return this.#slots.hook(this.spec.hook, 'calls');
  }

  /** Milliseconds that it took V8. */
  async #arm(): Promise<number> {
    const { line } = this.spec;
    if (!line) throw new Error('no line is named');
    const { engine, breakpoints } = this.#tools;
    this.#key = (await this.#call<{ key: string }>('reachArm', {})).key;
    await this.#meter.time(() => engine.learn());
    const place = {
      scriptId: this.spec.script.scriptId,
      lineNumber: line.line,
      columnNumber: line.column,
    };
    const started = performance.now();
    this.#breakpoint = await this.#meter.time(() =>
      breakpoints.set(place, conditionOf(this.spec, this.#key)),
    );
    this.#second = { at: performance.now(), hits: this.#hits };
    return performance.now() - started;
  }

  async #disarm(): Promise<void> {
    const breakpoint = this.#breakpoint;
    this.#breakpoint = undefined;
    if (breakpoint) await this.#meter.time(() => this.#tools.breakpoints.remove(breakpoint));
    if (this.#key === '') return;
    this.#key = '';
    await this.#call('reachDisarm', {});
  }

  /** Of the function as it is, in the process as it is now. */
  async #price(): Promise<void> {
    if (this.#isDear) return;
    this.#pricedAt = this.#hits;
    const hitNs = await this.#meter
      .time(() => linePrice(this.#tools, this.#key, this.spec))
      .catch(() => undefined);
    this.#hitNs = hitNs ?? this.#hitNs;
  }

  #call<T>(fn: string, params: object): Promise<T> {
    const all = { hook: this.spec.hook, ...params };
    return this.#meter.time(() => this.#tools.engine.call<T>(fn, all));
  }
}

function conditionOf({ hook, line, shape }: HookSpec, key: string): string {
  const names = (line?.names ?? []).map(({ text }) => text);
  return lineCondition(key, hook, names, shape.kind !== 'arrow');
}
