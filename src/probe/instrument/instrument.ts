/**
 * The instrument script of the main thread: installed on the first instrument, on top of the main script. `recording/`
 * is what happens in a call, `reach/` finds and replaces what holds a function.
 */
import type { MainContext, MainFunction } from '../main/functions.js';
import type { InstrumentContext } from './hook.js';
import { reachFunctions } from './reach/reach.js';
import { makeRecording } from './recording/recording.js';

interface Mark {
  readonly shared: SharedArrayBuffer;
  readonly context?: MainContext;
  add?: (functions: Record<string, MainFunction>) => void;
  /** What evaluations of the Worker use that carry objects rather than JSON. */
  engine?: object;
}

/** Adds the functions of both halves to the mark. Returns the names of them. */
export function install(): string {
  const mark = (globalThis as Record<symbol, unknown>)[Symbol.for('remora.probe')] as Mark | undefined;
  if (!mark?.context || !mark.add) throw new Error('the probe has been let go');
  if (mark.engine) return '[]';
  const context: InstrumentContext = { ...mark.context, hooks: new Map(), shared: mark.shared };
  const { recording, functions } = makeRecording(context);
  const reach = reachFunctions(context, recording);
  mark.engine = reach.engine;
  const all = { ...functions, ...reach.functions };
  mark.add(all);
  return JSON.stringify(Object.keys(all));
}

export { makeRecording };
