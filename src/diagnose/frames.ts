import { mapFrame, type Target } from '../target/index.js';
import { dataMap } from '../wire/index.js';

/** A frame as the probe tells it: generated positions, from 1 (0 = unknown). */
export interface RawFrame {
  readonly fn: string;
  /** The receiver's class, '' when there is none. */
  readonly type: string;
  readonly url: string;
  readonly line: number;
  readonly column: number;
  readonly native: boolean;
}

/** A frame on the wire (wire/arthas.md 2.13). */
export interface StackFrame {
  readonly fileName?: string;
  /** -2 in native code, -1 unknown. */
  readonly lineNumber: number;
  readonly className: string;
  readonly methodName: string;
}

const MOST_FRAMES = 100;
const NATIVE_LINE = -2;
const UNKNOWN_LINE = -1;

/** Takes what came from a target for what it is: anything. */
export function readFrames(value: unknown): RawFrame[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, MOST_FRAMES).map((item: unknown) => {
    const frame = (typeof item === 'object' && item !== null ? item : {}) as Record<string, unknown>;
    return {
      fn: text(frame.fn),
      type: text(frame.type),
      url: text(frame.url),
      line: whole(frame.line),
      column: whole(frame.column),
      native: frame.native === true,
    };
  });
}

/** Generated positions to those of the sources people wrote. All stacks of all commands pass through here. */
export function mapFrames(target: Target, frames: readonly RawFrame[]): Promise<readonly RawFrame[]> {
  return Promise.all(
    frames.map(async (frame) => {
      const { url, line, column, fn } = frame;
      if (url === '' || url.startsWith('node:') || frame.native) return frame;
      const mapped = await mapFrame(target, { fileName: url, line, column, functionName: fn });
      return mapped.generated
        ? { ...frame, url: mapped.fileName, line: mapped.line, column: mapped.column }
        : frame;
    }),
  );
}

/** A stack of the probe as it goes out on the wire. */
export async function stackTrace(target: Target, value: unknown): Promise<StackFrame[]> {
  const frames = await mapFrames(target, readFrames(value));
  return frames.map(({ fn, type, url, line, native }) => ({
    fileName: fileOf(url),
    lineNumber: native ? NATIVE_LINE : line > 0 ? line : UNKNOWN_LINE,
    // A plain function has no class: its module stands there, as the class does for a method.
    className: type !== '' && type !== 'Object' ? type : moduleOf(url),
    // V8 names a function that was assigned to a class with its class.
    methodName: (type !== '' && fn.startsWith(`${type}.`) ? fn.slice(type.length + 1) : fn) || '<anonymous>',
  }));
}

/** Frames keep their own order of members on the wire. */
export function wireFrames(frames: readonly StackFrame[]): Map<string, unknown>[] {
  return frames.map((frame) => dataMap({ ...frame }));
}

/** One line per frame, as stacks are read everywhere: `at Class.method(file:line)`. */
export function renderStack(frames: readonly StackFrame[], indent = '    '): string[] {
  return frames.map(({ className, methodName, fileName, lineNumber }) => {
    const line = lineNumber > 0 ? `:${lineNumber}` : '';
    const place = lineNumber === NATIVE_LINE ? 'native' : `${fileName ?? 'unknown'}${line}`;
    return `${indent}at ${className === '' ? '' : `${className}.`}${methodName}(${place})`;
  });
}

function fileOf(url: string): string | undefined {
  if (url === '') return undefined;
  if (!url.startsWith('file://')) return url;
  try {
    return decodeURIComponent(new URL(url).pathname);
  } catch {
    return url;
  }
}

function moduleOf(url: string): string {
  if (url.startsWith('node:')) return url;
  const name = url.slice(url.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(0, dot) : name;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 1000) : '';
}

function whole(value: unknown): number {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : 0;
}
