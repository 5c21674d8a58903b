import { formatBytes } from '../../render/index.js';
import { shortFile } from '../frameKind.js';
import type { FrameNode } from '../frameTree.js';
import { isMemory, type Profile } from '../profile.js';

const CONTROL = /[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g;

/** A target's text on one line. */
export function oneLine(text: string): string {
  return text.replace(CONTROL, ' ');
}

/** `quote (pricing.ts:31)` */
export function frameText({ name, file, line }: FrameNode, profile: Profile): string {
  if (file === '') return oneLine(name);
  const place = shortFile(file, profile.process.cwd);
  return oneLine(`${name} (${place}${line > 0 ? `:${line}` : ''})`);
}

/** Bytes, or a time. */
export function amountText(value: number, profile: Profile): string {
  return isMemory(profile.event) ? formatBytes(value) : timeText(value);
}

function timeText(nanos: number): string {
  const ms = nanos / 1e6;
  return ms < 1000 ? `${ms.toFixed(ms < 100 ? 1 : 0)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

export function percentText(part: number, whole: number): string {
  return `${(whole > 0 ? (100 * part) / whole : 0).toFixed(2)}%`;
}
