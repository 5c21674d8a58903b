/**
 * What the agent, the Worker and the main thread say to one another about instruments: JSON, so that every shape here is
 * one. Three words: a *hook* is one instrumented function of the target; an *observer* is what one job wants to know of
 * one or several hooks (several observers may share a hook); a *record* is what an observer saw of one call.
 * Over 400 lines: types alone, of one protocol.
 */

import type { RenderLimits } from './main/render.js';
import type { TraceCallee, TraceSpec, TraceTable } from './traceProtocol.js';

export type * from './traceProtocol.js';

/** How a function is reached; DESIGN 3.6. These words are shown to users. */
export type InstrumentName =
  | 'property'
  | 'prototype'
  | 'static'
  | 'accessor'
  | 'native'
  | 'scope-read'
  | 'scope-entry'
  | 'const-rebind'
  | 'holder'
  | 'constructor'
  | 'breakpoint';

/** One step of a plan, tried in order until the function is reached. */
export type Step =
  /** Property slots that hold the function, below the exports of its module (CommonJS or ES module). */
  | { readonly by: 'exports' }
  /** A path below `globalThis` or a built-in module: `JSON.stringify`, `node:fs` + `readFile`. */
  | { readonly by: 'native'; readonly module: string; readonly path: readonly string[] }
  /** Classes and objects that [[Scopes]] of any function reachable from the module's exports give; no pause, no run. */
  | { readonly by: 'scope-read' }
  /**
   * A condition on its first location that runs in its own frame, at its next call: the binding is assigned (a `const`
   * by one short pause), or the slot is found along the prototype chain of `this`.
   */
  | { readonly by: 'scope-entry'; readonly binding?: Binding }
  /** One short pause at its next call: whatever its callers hold it by (`this`, locals, closures, bound functions). */
  | { readonly by: 'holders' }
  /** A breakpoint with a condition at entry and pauses at its return locations; last resort. */
  | { readonly by: 'breakpoint' }
  /** A breakpoint with a condition at one line (`HookSpec.line`), which captures and never pauses. */
  | { readonly by: 'line' };

/** One place in a function, and what can be read there; counts from 0, as V8 does. */
export interface LineSpec {
  readonly line: number;
  readonly column: number;
  /** Variables in scope: what people call each, and the text that reads it. */
  readonly names: readonly LineName[];
  /** Arguments whose parameters look like secrets, by index. */
  readonly secretParams: readonly number[];
  /** Hits a second above which the breakpoint is taken away. */
  readonly hitsPerSecond: number;
}

export interface LineName {
  readonly name: string;
  readonly text: string;
  /** `own`: of the function itself; `closure`: of a function around it; `module`: at the top. */
  readonly where: 'own' | 'closure' | 'module';
  readonly isParameter: boolean;
  /** It looks like a secret: masked where its name is not seen. */
  readonly isSecret: boolean;
}

/** The variable that a function is known by where it was made. */
export interface Binding {
  readonly name: string;
  readonly kind: 'function' | 'let' | 'var' | 'const' | 'class' | 'parameter';
  /** At the top of the module, not inside a function: there is one instance of it. */
  readonly isTop: boolean;
}

export interface HookSpec {
  /** Slot in shared memory, 0 to HOOKS - 1; the agent gives them out. */
  readonly hook: number;
  /** What results call it. */
  readonly className: string;
  readonly methodName: string;
  /** Its `name` in the target, where the text tells: minified code has another one than results show. */
  readonly runtimeName?: string;
  readonly script: {
    readonly scriptId: string;
    readonly url: string;
    readonly path: string;
    readonly isModule: boolean;
  };
  /** Absent for natives. */
  readonly source?: FunctionSource;
  readonly shape: {
    readonly kind: 'function' | 'arrow' | 'method' | 'getter' | 'setter' | 'constructor';
    readonly isAsync: boolean;
    readonly isGenerator: boolean;
    readonly isStatic: boolean;
    readonly isPrivate: boolean;
    /** Key of the property it is declared under, '' when there is none. */
    readonly key: string;
    /** A class with private static members: it must stay itself, since they are bound to its identity. */
    readonly hasPrivateStatics?: boolean;
    /** Of an arrow function, which has no `arguments`: its parameters, `a,b,...rest`; absent when one is a pattern. */
    readonly parameters?: string;
  };
  readonly plan: readonly Step[];
  /** A line of the function is looked at, not its calls. */
  readonly line?: LineSpec;
  /** Absent for natives. */
  readonly firstHit?: FirstHit;
  /** Milliseconds it may live unless renewed. */
  readonly lifetimeMs: number;
}

/** What the first hit of a breakpoint in a function costs, as the agent reckons it. */
export interface FirstHit {
  /** Milliseconds of the main thread. */
  readonly ms: number;
  /** Characters of a caller's script in whose frame may be evaluated, which costs the same; absent = of any. */
  readonly most?: number;
  /** Why that is too much: no breakpoint is set in it. One sentence. */
  readonly refused?: string;
}

/** A function in a script; lines and columns count from 0, as V8 has them. */
export interface FunctionSource {
  /**
   * `Function.prototype.toString` of it ends with this text: from its body on (of a class constructor: the class), of
   * long ones the last 16,384 characters.
   */
  readonly tail: string;
  /** Characters of the whole text that `toString` gives. */
  readonly length: number;
  /** [[FunctionLocation]] lies in [start, body). */
  readonly start: { readonly line: number; readonly column: number };
  readonly body: { readonly line: number; readonly column: number };
  readonly end: { readonly line: number; readonly column: number };
}

export interface HookReport {
  readonly hook: number;
  /**
   * `installed`: every call known of is seen. `partial`: some holders could not be reached. `pending`: waits for the
   * next call (or for the module to run). `cannot`: no step of the plan reached it. `removed`: undone, `notes` say why.
   */
  readonly state: 'installed' | 'partial' | 'pending' | 'cannot' | 'removed';
  readonly instrument?: InstrumentName;
  /** Places that hold the function: how many were found, and how many of them hold the wrapper now. */
  readonly holders: { readonly found: number; readonly reached: number };
  /** One sentence each, for people. */
  readonly notes: readonly string[];
  /** Calibrated price of an observed and of a passed-on call on this process, nanoseconds. */
  readonly price?: {
    readonly observedNs: number;
    readonly passedNs: number;
    /** Of a breakpoint: what V8 takes for one hit. */
    readonly hitNs?: number;
  };
  /** Its calls run another text, which what it costs is no reason to undo. */
  readonly isReplaced?: boolean;
  /** Who calls past it was not looked for, as that takes a breakpoint that was refused. */
  readonly isUnverified?: boolean;
  /** A breakpoint is set in it: what its first hit takes, beside the hit, in milliseconds. */
  readonly firstHitMs?: number;
  /** Milliseconds that the main thread was kept from its work by the install, the pauses among them. */
  readonly stallMs: number;
  readonly pauses: number;
  /** Of one that was removed: what it has cost in all, as far as that is counted. */
  readonly costMs?: number;
}

export type ObserverKind = 'watch' | 'monitor' | 'stack' | 'trace' | 'tt' | 'line';
export type Point = 'before' | 'success' | 'exception' | 'finish';

/** A checked and rewritten expression (src/diagnose/expression/). */
export interface CompiledText {
  /**
   * JavaScript of one expression. Free names: `_$r`, `_$m` and those of VARIABLES.
   */
  readonly source: string;
  readonly files: readonly string[];
  /** Uses nothing that is only known when the call is over: it is asked at entry, before any clock is read. */
  readonly atEntry: boolean;
  /** Steps: calls, callbacks, elements copied. */
  readonly fuel: number;
  /** The name that the value is read from, for redaction; '' when computed. */
  readonly name: string;
  /** The names it is given, in their order; absent = VARIABLES. */
  readonly variables?: readonly string[];
}

/** What an expression may name, beside the globals. */
export const VARIABLES = [
  'params',
  'target',
  'returnObj',
  'throwExp',
  'clazz',
  'method',
  'isBefore',
  'isThrow',
  'isReturn',
  'cost',
] as const;

/** What an expression at a line may name, beside the variables in scope there. `ƭhis` is `this`, which no expression may say. */
export const LINE_VARIABLES = [
  'params',
  'target',
  'ƭhis',
  'clazz',
  'method',
  'lineNumber',
  'argNames',
  'localVars',
  'localVarNames',
  'localVarMap',
  'locals',
  'varMap',
  'isLine',
] as const;

export interface ObserverSpec {
  readonly observer: number;
  readonly kind: ObserverKind;
  readonly hooks: readonly number[];
  readonly points: readonly Point[];
  readonly condition?: CompiledText;
  /** Watch only. */
  readonly express?: CompiledText;
  /** Monitor: the condition is asked before the call. */
  readonly before?: boolean;
  /**
   * A call that returned a promise is over when that is settled: `returnObj`, `throwExp`, `cost` in expressions are those
   * of the promise. False: it is over when it returns.
   */
  readonly settle?: boolean;
  readonly limits: RenderLimits;
  /** Records after which it stops by itself; 0 = none (monitor). */
  readonly hits: number;
  /** Records a second; over it calls pass unobserved and are counted. */
  readonly rate: number;
  /** Frames of `stack`, the asynchronous ones among them; of `line` 0 = none. */
  readonly frames: number;
  /** Of kind `trace`, whose `hooks` are the roots. */
  readonly trace?: TraceSpec;
  /** Of `tt`: names of parameters by hook, so that values of secret-looking ones are masked. */
  readonly parameters?: Readonly<Record<number, readonly string[]>>;
  /** Of `line`: the line that people know, by hook. */
  readonly lines?: Readonly<Record<number, number>>;
}

/** Any text below is JSON that was rendered in the target: untrusted, bounded, without secrets. */
export interface CallRecord {
  readonly observer: number;
  readonly hook: number;
  /** Of `monitor` only the record that its condition failed. */
  readonly kind: ObserverKind;
  readonly point: 'AtEnter' | 'AtExit' | 'AtExceptionExit';
  /** Milliseconds since the epoch. */
  readonly ts: number;
  /** Milliseconds, of the synchronous part; absent at entry. */
  readonly cost?: number;
  /** Milliseconds until the promise it returned settled; absent for what returned no promise. */
  readonly settle?: number;
  /** The rendered value of the express; of `tt` a `Fragment`. */
  readonly value?: unknown;
  /** The express (or the condition, once) threw: its text. */
  readonly failed?: string;
  /** Stack, innermost first. */
  readonly frames?: readonly RecordFrame[];
  /** Of `trace`: a TreeRecord, which the agent puts into words. */
  readonly tree?: unknown;
}

export interface RecordFrame {
  readonly functionName: string;
  readonly url: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** The frame begins an asynchronous part: what stands before it in time. */
  readonly isAsync?: boolean;
}

export interface MonitorSample {
  readonly hook: number;
  readonly total: number;
  readonly success: number;
  readonly failed: number;
  /** Sum, milliseconds. */
  readonly cost: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  /** The governor let only some of the calls be observed: counts and sum are reckoned up from those. */
  readonly isSampled?: boolean;
}

/**
 * Another text of an instrumented function. It is compiled in a frame of the function, at a call through its wrapper, and
 * that wrapper runs it from then on; of closures each has its own.
 */
export interface CopySpec {
  readonly hook: number;
  /** Given out by the agent, one higher each time: of two of one `when` the later is run. */
  readonly copy: number;
  /**
   * JavaScript of one expression that gives the function, or an object whose one property it is, of which it has its name:
   * `n=>n+rate`, `{"plain":function(n){}}`, `{__proto__:_$p,get "size"(){return super.size}}`. Free names are those of the frame, `_$p`
   * (prototype of the object that a method belongs to) and `_$f` (the wrapper, for a function that calls itself by a name
   * of its own).
   */
  readonly text: string;
  /** The code around the function is strict. */
  readonly isStrict: boolean;
  /** Uses `_$p`: without it, it is not compiled. */
  readonly usesSuper: boolean;
  /** In place of the function, or only in calls that an observer of kind `trace` observes. */
  readonly when: 'always' | 'observed';
}

export interface CopyNews {
  readonly copy: number;
  readonly hook: number;
  readonly when: CopySpec['when'];
  /** Calls in whose frame it could have been compiled. */
  readonly hits: number;
  /** Wrappers that run it, and living ones that do not yet. */
  readonly filled: number;
  readonly waiting: number;
  /** As many closures run it as may. */
  readonly isFull: boolean;
  /** In its frame `eval` is not V8's own, or may not be used. */
  readonly isBarred: boolean;
  /** Why it could not be compiled; '' if it was, or nobody has tried. */
  readonly error: string;
}

export interface CopyReport {
  readonly copy: number;
  readonly hook: number;
  /**
   * `waiting`: compiled at the function's next call. `in-force`: from the next call on. `failed`: it never will be, `why`
   * says for what reason; drop it.
   */
  readonly state: 'waiting' | 'in-force' | 'failed';
  readonly filled: number;
  readonly waiting: number;
  readonly why: string;
}

/** Functions of the Worker, as `target.worker(name, params)`; each answers JSON. */
export interface InstrumentCalls {
  instrumentHook(params: HookSpec): HookReport;
  /** Undoes hooks; those that wait for a pause or a free moment are pass-throughs until then. */
  instrumentUnhook(params: { readonly hooks: readonly number[] }): UndoReport;
  instrumentObserve(params: ObserverSpec): Record<string, never>;
  instrumentUnobserve(params: { readonly observer: number }): Record<string, never>;
  /** Counters since the last call of it; empties them. */
  instrumentMonitor(params: { readonly observer: number }): readonly MonitorSample[];
  instrumentRenew(params: {
    readonly hooks: readonly number[];
    readonly lifetimeMs: number;
  }): Record<string, never>;
  /** Nobody looks at these hooks for now: nothing of them is in the way but what passes calls on; or somebody does again. */
  instrumentRest(params: {
    readonly hooks: readonly number[];
    readonly isResting: boolean;
  }): Record<string, never>;
  /** Of a hook that is there. */
  instrumentCopy(params: CopySpec): CopyReport;
  /** Its wrappers run the original, or the copy before it, from the next call on. */
  instrumentUncopy(params: { readonly hook: number; readonly copy: number }): Record<string, never>;
  /** Of a hook whose copy is opened next. */
  instrumentTrace(params: TraceTable): Record<string, never>;
  /** What was called since the last time. */
  instrumentCallees(params: Record<string, never>): readonly TraceCallee[];
  /** Calls at these sites are not timed from now on. */
  instrumentSkip(params: { readonly hook: number; readonly sites: readonly number[] }): Record<string, never>;
  /** Call trees of an observer that are not done, after the records of those that are. */
  instrumentGoing(params: { readonly observer: number }): readonly {
    readonly hook: number;
    /** Milliseconds since it began. */
    readonly ms: number;
    /** TreeRecord as JSON. */
    readonly tree: string;
    /** Of the first: so many more there are. */
    readonly more: number;
  }[];
  instrumentStatus(params: Record<string, never>): InstrumentStatus;
  instrumentBudget(params: Budget): Record<string, never>;
}

export interface UndoReport {
  readonly undone: readonly number[];
  /** Undone as soon as the main thread comes to it; pass-throughs already. */
  readonly later: readonly number[];
  readonly stallMs: number;
}

/** DESIGN 3.9: shares of one core. */
export interface Budget {
  /** 0.01 = one percent over `overMs`; 0 = off. */
  readonly share: number;
  readonly overMs: number;
  readonly burstShare: number;
  readonly burstMs: number;
}

export interface InstrumentStatus {
  readonly budget: Budget;
  /** Of one core, over the last five seconds. */
  readonly share: number;
  readonly ringDropped: number;
  readonly pauses: number;
  readonly hooks: readonly {
    readonly report: HookReport;
    readonly calls: number;
    readonly observed: number;
    readonly dropped: number;
    readonly costMs: number;
    readonly mode: 'full' | 'sampled' | 'off';
    readonly observers: readonly number[];
    readonly expiresInMs: number;
  }[];
}

/** Events of the Worker, as `target.onEvent(name, listener)`. */
export interface InstrumentEvents {
  /** Records in their order. `dropped`: that found no room in the ring or no token since the last event. */
  'instrument.records': {
    readonly records: readonly CallRecord[];
    readonly dropped: readonly { readonly observer: number; readonly count: number }[];
  };
  /** A pending hook was installed, a partial one reached more holders, one was removed, ... */
  'instrument.hook': HookReport;
  /** A copy is in force, in more closures, or never will be. */
  'instrument.copy': CopyReport;
  /** An observer wrote its last record (`hits`), or was taken off (`why`). */
  'instrument.end': { readonly observer: number; readonly why: 'hits' | 'expired' | 'budget' | 'undone' };
  /** The governor acted; `text` is for people. */
  'instrument.governor': {
    readonly hook: number;
    readonly action: 'sampled' | 'removed' | 'restored';
    readonly share: number;
    readonly callsPerSecond: number;
    readonly text: string;
  };
}
