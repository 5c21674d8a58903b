/** What recording gives the trace script (src/probe/trace/), which comes with the first trace, and gets from it. */
import type { TraceSpec } from '../../instrumentProtocol.js';
import type { Types } from '../../main/captured.js';
import type { AnyFunction, Hook, InstrumentContext } from '../hook.js';
import type * as Busy from './busy.js';
import type { Observe, Site } from './state.js';
import type { Tap } from './tap.js';

export interface TracerTools {
  readonly context: InstrumentContext;
  readonly types: Types;
  /** Of the instrument script: there is one of each. */
  readonly shared: Pick<typeof Busy, 'busy' | 'calling'>;
  originalOf(fn: unknown): AnyFunction | undefined;
  failure(error: unknown): string;
  /** A call of this hook is looked into, for no observer of its own. */
  observed(hook: number): void;
  /** Nanoseconds of a hook that its calls alone do not tell. */
  spent(hook: number, nanos: number): void;
  /** Whether functions that are looked into below a root have to be asked at all. */
  gate(isOpen: boolean): void;
  /** A hook has to be asked, or no longer. */
  replan(hook: number): void;
  /** Its living wrappers. */
  sitesOf(hook: number): readonly Site[];
}

export interface TracerPort {
  /** The function is looked into wherever a tree meets it. */
  isLinked(hook: number): boolean;
  observing(taps: readonly Tap[]): Observe;
  observe(observer: number, spec: TraceSpec): void;
  unobserve(observer: number): void;
  forget(hook: Hook): void;
  /** It may have a copy now: what is called in it can be told before it is called. Never throws. */
  prepare(site: Site): void;
  /** What stands where has changed. */
  changed(): void;
  calibrate(): void;
  /** Functions that were called at sites, for V8 to say where they are. */
  asked(): readonly (AnyFunction | undefined)[];
  close(): void;
}
