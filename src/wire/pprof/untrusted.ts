/** Reading what a profiled process sent: it may be anything. */
import type { ScriptPlace } from './stackTree.js';

const LONGEST_NAME = 500;
const LONGEST_URL = 1000;

export function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** More of anything than a process can have; sums of such numbers still fit where they go. */
const MOST = 1e12;

/** A whole number that is not negative, else 0; at most `most`. */
export function asAmount(value: unknown, most = MOST): number {
  return typeof value === 'number' && value > 0 ? Math.min(Math.floor(value), most) : 0;
}

function asText(value: unknown, longest: number): string {
  return typeof value === 'string' ? value.slice(0, longest) : '';
}

/** V8 counts lines and columns from 0, and gives -1 where there is none. */
function fromOne(value: unknown): number {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) + 1 : 0;
}

/** A `Runtime.CallFrame`. */
export function asPlace(value: unknown): ScriptPlace {
  const frame = asRecord(value);
  return {
    functionName: asText(frame.functionName, LONGEST_NAME),
    url: asText(frame.url, LONGEST_URL),
    line: fromOne(frame.lineNumber),
    column: fromOne(frame.columnNumber),
  };
}
