import { callSites, captureStackTrace, errorOfProbe, siteMethodsNow } from './callSites.js';
import { apply, getOwnPropertyDescriptor, ownData } from './captured.js';

/** One frame of a stack as V8 tells it: generated positions, from 1; source maps are the agent's work. */
export interface RawFrame {
  readonly fn: string;
  /** The receiver's class, '' when there is none. */
  readonly type: string;
  readonly url: string;
  readonly line: number;
  readonly column: number;
  readonly native: boolean;
  /** Behind an `await`: what stands before it in time. Absent = no. */
  readonly isAsync?: boolean;
}

type Site = Record<string, unknown>;

const { exec } = RegExp.prototype;
const split = String.prototype.split;
/** CallSite's own methods as they were when the probe was installed: the application can reach their prototype. */
const siteMethods = siteMethodsNow([
  'getFunctionName',
  'getTypeName',
  'getFileName',
  'getEvalOrigin',
  'getLineNumber',
  'getColumnNumber',
  'isNative',
  'isToplevel',
  'isAsync',
]);

/**
 * The synchronous stack of this thread below the topmost call of `above`, without the `drop` frames that come next.
 * Nothing of the application runs.
 */
export function framesHere(limit: number, above: (...args: never[]) => unknown, drop = 0): RawFrame[] {
  const sites = callSites(limit + drop, above);
  return sites ? readSites(sites, limit, drop) : framesOfFrozenError(limit, above, drop);
}

function readSites(sites: readonly unknown[], limit: number, drop: number): RawFrame[] {
  const frames: RawFrame[] = [];
  for (let at = drop; at < sites.length && frames.length < limit; at++) {
    const site = sites[at];
    const ask = (name: string): unknown => {
      const method = siteMethods[name];
      return method ? apply(method, site, []) : undefined;
    };
    const url = text(ask('getFileName')) || text(ask('getEvalOrigin'));
    const line = number(ask('getLineNumber'));
    frames[frames.length] = {
      fn: text(ask('getFunctionName')),
      type: ask('isToplevel') === true ? '' : text(ask('getTypeName')),
      url,
      line,
      column: number(ask('getColumnNumber')),
      // A built-in of V8 (`RegExp.test`, `Atomics.wait`) has neither.
      native: ask('isNative') === true || (url === '' && line === 0),
      ...(ask('isAsync') === true ? { isAsync: true } : undefined),
    };
  }
  return frames;
}

/** A frozen Error takes no formatter of ours. `util.getCallSites` (22.9 on) does not ask it; else V8's text is read. */
function framesOfFrozenError(limit: number, above: (...args: never[]) => unknown, drop: number): RawFrame[] {
  const { getBuiltinModule } = process as { getBuiltinModule?: (id: string) => unknown };
  const util = getBuiltinModule?.call(process, 'node:util') as
    | { getCallSites?: (count: number) => Site[] }
    | undefined;
  const frames: RawFrame[] = [];
  const plain = util?.getCallSites?.(limit < 200 ? limit + 1 : 200);
  if (plain) {
    let ours = true;
    for (let at = 0; at < plain.length && frames.length < limit; at++) {
      const site = plain[at] as Site;
      const url = text(ownData(site, 'scriptName'));
      // Our scripts are evaluated without a name.
      ours = ours && (url === '' || url === 'node:util');
      if (ours) continue;
      const column = ownData(site, 'columnNumber') ?? ownData(site, 'column');
      const fn = text(ownData(site, 'functionName'));
      const line = number(ownData(site, 'lineNumber'));
      frames[frames.length] = { fn, type: '', url, line, column: number(column), native: false };
    }
    return frames;
  }
  // An application's formatter would run if we asked for the text.
  const formatter = getOwnPropertyDescriptor(errorOfProbe, 'prepareStackTrace');
  if (formatter && !isNodesFormatter(formatter.value)) return frames;
  const holder: { stack?: unknown } = Object.create(null);
  captureStackTrace(holder, above);
  const lines = apply(split, text(holder.stack, 20_000), ['\n']) as string[];
  const shape = /^ {4}at (?:(?:async )?(.*?) \()?((?:node:|file:|\/)[^()]*?):(\d+):(\d+)\)?$/;
  // After the line of the message.
  for (let at = 1 + drop; at < lines.length && frames.length < limit; at++) {
    const found = apply(exec, shape, [lines[at]]) as RegExpExecArray | null;
    if (!found) continue;
    const [, fn = '', url = '', line, column] = found;
    frames[frames.length] = {
      fn,
      type: '',
      url,
      line: Number(line),
      column: Number(column),
      native: false,
    };
  }
  return frames;
}

/** Node sets one that does what V8 does by itself, from some 20 on. */
function isNodesFormatter(value: unknown): boolean {
  return typeof value === 'function' && ownData(value, 'name') === 'ErrorPrepareStackTrace';
}

function text(value: unknown, limit = 500): string {
  if (typeof value !== 'string') return '';
  return value.length > limit ? value.slice(0, limit) : value;
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
