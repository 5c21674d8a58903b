import { factFunctions } from './facts.js';
import { fileFunctions } from './files.js';
import { handleFunctions } from './handles.js';
import { loopFunctions } from './loop.js';
import { moduleFunctions } from './modules.js';
import { nativeFunctions } from './natives.js';
import { runtimeFunctions } from './runtime.js';
import { stackFunctions } from './stack.js';
import { valueFunctions } from './values.js';

/** What a group of main-thread functions is given. */
export interface MainContext {
  /** A Node.js built-in module, unpatched where the version allows. */
  builtin<T>(id: string): T;
  /** Shared with the Worker; FLAG of src/probe/layout.ts has the indices. */
  readonly flags: Int32Array;
  /** Puts something on the mark as `tools[name]`, for evaluations that carry values rather than JSON. */
  expose(name: string, tool: unknown): void;
  /** Registers a step of the undo; returns a function that takes it off again. */
  onUndo(step: () => void): () => void;
}

export type MainFunction = (params: unknown) => unknown;

/** All functions that the agent may call on the main thread: one file per group, one line here. */
export function mainFunctions(context: MainContext): Map<string, MainFunction> {
  const groups = [
    runtimeFunctions(context),
    valueFunctions(context),
    moduleFunctions(context),
    factFunctions(context),
    stackFunctions(context),
    loopFunctions(context),
    handleFunctions(context),
    fileFunctions(context),
    nativeFunctions(context),
  ];
  return new Map(groups.flatMap((group) => Object.entries(group)));
}
