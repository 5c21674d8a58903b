import { stringify } from '../../main/captured.js';
import { framesHere } from '../framesTool.js';
import type { Hook } from '../hook.js';

const { min } = Math;

const MOST = 200;
/** Between a function and what a breakpoint's condition calls. */
const ABOVE = 6;
/** Frames of ours that may lie between those of the application. */
const OURS = 30;

/**
 * The frames of the caller as JSON of RecordFrame[], innermost first; V8 adds the asynchronous ones it knows. They lie
 * below `above`, and a call that a breakpoint saw has the watched function itself between; `withOwn` shows that one, too.
 */
export function stackText(
  limit: number,
  above: (...args: never[]) => unknown,
  hook: Hook,
  isWrapper: boolean,
  withOwn = false,
): string {
  const most = min(limit, MOST);
  const frames = framesHere(most + OURS, above);
  let text = '';
  let taken = 0;
  const caller = isWrapper ? 0 : callerAt(frames, hook);
  for (let at = withOwn && caller > 0 ? caller - 1 : caller; at < frames.length && taken < most; at++) {
    const { fn, type, url, line, column, native, isAsync } = frames[at] as (typeof frames)[number];
    // Wrappers of other functions on the way: what we evaluate has no name.
    if (url === '' && !native) continue;
    const name = type === '' || fn === '' || fn.includes('.') ? fn : `${type}.${fn}`;
    const mark = isAsync ? ',"isAsync":true' : '';
    text += `${taken > 0 ? ',' : ''}{"functionName":${stringify(name)},"url":${stringify(url)},"line":${line},"column":${column}${mark}}`;
    taken += 1;
  }
  return `[${text}]`;
}

function callerAt(frames: readonly { readonly url: string }[], hook: Hook): number {
  for (let at = 0; at < frames.length && at < ABOVE; at++) {
    if (frames[at]?.url === hook.spec.script.url || frames[at]?.url === hook.spec.script.path) return at + 1;
  }
  return 0;
}
