/**
 * What the inspecting commands (sysprop, vmoption, perfcounter, mbean, classloader, getstatic, vmtool, logger) need on the
 * main thread: installed with the first of them, on top of the main script. All names begin with `inspect`.
 */
import type * as Util from 'node:util';
import type { MainContext, MainFunction } from '../main/functions.js';
import { jsonText } from '../main/json.js';
import { anchorFunctions } from './anchors.js';
import { beanFunctions } from './beans.js';
import { counterFunctions } from './counters.js';
import { loggerFunctions } from './loggers/loggers.js';
import { moduleGraphFunctions } from './moduleGraph.js';
import { propertyFunctions } from './properties.js';
import { valueTools } from './valueTools.js';
import { vmOptionFunctions } from './vmOptions.js';

interface Mark {
  readonly context?: MainContext;
  readonly tools?: Record<string, unknown>;
  add?: (functions: Record<string, MainFunction>) => void;
}

/** What the groups of this script are given. */
export interface InspectContext extends MainContext {
  readonly types: typeof Util.types;
  /** Milliseconds, monotonic. */
  now(): number;
}

/** Adds the functions to the mark. Returns the names of them. */
export function install(): string {
  const mark = (globalThis as Record<symbol, unknown>)[Symbol.for('remora.probe')] as Mark | undefined;
  if (!mark?.context || !mark.add) throw new Error('the probe has been let go');
  const { performance } = globalThis;
  const context: InspectContext = {
    ...mark.context,
    types: mark.context.builtin<typeof Util>('node:util').types,
    now: performance.now.bind(performance),
  };
  const all: Record<string, MainFunction> = {
    ...propertyFunctions(context),
    ...vmOptionFunctions(context),
    ...counterFunctions(context),
    ...beanFunctions(context),
    ...moduleGraphFunctions(context),
    ...anchorFunctions(context),
    ...valueTools(context),
    ...loggerFunctions(context),
  };
  mark.add(all);
  return jsonText(Object.keys(all));
}
