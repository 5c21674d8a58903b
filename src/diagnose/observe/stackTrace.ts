import type { Target } from '../../target/index.js';
import { dataMap } from '../../wire/index.js';
import { type StackFrame, stackTrace } from '../frames.js';

export interface CallFrame extends StackFrame {
  /** The first frame of a part that ran before an await, a timer or a callback. */
  readonly async?: true;
}

/** The frames of a record, in the names and lines of the source that was written. They come from a target: anything. */
export async function callStack(target: Target, frames: unknown): Promise<CallFrame[]> {
  const given = Array.isArray(frames) ? (frames as readonly unknown[]) : [];
  const read = given.map((item) => {
    const frame = (typeof item === 'object' && item !== null ? item : {}) as Record<string, unknown>;
    const { functionName, url, line, column } = frame;
    // V8 writes `Class.method` and `async Class.method`.
    const name = typeof functionName === 'string' ? functionName.replace(/^async /, '') : '';
    const dot = name.lastIndexOf('.');
    const type = /^[\p{ID_Start}$_][\p{ID_Continue}$.]*\.[^.]+$/u.test(name) ? name.slice(0, dot) : '';
    return { fn: name, type, url, line, column, native: false };
  });
  const mapped = await stackTrace(target, read);
  return mapped.map((frame, at) => {
    const isAsync = (given[at] as { isAsync?: unknown } | null | undefined)?.isAsync === true;
    return isAsync ? { ...frame, async: true } : frame;
  });
}

/** Frames keep their own order of members on the wire. */
export function wireCallStack(frames: readonly CallFrame[]): Map<string, unknown>[] {
  return frames.map((frame) => dataMap({ ...frame }));
}
