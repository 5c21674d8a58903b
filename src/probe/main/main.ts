/**
 * The main-thread script of the probe: installed once per attach, on first use. Functions are grouped one file per
 * subject; the agent calls them by name with JSON and gets JSON.
 */
import { type MainContext, type MainFunction, mainFunctions } from './functions.js';
import { jsonText } from './json.js';

interface Mark {
  readonly require: (id: string) => unknown;
  readonly shared: SharedArrayBuffer;
  readonly undo: (() => void)[];
  call?: (fn: string, params: unknown) => string;
  /** For scripts that come later: what the functions of this one are given, and a way to add more of them. */
  context?: MainContext;
  add?: (functions: Record<string, MainFunction>) => void;
  /** What evaluations use that carry values; see MainContext.expose. */
  tools?: Record<string, unknown>;
  settled?: (pending: number) => Promise<string>;
}

/** Adds `call` to the mark. Returns the names of the functions. */
export function install(): string {
  const mark = (globalThis as Record<symbol, unknown>)[Symbol.for('remora.probe')] as Mark | undefined;
  if (!mark) throw new Error('the probe has been let go');
  if (mark.call) return '[]';
  const { getBuiltinModule } = process as { getBuiltinModule?: (id: string) => unknown };
  const context: MainContext = {
    builtin: <T>(id: string) =>
      (getBuiltinModule ? getBuiltinModule.call(process, id) : mark.require(id)) as T,
    flags: new Int32Array(mark.shared),
    expose: (name, tool) => {
      mark.tools ??= {};
      mark.tools[name] = tool;
    },
    onUndo: (step) => {
      mark.undo.push(step);
      return () => {
        const at = mark.undo.indexOf(step);
        if (at >= 0) mark.undo.splice(at, 1);
      };
    },
  };
  const functions = mainFunctions(context);
  mark.context = context;
  mark.add = (more) => {
    for (const [name, fn] of Object.entries(more)) functions.set(name, fn);
  };
  const promises = new Map<number, Promise<unknown>>();
  let next = 1;
  // A promise is awaited by a second call: awaiting takes a turn of the event loop, which a blocked thread never makes.
  mark.call = (name, params) => {
    const fn = functions.get(name);
    if (!fn) throw new Error(`no main-thread function '${name}'`);
    const value = fn(params);
    if (!(value instanceof Promise)) return jsonText({ value: value ?? null });
    value.catch(() => undefined);
    promises.set(next, value);
    return jsonText({ pending: next++ });
  };
  mark.settled = async (pending) => {
    const value = await promises.get(pending);
    promises.delete(pending);
    return jsonText(value ?? null);
  };
  return jsonText([...functions.keys()]);
}
