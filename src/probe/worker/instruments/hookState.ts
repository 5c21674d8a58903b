import type { ReachNews } from '../../instrument/reach/news.js';
import type { HookReport, HookSpec, InstrumentName } from '../../instrumentProtocol.js';
import type { MainThread } from '../mainThread.js';
import type { Breakpoints } from './breakpoints.js';
import type { CopyWatch } from './copyWatch.js';
import type { Engine } from './engine.js';
import type { Pauser } from './pauser.js';
import { Meter, Placer } from './placer.js';
import type { Variables } from './variables.js';

export interface Tools {
  readonly main: MainThread;
  readonly engine: Engine;
  readonly pauser: Pauser;
  readonly breakpoints: Breakpoints;
  readonly variables: Variables;
  /** Characters by id, of those that V8 takes a while to parse. */
  readonly longScripts: ReadonlyMap<string, number>;
}

/** One hook, however it is instrumented, as the keeper leads it. */
export interface Run {
  readonly spec: HookSpec;
  readonly report: HookReport;
  /** Conditions of its own are set. */
  readonly isArmed: boolean;
  /** Has to be looked at soon, whether a condition was met or not. */
  readonly isDue: boolean;
  /** Is going to be looked at. */
  readonly isWatched: boolean;
  /** Texts that calls run instead; a line has none. */
  readonly copies?: CopyWatch;
  note(text: string): void;
  install(): Promise<void>;
  /** Nobody looks for now: its conditions and breakpoints are taken out, what stands in for it passes calls on. */
  rest(): Promise<void>;
  /** Sets again what `rest` took out. */
  wake(): Promise<void>;
  /** True when the report changed. */
  look(): Promise<boolean>;
  /** False when something is left that takes another moment. */
  undo(options?: { readonly quick?: boolean }): Promise<boolean>;
}

const WAITS = 'waits for its next call';

/** What is known of one hook; its report is made of it. */
export class HookState {
  readonly spec: HookSpec;
  readonly tools: Tools;
  readonly meter = new Meter();
  readonly placer: Placer;
  readonly notes = new Set<string>();
  news: ReachNews | undefined;
  instrument: InstrumentName | undefined;
  /** Something holds the wrapper. */
  hasPlaced = false;
  /** Nothing but its callers could tell where it is held. */
  wasAsked = false;
  /** Conditions are set. */
  isArmed = false;
  /** Its calls are seen by breakpoints. */
  isLastResort = false;
  /** Some callers still go past the wrapper. */
  hasStrays = false;
  /** Nobody looks for those. */
  isUnverified = false;
  cannot = false;
  isRemoved = false;
  /** Pauses in which callers were searched. */
  pauses = 0;

  constructor(spec: HookSpec, tools: Tools) {
    this.spec = spec;
    this.tools = tools;
    this.placer = new Placer(spec, tools.engine, tools.variables, this.meter);
  }

  get report(): HookReport {
    const { found = 0, reached = 0, notes = [] } = this.news ?? {};
    const state = this.#state(found, reached);
    return {
      hook: this.spec.hook,
      state,
      instrument: this.instrument,
      holders: { found, reached },
      notes: [...(state === 'pending' ? [WAITS] : []), ...notes, ...this.notes],
      ...(this.isUnverified && { isUnverified: true }),
      ...(this.isArmed && this.spec.firstHit && { firstHitMs: this.spec.firstHit.ms }),
      stallMs: Math.round(this.meter.ms * 10) / 10,
      pauses: this.pauses + this.placer.pauses,
    };
  }

  /** What makes a report another one. */
  get said(): string {
    const { stallMs: _, ...rest } = this.report;
    return JSON.stringify(rest);
  }

  plans(by: 'holders' | 'breakpoint'): boolean {
    return this.spec.plan.some((step) => step.by === by);
  }

  /** There may be one more function object each time that what is around it is called. */
  get isMadeAgain(): boolean {
    const { plan, shape } = this.spec;
    if (plan.some((step) => step.by === 'scope-entry' && step.binding?.isTop === false)) return true;
    return shape.kind === 'arrow' && shape.key !== '' && !shape.isStatic;
  }

  call<T = ReachNews>(fn: string, params: object): Promise<T> {
    const all = { hook: this.spec.hook, ...params };
    return this.meter.time(() => this.tools.engine.call<T>(fn, all));
  }

  #state(found: number, reached: number): HookReport['state'] {
    if (this.isRemoved) return 'removed';
    if (this.isLastResort) return 'installed';
    if (this.cannot) return 'cannot';
    const isComing = this.isArmed || (this.news?.constants ?? 0) > 0;
    if (reached === 0) return isComing ? 'pending' : 'cannot';
    return reached < found || this.hasStrays ? 'partial' : 'installed';
  }
}
