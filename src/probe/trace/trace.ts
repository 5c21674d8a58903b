/**
 * The trace script of the main thread: installed with the first trace, on top of the instrument script, whose wrappers ask
 * it about functions that are looked into.
 */
import type { TracerPort, TracerTools } from '../instrument/recording/tracerPort.js';
import type { TraceTable } from '../instrumentProtocol.js';
import type { MainFunction } from '../main/functions.js';
import { Tracer } from './tracer.js';

interface Mark {
  readonly tools?: { readonly trace?: (make: (tools: TracerTools) => TracerPort) => void };
  add?: (functions: Record<string, MainFunction>) => void;
}

/** Adds the functions to the mark. Returns the names of them. */
export function install(): string {
  const mark = (globalThis as Record<symbol, unknown>)[Symbol.for('remora.probe')] as Mark | undefined;
  if (!mark?.add || !mark.tools?.trace) throw new Error('the probe has been let go');
  let tracer: Tracer | undefined;
  mark.tools.trace((tools) => {
    tracer = new Tracer(tools);
    return tracer;
  });
  if (!tracer) return '[]';
  const all = functionsOf(tracer);
  mark.add(all);
  return JSON.stringify(Object.keys(all));
}

function functionsOf(tracer: Tracer): Record<string, MainFunction> {
  return {
    /** TraceTable → `{}`. */
    traceLearn(params) {
      tracer.learn(params as TraceTable);
      return {};
    },
    /** → SeenCallee[]; `callees` of the engine gives the functions themselves. */
    traceSeen: () => tracer.seen(),
    /** `{hook, sites}` → `{}`. */
    traceSkip(params) {
      const { hook, sites } = params as { hook: number; sites: readonly number[] };
      tracer.skip(hook, sites);
      return {};
    },
    /** `{observer}` → GoingTree[]. */
    traceGoing: (params) => tracer.going((params as { observer: number }).observer),
    traceReady: () => ({}),
  };
}
