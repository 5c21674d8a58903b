import type { HookReport, HookSpec } from '../../instrumentProtocol.js';
import type { BreakLocation, Breakpoint } from './breakpoints.js';
import type { Run, Tools } from './hookState.js';
import { guarded } from './lastResort.js';
import { Meter } from './placer.js';
import type { Slots } from './slots.js';

/** Between two looks at how often the line is reached. */
const LOOK_MS = 30;
const SECOND_MS = 1000;
/** Where V8 takes longer to set a breakpoint, what a hit costs is not measured: that takes one more. */
const DEAR_MS = 30;

/** A function of ours with some variables, and a condition that looks at them all. */
const SPECIMEN = '(function(a,b,c){let d=a+b,e=c+d;return e})';
const SPECIMEN_READS = '()=>a,()=>b,()=>c,()=>d,()=>e';

/** By process: what one hit costs, once it was measured. */
const prices = new WeakMap<Tools, Promise<number | undefined>>();

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
    const { line, firstHit } = this.spec;
    if (!line) throw new Error('no line is named');
    if (firstHit?.refused !== undefined) throw new Error(firstHit.refused);
    const { engine, breakpoints } = this.#tools;
    await this.#call('reachOpen', this.spec);
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
    const tookMs = performance.now() - started;
    this.#second = { at: performance.now(), hits: this.#hits };
    await this.#price(tookMs);
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
    return false;
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

  async #disarm(): Promise<void> {
    const breakpoint = this.#breakpoint;
    this.#breakpoint = undefined;
    if (breakpoint) await this.#meter.time(() => this.#tools.breakpoints.remove(breakpoint));
    if (this.#key === '') return;
    this.#key = '';
    await this.#call('reachDisarm', {});
  }

  async #price(tookMs: number): Promise<void> {
    if (tookMs > DEAR_MS) {
      this.#notes.add(
        `setting the breakpoint held the main thread for up to ${Math.round(tookMs)} ms: the program is large`,
      );
      return;
    }
    let price = prices.get(this.#tools);
    if (!price) {
      price = this.#meter.time(() => measure(this.#tools, this.#key)).catch(() => undefined);
      prices.set(this.#tools, price);
    }
    this.#hitNs = await price;
  }

  #call<T>(fn: string, params: object): Promise<T> {
    const all = { hook: this.spec.hook, ...params };
    return this.#meter.time(() => this.#tools.engine.call<T>(fn, all));
  }
}

/** Runs in the frame: names there may shadow every global but the engine's key. */
function conditionOf({ hook, line, shape }: HookSpec, key: string): string {
  const reads = (line?.names ?? []).map(({ text }) => `()=>${text}`).join(',');
  const args = shape.kind === 'arrow' ? 'undefined' : '()=>arguments';
  return guarded(`${key}.line(${hook},()=>this,${args},[${reads}])`);
}

/** Nanoseconds of a hit, on a function of ours. */
async function measure({ engine, breakpoints, main }: Tools, key: string): Promise<number | undefined> {
  const specimen = await engine.evaluate(SPECIMEN);
  const { place } = await engine.facts(specimen);
  if (!place) return undefined;
  const { locations } = (await main.post('Debugger.getPossibleBreakpoints', {
    start: place,
    restrictToFunction: true,
  })) as { locations: readonly BreakLocation[] };
  const last = locations.at(-1);
  if (!last) return undefined;
  const breakpoint = await breakpoints.set(
    last,
    guarded(`${key}.line(-1,()=>this,()=>arguments,[${SPECIMEN_READS}])`),
  );
  try {
    const ns = Number(await engine.withObjects('specimenNs', [specimen]));
    return Number.isFinite(ns) ? Math.round(ns) : undefined;
  } finally {
    await breakpoints.remove(breakpoint);
    await engine.release();
  }
}
