/** A record of the target as a result. It comes from somebody's process: every field is checked. */
import { redactText } from '../../base/index.js';
import type { CallRecord, ObservableFunction } from '../../target/index.js';
import { RawJson } from '../../wire/index.js';
import { type JsonValue, redactJson, valueText } from '../values/index.js';

const LONGEST_FAILURE = 1000;
const POINTS: Readonly<Record<CallRecord['point'], string>> = {
  AtEnter: 'AtEnter',
  AtExit: 'AtExit',
  AtExceptionExit: 'AtExceptionExit',
};

/** What results of all commands that show single calls begin with. */
export function hitHead(record: CallRecord, of: ObservableFunction) {
  return {
    ts: new Date(number(record.ts) ?? Date.now()),
    className: of.className,
    methodName: of.methodName,
    accessPoint: POINTS[record.point] ?? 'AtExit',
  };
}

/** Milliseconds to the nanosecond, which is more than any clock knows. */
export function millis(value: unknown): number | undefined {
  const ms = number(value);
  return ms === undefined ? undefined : Math.round(ms * 1e6) / 1e6;
}

/** `name` = what the value is read from. */
export function hitValue(
  record: CallRecord,
  name: string,
): { readonly value: string; readonly json: RawJson } {
  try {
    const value = redactJson((record.value ?? null) as JsonValue, name);
    return { value: valueText(value), json: new RawJson(JSON.stringify(value)) };
  } catch (error) {
    // Nothing that our own renderer makes nests so deep.
    if (!(error instanceof RangeError)) throw error;
    return { value: 'ERROR DATA!!! the value nests too deep', json: new RawJson('null') };
  }
}

export function failureOf(record: CallRecord): string | undefined {
  if (record.failed === undefined) return undefined;
  return redactText(String(record.failed).slice(0, LONGEST_FAILURE));
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
