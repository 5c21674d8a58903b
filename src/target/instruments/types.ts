/** What diagnosis asks of the instruments of one target; implemented beside this file, obtained by `instrumentsOf(target)`. */
import type {
  Budget,
  CallRecord,
  CompiledText,
  CopyReport,
  CopySpec,
  HookReport,
  InstrumentEvents,
  InstrumentStatus,
  LineSpec,
  MonitorSample,
  ObserverKind,
  ObserverSpec,
  Point,
} from '../../probe/index.js';
import type { FoundFunction } from '../scripts/index.js';
import type { Traceable, TraceReach, TraceRequest, TracesInFlight, TraceTree } from './traceTypes.js';

export type * from './traceTypes.js';

/** What an operator typed to name functions: one way everywhere (issue 4, "Naming"). */
export interface FunctionPattern {
  /** `cart.js`, `dist/*`, a package, `*`, `cart.js:Cart`, `node:fs`, `globalThis`. */
  readonly module: string;
  /** `checkout`, `Cart.total`, `Cart#save`, `handlers.list`, `<anonymous>@cart.ts:12`, `*`. */
  readonly name: string;
  readonly regex: boolean;
  /** Modules or classes left out. */
  readonly exclude?: string;
}

/** A function that can be named, with the instrument that the rule would choose first, or why there is none. */
export interface ObservableFunction {
  /** Absent for natives. */
  readonly found?: FoundFunction;
  /** Module, or `module:Class`: what results say. */
  readonly className: string;
  readonly methodName: string;
  /** Of natives: the path below `globalThis` or a built-in module. */
  readonly native?: { readonly module: string; readonly path: readonly string[] };
  readonly instrument: string;
  /** One line of it, where that is looked at and not its calls. */
  readonly line?: LinePlace;
  /** Why it cannot be reached, or what to expect ("waits for its next call"); one sentence. */
  readonly note?: string;
}

/** A line of a function at which V8 can stop. */
export interface LinePlace extends LineSpec {
  /** As people know it, from 1. */
  readonly at: number;
}

export interface FindOptions {
  readonly signal?: AbortSignal;
  /** Refuse when more functions match (limit of the command, -m). */
  readonly most: number;
  onLimit?(what: string): void;
  /** Nothing fits: what was looked through, and the nearest names; one or two sentences. */
  onNothing?(why: string): void;
}

export interface ObserveRequest {
  readonly kind: ObserverKind;
  readonly points: readonly Point[];
  readonly condition?: CompiledText;
  readonly express?: CompiledText;
  readonly before?: boolean;
  /** False: a call is over when it returns, also where it returned a promise. */
  readonly settle?: boolean;
  readonly limits: ObserverSpec['limits'];
  readonly hits: number;
  readonly frames?: number;
  /** Kind `trace` only, and always there. */
  readonly trace?: TraceRequest;
  /** Records a second; the limit `instrument-rate` when absent. */
  readonly rate?: number;
  /** Breakpoints are set also where their first hit takes long (limits `breakpoint-script`, `breakpoint-total`). */
  readonly force?: boolean;
  /** Seconds; the limit `instrument-lifetime` when absent. Renewed while the observation is held. */
  readonly lifetime?: number;
  /** For `session`, the audit and `instruments()`: `watch cart.js total (job 3)`. */
  readonly holder: string;
}

export type ObservationEvent =
  /** `tree` of kind `trace`: it is `record.tree` in words. */
  | {
      readonly kind: 'record';
      readonly record: CallRecord;
      readonly of: ObservableFunction;
      readonly tree?: TraceTree;
    }
  /** Kind `trace`: what is looked into has changed. */
  | { readonly kind: 'reach'; readonly reach: TraceReach }
  | { readonly kind: 'dropped'; readonly count: number }
  | { readonly kind: 'hook'; readonly report: HookReport; readonly of: ObservableFunction }
  | {
      readonly kind: 'governor';
      readonly event: InstrumentEvents['instrument.governor'];
      readonly of: ObservableFunction;
    }
  /** Nothing was seen for three seconds: likely reasons, one sentence each. Once per function. */
  | { readonly kind: 'quiet'; readonly of: ObservableFunction; readonly reasons: readonly string[] }
  | { readonly kind: 'end'; readonly why: string };

/** One job's look at some functions. */
export interface Observation {
  readonly functions: readonly { readonly of: ObservableFunction; readonly report: HookReport }[];
  /** Ends after `end`, or when the target is gone. */
  readonly events: AsyncIterable<ObservationEvent>;
  /** Counters since the last call of it, by function. */
  monitor(): Promise<readonly { readonly of: ObservableFunction; readonly sample: MonitorSample }[]>;
  /** Milliseconds of CPU that this observation has cost so far, as far as it is counted. */
  cost(): Promise<{ readonly costMs: number; readonly share: number }>;
  /** Kind `trace`: what is looked into by now. */
  reach(): TraceReach | undefined;
  /**
   * The tree of a record in words, as the event has it, once it is known what was called at each of its sites; the target
   * may have to be asked.
   */
  tree(record: CallRecord): Promise<TraceTree | undefined>;
  /** Kind `trace`: calls that go on. Records of those that are over come before. */
  inFlight(): Promise<TracesInFlight>;
  /**
   * Takes the observer off and leaves its hooks: what stands in for functions passes calls on until `wake`, and the
   * breakpoints that nobody else needs are taken out. Nothing is recorded, counted or asked meanwhile.
   */
  rest(): Promise<void>;
  /** Observes again, for so many more records (0 = no bound). Without effect on one that has ended. */
  wake(hits: number): Promise<void>;
  /** Takes the observer off, and the hooks that nobody else observes. */
  end(): Promise<void>;
}

/**
 * Another text for a function, to be compiled in its own scope: `text`, `isStrict`, `usesSuper`, `when` as in `CopySpec`
 * (src/probe/instrumentProtocol.ts).
 */
export interface CopyRequest extends Omit<CopySpec, 'hook' | 'copy'> {
  /** As in `ObserveRequest`. */
  readonly force?: boolean;
  /** Seconds; the limit `instrument-lifetime` when absent. Renewed until it is dropped. */
  readonly lifetime?: number;
  /** For `session`: `retransform 3`. */
  readonly holder: string;
  /** Whoever asked for it wants nothing for now, as `Observation.rest` has it. */
  rests?(): boolean;
  /** It is in force, in more closures, or never will be: what the probe says of it now. */
  changed?(report: CopyReport): void;
  /** It was undone, though nobody dropped it: `reset`, the end of a lifetime, the governor, the target's end. */
  gone?(why: string): void;
}

export interface Copy {
  /** Of two of one function the higher is run. */
  readonly number: number;
  readonly of: ObservableFunction;
  readonly report: CopyReport;
  /** Who calls past the wrapper runs what was there before. */
  readonly hook: HookReport;
  drop(): Promise<void>;
}

export interface NamedStatus extends Omit<InstrumentStatus, 'hooks'> {
  readonly hooks: readonly NamedHook[];
}

/** What an installed hook is, and who observes it (`ObserveRequest.holder`). */
export type NamedHook = InstrumentStatus['hooks'][number] & {
  readonly of?: ObservableFunction;
  readonly holders?: readonly string[];
  /** All who hold it rest. */
  readonly isResting?: boolean;
};

export interface TargetInstruments {
  /**
   * Functions by pattern, with what would reach each; installs nothing.
   * @throws RemoraError `bad-pattern`, `too-many-functions`, and those of the target
   */
  find(pattern: FunctionPattern, options: FindOptions): Promise<readonly ObservableFunction[]>;
  /** What of these functions could be looked into by `trace`, and what not and why; installs nothing. */
  traceable(functions: readonly ObservableFunction[]): Promise<readonly Traceable[]>;
  /**
   * Hooks every function (or shares the hook that is there) and starts to observe.
   * @throws RemoraError `needs-worker`, `not-observable` (none of them can be reached; says why), `too-many-hooks`
   */
  observe(functions: readonly ObservableFunction[], request: ObserveRequest): Promise<Observation>;
  /**
   * Has a function's wrapper run another text of it, from the function's next call on or the one after that. The hook is
   * shared with those that observe it. Of two copies of one function and `when` the later is run.
   * @throws RemoraError `needs-worker`, `cannot-copy` (says why), `not-observable`, `too-many-hooks`
   */
  copy(fn: ObservableFunction, request: CopyRequest): Promise<Copy>;
  /** Undoes hooks, all or those of matching modules and classes, whoever observes. */
  reset(pattern: { readonly text: string; readonly regex: boolean } | undefined): Promise<{
    readonly classCount: number;
    readonly methodCount: number;
    /** Not yet back: pass-throughs that are undone at the main thread's next free moment. */
    readonly later: number;
  }>;
  /** Undefined where nothing was ever installed: then the target is not asked. */
  status(): Promise<NamedStatus | undefined>;
  setBudget(budget: Budget): Promise<void>;
}
