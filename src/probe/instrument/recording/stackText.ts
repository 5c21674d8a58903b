import { stringify } from '../../main/captured.js';
import { framesHere } from '../../main/framesHere.js';

const MOST = 200;

/** The frames below `above` as JSON of RecordFrame[], innermost first; V8 adds the asynchronous ones it knows. */
export function stackText(limit: number, above: (...args: never[]) => unknown): string {
  const frames = framesHere(limit < MOST ? limit : MOST, above);
  let text = '';
  for (let at = 0; at < frames.length; at++) {
    const { fn, type, url, line, column, isAsync } = frames[at] as (typeof frames)[number];
    const name = type === '' || fn === '' || fn.includes('.') ? fn : `${type}.${fn}`;
    text += `${at > 0 ? ',' : ''}{"functionName":${stringify(name)},"url":${stringify(url)},"line":${line},"column":${column}${isAsync ? ',"isAsync":true' : ''}}`;
  }
  return `[${text}]`;
}
